"""Schemathesis reads the shipped description and tries the running site with what fits it and what does not."""

import json
import os
import re
import signal
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from urllib.request import Request, urlopen

import pytest

pytestmark = pytest.mark.slow

TESTS = Path(__file__).parent
UNPACED = """
[web]
messages_per_minute = 1000000
messages_per_day = 1000000
requests_per_minute_per_address = 1000000
handoffs_per_hour = 1000000
"""


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The site in a process of its own, which takes any pace."""
    folder = tmp_path_factory.mktemp("site")
    (folder / "settings.toml").write_text(UNPACED)
    environment = {
        **os.environ,
        "ASSISTANT_CONFIG": str(folder / "settings.toml"),
        "ASSISTANT_DATA": str(folder / "data"),
        "PYTHONPATH": f"{TESTS.parent}:{TESTS}",
    }
    command = [sys.executable, "-m", "gunicorn", "fake_assistant:fake_site()", "--bind", "127.0.0.1:0"]
    command += ["--worker-class", "gthread", "--threads", "8", "--no-control-socket"]
    with (folder / "log").open("w") as log:
        site = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True, cwd=folder)
        assert site.stderr is not None
        said = (re.search(r"http://127\.0\.0\.1:\d+", line) for line in site.stderr)
        try:
            yield next(found.group() for found in said if found)
        finally:
            site.send_signal(signal.SIGTERM)
            with suppress(subprocess.TimeoutExpired):
                log.write(site.communicate(timeout=20)[1])


def token(address: str) -> str:
    body = json.dumps({"id": str(uuid.uuid4()), "text": "What is heel pain?"}).encode()
    asked = Request(f"{address}/api/v1/messages", body, {"Content-Type": "application/json"})
    with urlopen(asked, timeout=30) as response:
        return str(response.headers["X-Visitor-Token"])


@pytest.mark.parametrize("known", [False, True], ids=["a stranger", "a visitor with a token"])
def test_whatever_is_sent_the_site_never_fails_and_answers_as_it_is_described(
    address: str, known: bool, tmp_path: Path
) -> None:
    command = [sys.executable, "-m", "schemathesis.cli", "run", f"{address}/openapi.json", "--checks", "all"]
    command += ["--max-examples", "25", "--seed", "7", "--phases", "examples,coverage,fuzzing"]
    if known:
        command += ["--header", f"Authorization: Bearer {token(address)}"]
    done = subprocess.run(
        command,
        env={**os.environ, "SCHEMATHESIS_HOOKS": "fuzz_hooks", "PYTHONPATH": str(TESTS), "NO_COLOR": "1"},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=240,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    tried = re.search(r"(\d+) generated", done.stdout)
    assert tried is not None
    assert int(tried.group(1)) > 200
