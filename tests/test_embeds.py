"""`assistant doctor --embed`: a page that embeds the chat, looked at as its own visitors' browsers would."""

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from assistant.cli import assistant
from assistant.embeds import Page, allows, findings, script_tags

SITE = "https://clinic.example"
CHAT = "https://chat.example"
SNIPPET = f'<script src="{CHAT}/widget/v1.js" async crossorigin="anonymous"></script>'
SCRIPT = f"{CHAT}/widget/v1.js"


def found(html: str, *policies: str, allowed: tuple[str, ...] = (SITE,)) -> dict[str, tuple[bool, str]]:
    page = Page(f"{SITE}/visit", html, policies)
    return {finding.name: (finding.ok, finding.words) for finding in findings(page, allowed)}


def test_an_embedding_as_the_readme_has_it_is_fine() -> None:
    assert all(ok for ok, _ in found(SNIPPET).values())
    assert set(found(SNIPPET)) == {"script tag", "origin", "policy, script-src", "policy, connect-src"}


@pytest.mark.parametrize("html", ["", "   ", "<p>Welcome</p>", '<script src="/other.js"></script>'])
def test_a_page_without_the_tag_is_told_to_get_one(html: str) -> None:
    (ok, words) = found(html)["script tag"]

    assert not ok
    assert "snippet" in words


@pytest.mark.parametrize(
    ("tag", "word"),
    [
        (SNIPPET.replace(" async", ""), "async"),
        (SNIPPET.replace(' crossorigin="anonymous"', ""), "crossorigin"),
        (SNIPPET.replace("https", "http"), "https://"),
    ],
)
def test_a_tag_that_is_not_right_is_named(tag: str, word: str) -> None:
    ok, words = found(tag)["script tag"]

    assert not ok
    assert word in words


def test_a_site_that_is_not_listed_is_given_the_line_to_write() -> None:
    ok, words = found(SNIPPET, allowed=("https://other.example",))["origin"]

    assert not ok
    assert 'origins = ["https://other.example", "https://clinic.example"]' in words


def test_a_page_of_the_assistants_own_server_needs_no_listing() -> None:
    page = Page(f"{CHAT}/widget/demo", '<script src="/widget/v1.js" async crossorigin></script>')

    assert all(finding.ok for finding in findings(page, ()))


def test_a_policy_in_the_page_counts_as_well_as_one_in_the_headers() -> None:
    meta = '<meta http-equiv="Content-Security-Policy" content="connect-src \'self\'">'
    result = found(meta + SNIPPET, f"script-src {CHAT}")

    assert result["policy, script-src"][0]
    assert not result["policy, connect-src"][0]
    assert f"Add {CHAT} to its connect-src." in result["policy, connect-src"][1]


def test_questions_go_where_data_server_says() -> None:
    html = SNIPPET.replace(" async", ' async data-server="https://elsewhere.example/"')

    assert script_tags(Page(SITE, html))[0].server == "https://elsewhere.example"
    assert not found(html, f"connect-src {CHAT}")["policy, connect-src"][0]


@pytest.mark.parametrize(
    ("policy", "allowed"),
    [
        ("", True),
        ("img-src 'none'", True),
        ("default-src 'none'", False),
        ("default-src 'self'", False),
        ("default-src *", True),
        ("script-src https:", True),
        ("script-src http:", False),
        (f"default-src 'none'; script-src {CHAT}", True),
        (f"script-src {CHAT}; script-src-elem 'none'", False),
        ("script-src chat.example", True),
        ("script-src http://chat.example", True),
        ("script-src *.example", True),
        ("script-src *.chat.example", False),
        ("script-src https://chat.example:444", False),
        ("script-src https://chat.example:*", True),
        ("script-src https://chat.example/widget/", True),
        ("script-src https://chat.example/other/", False),
        ("script-src https://chat.example/widget/v1.js", True),
        ("script-src https://chat.example.evil.example", False),
        ("script-src 'nonce-abc'", False),
        (f"script-src 'strict-dynamic' {CHAT}", False),
        ("SCRIPT-SRC 'self'", False),
        ("script-src", False),
        ("; ; script-src *", True),
        ("script-src *; script-src 'none'", True),
        ("script-src https://chat.example:x https://[", False),
    ],
)
def test_policies_are_read_as_browsers_read_them(policy: str, allowed: bool) -> None:
    assert allows(policy, "script-src-elem", SCRIPT, SITE) is allowed


def test_a_nonce_lets_the_tag_that_carries_it_through() -> None:
    policy = "script-src 'nonce-abc' 'strict-dynamic'"

    assert allows(policy, "script-src-elem", SCRIPT, SITE, "abc")
    assert not allows(policy, "script-src-elem", SCRIPT, SITE, "abd")


@given(st.text(max_size=60), st.text(max_size=60))
def test_no_policy_and_no_page_breaks_the_check(policy: str, html: str) -> None:
    assert allows(policy, "script-src-elem", SCRIPT, SITE) in (True, False)
    assert list(findings(Page(SITE, html, (policy,)), ()))


# the command


@pytest.fixture
def serve() -> Iterator[Callable[..., str]]:
    """Serves paths with (text, headers); gives the origin."""
    servers: list[ThreadingHTTPServer] = []

    def serving(pages: dict[str, tuple[str, dict[str, str]]]) -> str:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                text, headers = pages.get(self.path, ("", {}))
                self.send_response(200 if text else 404)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(text.encode())

            def log_message(self, *arguments: object) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_port}"

    yield serving
    for server in servers:
        server.shutdown()
        server.server_close()


def doctor(url: str, tmp_path: Path, *origins: str) -> tuple[int, dict[str, tuple[bool, str]]]:
    settings = tmp_path / "settings.toml"
    settings.write_text(f"[web]\norigins = {json.dumps(origins)}\n")
    result = CliRunner().invoke(
        assistant,
        ["--config", str(settings), "--data", str(tmp_path / "var"), "doctor", "--embed", url, "--json"],
    )
    checks = json.loads(result.stdout)["checks"]
    return result.exit_code, {check["name"]: (check["ok"], check["found"]) for check in checks}


def test_the_command_asks_the_page_and_then_the_server_behind_it(
    serve: Callable[..., str], tmp_path: Path
) -> None:
    pages: dict[str, tuple[str, dict[str, str]]] = {}
    site = serve(pages)
    chat = serve({"/widget/v1.js": ("clinic-chat", {"Access-Control-Allow-Origin": site})})
    pages["/"] = (
        SNIPPET.replace(CHAT, chat),
        {"Content-Security-Policy": f"script-src {chat}; connect-src {chat}"},
    )

    assert doctor(f"{site}/", tmp_path, site)[0] == 0
    code, checks = doctor(f"{site}/", tmp_path)
    assert code == 1
    assert [name for name, (ok, _) in checks.items() if not ok] == ["origin"]


def test_a_server_with_older_settings_is_found_out(serve: Callable[..., str], tmp_path: Path) -> None:
    chat = serve({"/widget/v1.js": ("clinic-chat", {})})
    site = serve({"/": (SNIPPET.replace(CHAT, chat), {})})
    code, checks = doctor(f"{site}/", tmp_path, site)

    assert code == 1
    assert "serve again" in checks["server"][1]


@pytest.mark.parametrize("url", ["http://127.0.0.1:9/", "clinic.example", "file:///etc/passwd"])
def test_a_page_that_cannot_be_had_is_said_with_what_to_do(url: str, tmp_path: Path) -> None:
    code, checks = doctor(url, tmp_path)

    assert code == 1
    assert list(checks) == ["page"]
    assert not checks["page"][0]
