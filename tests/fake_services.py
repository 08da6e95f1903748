"""Every service that the connectors speak to, as one WSGI app on this machine, with the faults they are known for."""

import gzip
import hashlib
import json
import re
import threading
import time
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from socketserver import ThreadingMixIn
from typing import Any
from urllib.parse import parse_qs
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

CC = "https://creativecommons.org/licenses/{}/4.0/"
LICENCES = {"by": "CC BY", "by-nc": "CC BY-NC", "by-nc-nd": "CC BY-NC-ND"}


@dataclass
class Paper:
    """An article that the services have. `terms` is the middle of a Creative Commons address, or empty."""

    number: str
    terms: str = "by"
    title: str = "Rolling the calf: a made-up trial"
    journal: str = "J Made Up Ther"
    body: str = (
        "Rolling was done for ten minutes a day by forty adults with stiff calves. Half of them rolled one calf and "
        "rested the other. Stiffness was measured with a hand-held device before and after four weeks. Nobody was told "
        "what was expected. The numbers were compared with those of forty adults who had rested both calves for as long."
    )
    conclusion: str = "Rolling the calf for ten minutes a day eased stiffness a little."
    article_type: str = "research-article"
    code: str | None = "as the terms"
    retracted: bool = False
    manuscript: bool = False
    ocr: bool = False
    versions: tuple[int, ...] = (1,)
    manuscripts: tuple[int, ...] = ()
    in_cloud: bool = True
    restricted: bool = False
    wrong_md5: bool = False

    @property
    def pmcid(self) -> str:
        return f"PMC{self.number}"

    @property
    def doi(self) -> str:
        return f"10.9999/test.{self.number}"

    def xml(self, *, restricted: bool = False) -> bytes:
        terms = (
            f'<license xlink:href="{CC.format(self.terms)}"><license-p>Open access.</license-p></license>'
            if self.terms
            else ""
        )
        body = f"<body><sec><title>Methods</title><p>{self.body}</p></sec></body>"
        closed = (
            "<!--The publisher of this article does not allow downloading of the full text in XML form.-->"
        )
        return f"""<article xmlns:xlink="http://www.w3.org/1999/xlink" article-type="{self.article_type}" xml:lang="en">
{closed if restricted else ""}<front><journal-meta><journal-id journal-id-type="nlm-ta">{self.journal}</journal-id>
<journal-title-group><journal-title>{self.journal}</journal-title></journal-title-group></journal-meta><article-meta>
<article-id pub-id-type="pmcid">{self.pmcid}</article-id><article-id pub-id-type="doi">{self.doi}</article-id>
<title-group><article-title>{self.title}</article-title></title-group><contrib-group><contrib contrib-type="author">
<name><surname>Roe</surname><given-names>Ann B</given-names></name></contrib></contrib-group>
<pub-date pub-type="epub"><day>9</day><month>11</month><year>2022</year></pub-date><volume>11</volume><issue>2</issue>
<fpage>100</fpage><lpage>104</lpage><permissions><copyright-statement>© 2022 The Authors</copyright-statement>{terms}
</permissions><abstract><sec><title>Results</title><p>Stiffness fell by 12% in forty adults.</p></sec>
<sec><title>Conclusions</title><p>{self.conclusion}</p></sec></abstract></article-meta></front>{"" if restricted else body}</article>
""".encode()

    def metadata(self, version: int) -> dict[str, Any]:
        md5 = "0" * 32 if self.wrong_md5 else hashlib.md5(self.xml()).hexdigest()
        code = LICENCES.get(self.terms) if self.code == "as the terms" else self.code
        return {
            "pmcid": self.pmcid, "version": version, "pmid": int(self.number), "doi": self.doi, "title": self.title,
            "citation": f"{self.journal}. 2022;11(2):100-104.", "is_pmc_openaccess": True,
            "is_manuscript": self.manuscript or version in self.manuscripts, "is_historical_ocr": self.ocr,
            "is_retracted": self.retracted, "license_code": code,
            "xml_url": f"s3://pmc-oa-opendata/{self.pmcid}.{version}/{self.pmcid}.{version}.xml?md5={md5}",
            "text_url": None, "pdf_url": None, "media_urls": [],
        }  # fmt: skip


@dataclass
class Page:
    """What lies at an address of the made-up web site."""

    body: bytes | str = ""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    content_type: str = "text/html; charset=utf-8"


class _Quiet(WSGIRequestHandler):
    def log_message(self, *_: Any) -> None:
        pass


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True
    block_on_close = False


class Services:
    """`papers` are what is found; `faults` name the endpoint, or the path, that misbehaves and how:

    "error_in_200", "html", "429" (always), "503", "wrong_shape", "bomb", "slow", "truncate", or a number of
    times to answer 503 first ("503*2"). `said` are answers word for word, with status 200, by path. `rate` is how
    many requests in a second of which clock are answered. `asked` remembers every path with its query, in order.
    """

    def __init__(self) -> None:
        self.papers: list[Paper] = []
        self.pages: dict[str, Page] = {
            "/robots.txt": Page("User-agent: *\nAllow: /\n", content_type="text/plain")
        }
        self.faults: dict[str, str] = {}
        self.said: dict[str, bytes] = {}
        self.rate: tuple[int, Callable[[], float]] | None = None
        self.expired_webenvs = 0
        self.jstage_status = "0"
        self.crossref_works: list[dict[str, Any]] = []
        self.europepmc_repeats_cursor = False
        self.asked: list[str] = []
        self.agents: set[str] = set()
        self.base = ""
        self._counts: Counter[str] = Counter()
        self._times: list[float] = []

    @property
    def host(self) -> str:
        return self.base.removeprefix("http://").rstrip("/")

    def content_requests(self) -> list[str]:
        """Requests for the text of an article, as against lists and records about it."""
        return [path for path in self.asked if re.search(r"\.xml(\?|$)|efetch|fullTextXML|GetRecord", path)]

    def paper(self, number: str) -> Paper | None:
        return next((paper for paper in self.papers if paper.number == number.removeprefix("PMC")), None)

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterator[bytes]:
        path = environ["PATH_INFO"]
        query = {name: values[-1] for name, values in parse_qs(environ["QUERY_STRING"]).items()}
        self.asked.append(f"{path}?{environ['QUERY_STRING']}")
        self.agents.add(environ.get("HTTP_USER_AGENT", ""))
        endpoint = path.split("/")[1] if path.count("/") > 1 else path
        fault = "429" if self._is_too_fast() else self.faults.get(path) or self.faults.get(endpoint, "")
        status, headers, body = self._faulty(endpoint, path, fault) or self._answer(path, query, environ)
        if fault == "truncate":
            headers["Content-Length"] = str(len(body) + 1000)
        headers.setdefault("Content-Length", str(len(body)))
        start(f"{status} As told", list(headers.items()))
        if fault == "slow":
            for byte in body:
                time.sleep(0.05)
                yield bytes((byte,))
        else:
            yield body

    def _is_too_fast(self) -> bool:
        if self.rate is None:
            return False
        most, clock = self.rate
        now = clock()
        self._times = [time for time in self._times if now - time < 1]
        if len(self._times) >= most:
            return True
        self._times.append(now)
        return False

    def _faulty(self, endpoint: str, path: str, fault: str) -> tuple[int, dict[str, str], bytes] | None:
        if path in self.said:
            return 200, {"Content-Type": "text/plain"}, self.said[path]
        times = re.fullmatch(r"(\d+)\*(\d+)", fault)
        if times:
            self._counts[endpoint] += 1
            fault = times[1] if self._counts[endpoint] <= int(times[2]) else ""
        match fault:
            case "429":
                told = {
                    "error": "API rate limit exceeded",
                    "api-key": "203.0.113.7",
                    "count": "4",
                    "limit": "3",
                }
                return 429, {"Content-Type": "application/json"}, json.dumps(told).encode()
            case "500" | "503" | "403":
                return int(fault), {"Content-Type": "text/plain"}, b"This API is temporarily unavailable."
            case "html":
                return 200, {"Content-Type": "text/html"}, b"<html><body>[Error] : No result.</body></html>"
            case "rate_in_200":
                return 200, {"Content-Type": "application/json"}, b'{"error":"API rate limit exceeded"}'
            case "bomb":
                return 200, {"Content-Type": "application/xml", "Content-Encoding": "gzip"}, bomb()
        return None

    def _answer(
        self, path: str, query: dict[str, str], environ: dict[str, Any]
    ) -> tuple[int, dict[str, str], bytes]:
        for prefix, route in (
            ("/eutils/esearch", self._esearch),
            ("/eutils/esummary", self._esummary),
            ("/eutils/efetch", self._efetch),
            ("/cloud/metadata/", self._metadata),
            ("/cloud/PMC", self._content),
            ("/cloud/", self._listing),
            ("/oai/", self._oai),
            ("/europepmc/search", self._europepmc),
            ("/europepmc/PMC", self._full_text),
            ("/crossref/", self._crossref),
            ("/jstage/", self._jstage),
        ):
            if path.startswith(prefix):
                return route(path, query)
        return self._page(path, environ)

    def _esearch(self, path: str, query: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
        if self.faults.get("esearch") == "error_in_200":
            return _json({"header": {}, "esearchresult": {"ERROR": "Search Backend failed: 'retstart' …"}})
        found = [paper.number for paper in self._found(query["term"])]
        number = 1 + sum("esearch" in path for path in self.asked)
        return _json(
            {"header": {}, "esearchresult": {"count": str(len(found)), "retmax": "0", "retstart": "0",
             "querykey": "1", "webenv": f"MCID_{number}", "idlist": [], "querytranslation": query["term"]}}
        )  # fmt: skip

    def _found(self, term: str) -> list[Paper]:
        journal = re.search(r'"([^"]+)"\[Journal\]', term)
        return [paper for paper in self.papers if not journal or paper.journal == journal[1]]

    def _esummary(self, path: str, query: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
        if self.expired_webenvs:
            self.expired_webenvs -= 1
            return _json(
                {"header": {}, "error": "cannot retrieve history data. query_key: 1, WebEnv: MCID_1"}
            )
        term = next(parse_qs(asked)["term"][0] for asked in reversed(self.asked) if "esearch" in asked)
        start, most = int(query["retstart"]), int(query["retmax"])
        found = self._found(term)[start : start + most]
        records = {
            paper.number: {
                "uid": paper.number,
                "title": paper.title,
                "pubdate": "2022 Nov 9",
                "source": paper.journal,
                "articleids": [{"idtype": "doi", "value": paper.doi}],
            }
            for paper in found
        }
        return _json({"header": {}, "result": {"uids": [paper.number for paper in found], **records}})

    def _efetch(self, path: str, query: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
        paper = self.paper(query["id"])
        inner = paper.xml(restricted=paper.restricted) if paper else b""
        return _xml(b"<pmc-articleset>" + inner + b"</pmc-articleset>")

    def _listing(self, path: str, query: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
        paper = self.paper(query["prefix"].removesuffix("."))
        versions = paper.versions if paper and paper.in_cloud else ()
        inner = "".join(
            f"<CommonPrefixes><Prefix>{query['prefix']}{version}/</Prefix></CommonPrefixes>"
            for version in versions
        )
        return _xml(
            f'<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">{inner}</ListBucketResult>'.encode()
        )

    def _metadata(self, path: str, query: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
        number, version = re.findall(r"PMC(\d+)\.(\d+)\.json", path)[0]
        paper = self.paper(number)
        return _json(paper.metadata(int(version))) if paper else _nothing()

    def _content(self, path: str, query: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
        paper = self.paper(re.findall(r"PMC(\d+)\.", path)[0])
        return _xml(paper.xml()) if paper else _nothing()

    def _oai(self, path: str, query: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
        paper = self.paper(query["identifier"].rsplit(":", 1)[1])
        inner = b'<error code="idDoesNotExist">No matching identifier</error>'
        if paper:
            article = paper.xml().replace(
                b"<article ", b'<article xmlns="https://jats.nlm.nih.gov/ns/archiving/1.4/" '
            )
            inner = b"<GetRecord><record><metadata>" + article + b"</metadata></record></GetRecord>"
        return _xml(b'<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/">' + inner + b"</OAI-PMH>")

    def _europepmc(self, path: str, query: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
        if self.faults.get("europepmc") == "error_in_200":
            return _json({"errCode": 404, "errMsg": "Invalid page size provided."})
        if self.faults.get("europepmc") == "wrong_shape":
            return _json({"version": "6.9"})
        size, cursor = int(query["pageSize"]), query["cursorMark"]
        start = 0 if cursor == "*" else int(cursor.removeprefix("AoI/").removesuffix("="))
        found = self.papers[start : start + size]
        nothing_more = self.europepmc_repeats_cursor or not found
        results = [
            {"id": paper.number, "source": "MED", "pmid": paper.number, "pmcid": paper.pmcid, "doi": paper.doi,
             "title": paper.title, "authorString": "Roe AB.", "pubYear": "2022", "isOpenAccess": "Y" if paper.terms else "N",
             "pubTypeList": {"pubType": ["Retracted Publication" if paper.retracted else "Journal Article"]},
             "inEPMC": "Y", "license": (LICENCES.get(paper.terms) or "").lower() or None,
             "journalInfo": {"volume": "11", "issue": "2", "journal": {"medlineAbbreviation": paper.journal}}}
            for paper in found
        ]  # fmt: skip
        told = {"version": "6.9", "hitCount": len(self.papers), "resultList": {"result": results}}
        return _json(told | {"nextCursorMark": cursor if nothing_more else f"AoI/{start + len(found)}="})

    def _full_text(self, path: str, query: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
        paper = self.paper(path.split("/")[2])
        return _xml(paper.xml()) if paper and paper.terms and not paper.restricted else (404, {}, b"")

    def _crossref(self, path: str, query: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
        start = 0 if query["cursor"] == "*" else int(query["cursor"])
        rows = int(query["rows"])
        found = self.crossref_works[start : start + rows]
        message = {
            "total-results": len(self.crossref_works),
            "items": found,
            "next-cursor": str(start + len(found)),
        }
        status, headers, body = _json({"status": "ok", "message": message})
        return status, headers | {"x-rate-limit-limit": "5", "x-rate-limit-interval": "1s"}, body

    def _jstage(self, path: str, query: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
        entry = """<entry><article_title><en><![CDATA[Manual release of the heel]]></en></article_title>
<article_link><en>https://www.jstage.jst.go.jp/article/jpts/29/1/29_jpts-2016-000/_article</en></article_link>
<author><en><name><![CDATA[A Roe]]></name></en></author><material_title><en>Journal of Physical Therapy Science</en>
</material_title><prism:volume>29</prism:volume><prism:number>1</prism:number><prism:startingPage>100</prism:startingPage>
<prism:endingPage>104</prism:endingPage><pubyear>2017</pubyear><prism:doi>10.9999/test.29.100</prism:doi></entry>"""
        ok = self.jstage_status == "0"
        return _xml(
            f"""<feed xmlns="http://www.w3.org/2005/Atom" xmlns:prism="http://prismstandard.org/namespaces/basic/2.0/"
xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/"><result><status>{self.jstage_status}</status><message/></result>
<opensearch:totalResults>{int(ok)}</opensearch:totalResults>{entry if ok else "<entry/>"}</feed>""".encode()
        )

    def _page(self, path: str, environ: dict[str, Any]) -> tuple[int, dict[str, str], bytes]:
        page = self.pages.get(path)
        if page is None:
            return _nothing()
        body = page.body.encode() if isinstance(page.body, str) else page.body
        headers = {"Content-Type": page.content_type, **page.headers}
        if page.status == 200 and headers.get("ETag") == environ.get("HTTP_IF_NONE_MATCH", "no tag"):
            return 304, {"ETag": headers["ETag"]}, b""
        if headers.get("Content-Encoding") == "gzip":
            body = gzip.compress(body)
        return page.status, headers, body


@cache
def bomb() -> bytes:
    """200 MB of nothing in 200 KB."""
    packed = zlib.compressobj(9, zlib.DEFLATED, 31)
    return b"".join([*(packed.compress(bytes(1024 * 1024)) for _ in range(200)), packed.flush()])


@contextmanager
def serving(services: Services | None = None) -> Iterator[Services]:
    """The services on a port of this machine, until the block ends."""
    services = services or Services()
    server = make_server("127.0.0.1", 0, services, server_class=_Server, handler_class=_Quiet)  # type: ignore[arg-type]
    services.base = f"http://127.0.0.1:{server.server_port}/"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield services
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _json(value: object) -> tuple[int, dict[str, str], bytes]:
    return 200, {"Content-Type": "application/json"}, json.dumps(value).encode()


def _xml(data: bytes) -> tuple[int, dict[str, str], bytes]:
    return 200, {"Content-Type": "application/xml"}, data


def _nothing() -> tuple[int, dict[str, str], bytes]:
    return 404, {"Content-Type": "text/plain"}, b"Resource not found."
