"""Behind nginx as it comes: it holds answers back unless it is told not to."""

import json
import shutil
import socket
import subprocess
import time
import uuid
import zlib
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path

import pytest
from conftest import Site

pytestmark = pytest.mark.slow

CONFIGURATION = """
daemon off; master_process off; pid {folder}/nginx.pid; error_log {folder}/error.log;
events {{}}
http {{
  access_log off; gzip on; gzip_types *; gzip_proxied any;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  server {{ listen 127.0.0.1:{port}; location / {{ proxy_pass {site}; proxy_buffering on; }} }}
}}
"""


@pytest.fixture
def proxy(site: Site, tmp_path: Path) -> Iterator[int]:
    nginx = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if nginx is None:
        pytest.skip("no nginx on the PATH")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = int(taken.getsockname()[1])
    configuration = tmp_path / "nginx.conf"
    configuration.write_text(CONFIGURATION.format(folder=tmp_path, port=port, site=site.url))
    process = subprocess.Popen(
        [nginx, "-p", str(tmp_path), "-c", str(configuration)], stderr=subprocess.DEVNULL
    )
    for _ in range(100):
        with socket.socket() as tried:
            if tried.connect_ex(("127.0.0.1", port)) == 0:
                break
        time.sleep(0.05)
    yield port
    process.terminate()
    process.wait(10)


@pytest.mark.parametrize("encoding", ["identity", "gzip"])
def test_the_status_gets_through_while_the_answer_is_being_made(proxy: int, encoding: str) -> None:
    line = HTTPConnection("127.0.0.1", proxy, timeout=20)
    body = json.dumps({"id": str(uuid.uuid4()), "text": "A slow question"})
    headers = {
        "Content-Type": "application/json",
        "Accept": "text/event-stream",
        "Accept-Encoding": encoding,
    }
    began = time.monotonic()
    line.request("POST", "/api/v1/messages", body, headers)
    response = line.getresponse()
    zipped = zlib.decompressobj(31) if response.headers["Content-Encoding"] == "gzip" else None
    first = b""
    while b"event: status" not in first:
        piece = response.read1()
        first += zipped.decompress(piece) if zipped else piece
    status_after = time.monotonic() - began
    rest = zipped.decompress(response.read()) if zipped else response.read()
    answer_after = time.monotonic() - began
    line.close()

    assert b"event: answer" not in first
    assert b"event: answer" in rest
    assert status_after < 0.8
    assert answer_after > 1.0
