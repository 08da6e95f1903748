"""A real Postgres server for tests, where its programs are installed."""

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

NOBODY = 65534


@contextmanager
def postgres() -> Iterator[str]:
    """The URL of an empty database on a server of its own; skips the test where there is none to start."""
    debian = next(Path("/usr/lib/postgresql").glob("*/bin/initdb"), None)
    found = debian or shutil.which("initdb")
    if found is None:
        pytest.skip("no Postgres server is installed")
    pytest.importorskip("psycopg", reason="the Postgres driver psycopg is not installed")
    programs, port = Path(found).parent, _free_port()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        folder = Path(name)
        as_whom: list[str] = []
        if os.geteuid() == 0:  # Postgres refuses to run as root
            os.chown(folder, NOBODY, NOBODY)
            as_whom = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
        make = [*as_whom, programs / "initdb", "-D", folder / "data", "-U", "clinic", "-A", "trust", "-N"]
        subprocess.run(make, check=True, capture_output=True, cwd=folder)
        run = [*as_whom, programs / "postgres", "-D", folder / "data", "-k", folder, "-F", "-h", "127.0.0.1"]
        server = subprocess.Popen(
            [*run, "-p", str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=folder
        )
        try:
            _await(programs / "pg_isready", port)
            yield f"postgresql+psycopg://clinic@127.0.0.1:{port}/postgres"
        finally:
            server.terminate()
            server.wait(20)


def _await(asking: Path, port: int) -> None:
    for _ in range(200):
        asked = [asking, "-h", "127.0.0.1", "-p", str(port), "-q"]
        if subprocess.run(asked, check=False, capture_output=True).returncode == 0:
            return
        time.sleep(0.1)
    raise TimeoutError("the Postgres server did not come up in 20 seconds")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
