"""A sentence-transformers model written as ONNX, once: the only module that loads PyTorch."""

import json
import logging
import shutil
import tempfile
import warnings
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from index.embedding import MINILM, weights_fault
from index.locking import held
from index.model import IndexNotReady

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

_ALIKE = 0.9999
_PROBES = (
    "knee",
    "Does massage help sore muscles after exercise?",
    "Fasciitis plantaris – naïve café, 20 % (n = 504).",
    "Gentle movement keeps a stiff shoulder from getting stiffer. " * 60,
)


def export(model: Path, exported: Path, fingerprint: str) -> None:
    """Write the model in the folder `model` into the new folder `exported`, whole or not at all.

    The export is compared with what sentence-transformers itself computes; one that differs raises
    IndexNotReady.
    """
    if fingerprint.startswith(f"{MINILM}@") and (fault := weights_fault()):
        raise IndexNotReady(fault)
    with held(exported.parent / ".lock", "Preparing an embedding model", wait=True):
        for left_over in exported.parent.glob(".exporting-*"):  # of an export that was killed
            shutil.rmtree(left_over)
        if exported.exists():
            return
        fresh = Path(tempfile.mkdtemp(prefix=".exporting-", dir=exported.parent))
        try:
            _write(model, fresh, fingerprint)
            fresh.chmod(0o755)
            fresh.rename(exported)
        finally:
            shutil.rmtree(fresh, ignore_errors=True)


def _write(model: Path, fresh: Path, fingerprint: str) -> None:
    from sentence_transformers import SentenceTransformer
    from transformers.utils.logging import disable_progress_bar

    disable_progress_bar()  # type: ignore[no-untyped-call]
    original = SentenceTransformer(str(model), device="cpu")
    original.eval()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the exporter's own, about its inner workings
        _write_graph(original, fresh / "model.onnx")
    tokenizer = original.tokenizer
    tokenizer.save_pretrained(fresh / "tokenizer")
    (fresh / "tokenizer" / "tokenizer.json").rename(fresh / "tokenizer.json")
    shutil.rmtree(fresh / "tokenizer")
    config = {
        "fingerprint": fingerprint,
        "max_seq_length": original.max_seq_length,
        "dimension": original.get_embedding_dimension(),
        "query_prompt": _prompt(original, "query"),
        "document_prompt": _prompt(original, "document", "passage", "corpus"),
        "padding": {"id": tokenizer.pad_token_id, "token": tokenizer.pad_token},
        "sha256": sha256((fresh / "model.onnx").read_bytes()).hexdigest(),
    }
    (fresh / "config.json").write_text(json.dumps(config, indent=2) + "\n", "utf-8")
    _compare(original, fresh)


def _write_graph(original: "SentenceTransformer", file: Path) -> None:
    """The whole pipeline as one graph: transformer, pooling and, where the model has it, normalising."""
    import torch

    class Pipeline(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.steps = torch.nn.ModuleList(original)

        def forward(self, input_ids: Any, attention_mask: Any) -> Any:
            features = {"input_ids": input_ids, "attention_mask": attention_mask}
            for step in self.steps:
                features = step(features)
            return features["sentence_embedding"]

    example = original.preprocess(["two texts", "of different length, both short"])
    shape = {0: torch.export.Dim("texts"), 1: torch.export.Dim("tokens")}
    exporter = logging.getLogger("torch.onnx")
    level = exporter.level
    exporter.setLevel(logging.ERROR)  # it warns of every torchvision operator that it cannot find
    try:
        with torch.no_grad():
            torch.onnx.export(
                Pipeline().eval(),
                (example["input_ids"], example["attention_mask"]),
                file,
                input_names=["input_ids", "attention_mask"],
                output_names=["vectors"],  # "embedding" is taken inside the graph, and then it does not load
                dynamic_shapes={"input_ids": shape, "attention_mask": shape},
                dynamo=True,
                external_data=False,
                verbose=False,
            )
    finally:
        exporter.setLevel(level)


def _prompt(original: "SentenceTransformer", *names: str) -> str:
    """What the model wants before a text of this kind; most want nothing."""
    prompts = original.prompts or {}
    default = prompts.get(original.default_prompt_name or "")
    return next((text for name in names if (text := prompts.get(name))), default) or ""


def _compare(original: "SentenceTransformer", fresh: Path) -> None:
    import numpy as np

    from index.onnx_embeddings import OnnxEmbeddings

    ours = OnnxEmbeddings(fresh)
    for mine, theirs in (
        (ours.embed_documents(list(_PROBES)), original.encode_document(list(_PROBES))),
        ([ours.embed_query(text) for text in _PROBES], original.encode_query(list(_PROBES))),
    ):
        a, b = np.asarray(mine), np.asarray(theirs)
        cosines = (a * b).sum(axis=1) / np.linalg.norm(a, axis=1) / np.linalg.norm(b, axis=1)
        if not cosines.min() > _ALIKE:
            raise IndexNotReady(
                f"The exported model does not agree with the original (cosine {cosines.min():.5f}). "
                "Choose another index.embedder."
            )
