"""A backup made while the site writes can be unpacked and used."""

import stat
import tarfile
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner
from fakes import hashing_embedder
from small_corpus import ARTICLES, SmallIndex

from assistant.backup import back_up
from assistant.cli import assistant
from assistant.model import AssistantError, Callback, Handoff
from assistant.store import Store
from index.search import Searcher
from index.vectors import ChromaStore

NOON = datetime(2026, 11, 24, 20, tzinfo=UTC)


def url(folder: Path) -> str:
    return f"sqlite:///{folder / 'assistant.db'}"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    files = {
        "shelf/parking.md": "Parking",
        "shelf/asked/parking.yaml": "a: [b]",
        "golden/asked.yaml": "[]",
        "web.key": "secret",
        "models/huge.onnx": "model",
        "index-build.log": "log",
        "assistant.db.v1-2026": "old copy",
    }
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    Store(url(folder)).close()
    return folder


def names(file: Path) -> list[str]:
    with tarfile.open(file) as tar:
        return sorted(tar.getnames())


def test_what_cannot_be_made_again_is_in_it_and_nothing_else(data: Path, tmp_path: Path) -> None:
    made = back_up(data, url(data), tmp_path / "backup.tar.gz")

    assert names(made.file) == [
        "assistant.db", "golden/asked.yaml", "shelf/asked/parking.yaml", "shelf/parking.md", "web.key",
    ]  # fmt: skip
    assert stat.S_IMODE(made.file.stat().st_mode) == 0o600
    assert made.size == made.file.stat().st_size


def test_a_backup_made_under_writing_holds_all_that_was_kept_before_it(data: Path, tmp_path: Path) -> None:
    store, stop, kept = Store(url(data)), threading.Event(), []

    def write() -> None:
        while not stop.is_set():
            id = f"R{len(kept):06}"
            store.inbox.add(Handoff(id, Callback("Ann", "+16045550199", "", True), None, NOON), id)
            kept.append(id)

    writer = threading.Thread(target=write)
    writer.start()
    while len(kept) < 5:
        pass
    before = list(kept)
    made = back_up(data, url(data), tmp_path / "backup.tar.gz")
    stop.set()
    writer.join()
    store.close()
    restored = tmp_path / "restored"
    with tarfile.open(made.file) as tar:
        tar.extractall(restored, filter="data")

    again = Store(url(restored))
    found = {item.id for item in again.inbox.handoffs()}
    again.close()
    assert set(before) <= found <= set(kept)


def test_the_index_in_use_answers_after_restoring(data: Path, tmp_path: Path) -> None:
    index = SmallIndex(data / "index", ChromaStore(), hashing_embedder())
    index.build(ARTICLES[:1])
    index.build(ARTICLES)
    made = back_up(data, url(data), tmp_path / "backup.tar.gz")
    restored = tmp_path / "restored"
    with tarfile.open(made.file) as tar:
        tar.extractall(restored, filter="data")

    again = SmallIndex(restored / "index", ChromaStore(), hashing_embedder())
    searcher = Searcher(again.generations, again.store, lambda _: again.embedder)
    assert searcher.manifest.generation == made.generation
    assert searcher.search("heel pain")
    assert again.generations.names() == [made.generation]
    searcher.close()


def test_a_file_that_is_there_is_not_overwritten(data: Path, tmp_path: Path) -> None:
    (tmp_path / "backup.tar.gz").write_text("precious")

    with pytest.raises(AssistantError, match="is there already"):
        back_up(data, url(data), tmp_path / "backup.tar.gz")
    assert (tmp_path / "backup.tar.gz").read_text() == "precious"


def test_a_backup_that_fails_leaves_nothing_behind(data: Path, tmp_path: Path) -> None:
    (data / "index").mkdir()
    (data / "index" / "CURRENT").write_text("gone\n")

    with pytest.raises(FileNotFoundError):
        back_up(data, url(data), tmp_path / "out" / "backup.tar.gz")
    assert list((tmp_path / "out").iterdir()) == []


def test_a_backup_may_lie_in_the_data_folder_without_holding_itself(data: Path) -> None:
    done = CliRunner().invoke(
        assistant, ["--data", str(data), "backup", str(data / "backups" / "one.tar.gz")]
    )

    assert done.exit_code == 0, done.stderr
    assert done.stdout.startswith(f"Wrote {data}/backups/one.tar.gz: 5 files")
    assert "backups/one.tar.gz" not in names(data / "backups" / "one.tar.gz")
