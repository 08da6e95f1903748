"""The embed script as other sites get it, and what browsers report of our content policy."""

import gzip
import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from fake_assistant import site
from flask import Flask
from flask.testing import FlaskClient

from assistant.settings import ClinicSettings, Settings
from web import create_app
from web.embed import MORE, SCRIPT, script_text
from web.status import blocked

ORIGIN = "https://clinic.example"
BUILD = Path(__file__).parent.parent / ".ci" / "widget"
LARGEST = 12_000
"""What the whole script may weigh, compressed, with its styles and words."""


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Flask]:
    made = site(tmp_path, origins=(ORIGIN,))
    yield made
    made.extensions["assistant"]().close()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.mark.parametrize("path", ["/widget/v1.js", "/widget/v1.js?more"])
def test_the_scripts_are_compressed_kept_for_five_minutes_and_then_asked_for_again(
    client: FlaskClient, path: str
) -> None:
    plain = client.get(path)
    zipped = client.get(path, headers={"Accept-Encoding": "gzip, br"})
    again = client.get(path, headers={"If-None-Match": zipped.headers["ETag"]})

    assert plain.mimetype == "text/javascript"
    assert zipped.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(zipped.data) == plain.data
    assert zipped.headers["Cache-Control"] == "public, max-age=300"
    assert {"Accept-Encoding", "Origin"} <= set(zipped.vary)
    assert (again.status_code, again.data) == (304, b"")
    assert "Set-Cookie" not in plain.headers


def test_the_whole_widget_is_small(client: FlaskClient) -> None:
    assert len(client.get("/widget/v1.js", headers={"Accept-Encoding": "gzip"}).data) <= LARGEST


def test_the_second_script_is_of_the_first_ones_make_and_small(client: FlaskClient) -> None:
    named = re.search(
        r'"more": "(/widget/v1\.js\?more=[0-9a-f]{8})"', client.get("/widget/v1.js").get_data(as_text=True)
    )
    assert named is not None
    response = client.get(named[1], headers={"Accept-Encoding": "gzip"})

    assert gzip.decompress(response.data) == MORE.read_bytes()
    assert len(response.data) <= LARGEST / 2


def test_the_clinics_settings_reach_the_script_as_text_and_nothing_else(tmp_path: Path) -> None:
    evil = '"};alert(1);//</script>'
    settings = Settings(clinic=ClinicSettings(name=evil, phone="604-555-0100"), data_dir=tmp_path)
    text = script_text(settings)
    facts = re.match(r"\{const CLINIC=(\{.*?\});\(\(\)=>", text)

    assert facts is not None
    assert json.loads(facts[1])["name"] == evil
    assert json.loads(facts[1])["tel"] == "tel:+16045550100"


def test_a_changed_setting_changes_the_scripts_tag(tmp_path: Path) -> None:
    tags = set()
    for name in ("One", "Two"):
        settings = Settings(clinic=ClinicSettings(name=name), data_dir=tmp_path / name)
        tags.add(create_app(None, settings).test_client().get("/widget/v1.js").headers["ETag"])

    assert len(tags) == 2


@pytest.mark.parametrize("path", ["/widget/v1.js", "/widget/v1.js?more"])
@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://clinic.example"])
def test_a_site_that_is_not_listed_does_not_get_the_script_and_is_told_why(
    client: FlaskClient, origin: str, path: str
) -> None:
    response = client.get(path, headers={"Origin": origin, "Accept": "*/*"})

    assert response.status_code == 403
    assert "Access-Control-Allow-Origin" not in response.headers
    assert origin in response.get_data(as_text=True)
    assert "web.origins" in response.get_data(as_text=True)


def test_a_listed_site_gets_the_script_by_name(client: FlaskClient) -> None:
    response = client.get("/widget/v1.js", headers={"Origin": ORIGIN})

    assert response.status_code == 200
    assert response.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert response.headers["Cross-Origin-Resource-Policy"] == "cross-origin"


def test_the_demo_embeds_the_script_as_the_readme_says(client: FlaskClient) -> None:
    page = client.get("/widget/demo").get_data(as_text=True)

    assert '<script src="/widget/v1.js" async crossorigin="anonymous"></script>' in page
    assert "<noscript>" in page


@pytest.mark.parametrize("script", [SCRIPT, MORE], ids=["first", "second"])
def test_the_scripts_keep_off_markup_cookies_and_evaluation(script: Path) -> None:
    text = script.read_text("utf-8")

    assert (
        re.findall(
            r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|document\.cookie|eval\(|new Function",
            text,
        )
        == []
    )
    assert re.findall(r"https?://(?!doi\.org|pubmed\.ncbi|www\.w3\.org/2000/svg)\w", text) == []


def test_the_shipped_scripts_are_what_their_sources_build(tmp_path: Path) -> None:
    esbuild = os.environ.get("ESBUILD") or shutil.which("esbuild")
    if esbuild is None:
        pytest.skip("no esbuild on the PATH; install it or name it in ESBUILD")
    found = subprocess.run([esbuild, "--version"], capture_output=True, text=True, check=True).stdout.strip()
    if f"esbuild@{found} " not in BUILD.read_text():
        pytest.skip(f"esbuild {found} is not the version that builds the same bytes")
    path = f"{Path(esbuild).parent}{os.pathsep}{os.environ['PATH']}"
    subprocess.run([BUILD, tmp_path], env={**os.environ, "PATH": path}, check=True)

    for script in (SCRIPT, MORE):
        assert (tmp_path / script.name).read_bytes() == script.read_bytes()


# reports


@pytest.mark.parametrize(
    ("report", "counted"),
    [
        (
            {"csp-report": {"effective-directive": "script-src-elem", "blocked-uri": "x"}},
            {"script-src-elem": 1},
        ),
        ([{"type": "csp-violation", "body": {"effectiveDirective": "img-src"}}] * 3, {"img-src": 3}),
        ([{"body": {"effectiveDirective": "my chest hurts"}}, {"body": None}, 7], {"other": 1}),
        ({"csp-report": "text"}, {}),
        ("text", {}),
    ],
)
def test_reports_are_counted_by_what_was_stopped(report: object, counted: dict[str, int]) -> None:
    assert blocked(json.dumps(report).encode()) == counted


@pytest.mark.parametrize("body", [b"", b"{", b"[" * 9000, b"\xff\xfe"])
def test_a_report_that_is_none_counts_nothing(client: FlaskClient, body: bytes) -> None:
    assert blocked(body) == {}
    assert client.post("/csp-reports", data=body, content_type="application/csp-report").status_code == 204


def test_no_word_of_a_report_is_logged(client: FlaskClient, caplog: pytest.LogCaptureFixture) -> None:
    report = {
        "csp-report": {
            "effective-directive": "img-src",
            "blocked-uri": "https://elsewhere.example/secret",
            "script-sample": "my chest hurts",
            "document-uri": "https://clinic.example/private",
        }
    }
    client.post("/csp-reports", data=json.dumps(report), content_type="application/csp-report")

    assert "the content policy stopped img-src 1 times" in caplog.text
    for word in ("secret", "chest", "private", "elsewhere"):
        assert word not in caplog.text


def test_browsers_are_told_where_to_report(client: FlaskClient) -> None:
    headers = client.get("/chat").headers

    assert "report-uri /csp-reports; report-to csp" in headers["Content-Security-Policy"]
    assert headers["Reporting-Endpoints"] == 'csp="/csp-reports"'
