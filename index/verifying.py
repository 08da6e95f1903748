"""Whether a generation is what its manifest says, down to the letter."""

import json
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from corpus.model import Card
from index.chunking import digest, embedded
from index.generations import Generations
from index.model import IndexNotReady, Passage
from index.records import CARDS, PASSAGES, read_cards, read_passages
from index.views import FOLDER, Views, texts

if TYPE_CHECKING:
    from index.embedding import Embedder
    from index.vectors import Matrix, Store, Vectors

CHECKSUMS = "checksums.json"
_SAMPLE = 16
_SAME = 0.999  # a cosine above it: the same vector but for rounding


def smoke(directory: Path, name: str, store: "Store", passages: Sequence[Passage]) -> None:
    """Ask a generation that is about to be published what it must know; IndexNotReady if it does not."""
    from index.lexical import Lexical
    from index.terms import Synonyms, words

    faults = list(_vector_faults(directory, name, store, passages, _spread(len(passages))))
    lexical = Lexical(directory / "lexical")
    for row in _spread(len(passages)):
        query = lexical.read(passages[row].text, Synonyms({}))
        if words(passages[row].text) and lexical.matches(query, [row])[0].coverage < _SAME:
            faults.append(f"{passages[row].id} is not found by its own words")
    if faults:
        raise IndexNotReady(
            f"The new index failed its check and was not brought into use: {faults[0]}. "
            "Try again with: assistant index build --full"
        )


def checksums(directory: Path, name: str, store: "Store") -> dict[str, str]:
    """A hash of each file that stays as it is, and of all vectors: Chroma's own files change when opened."""
    folders = [directory / "lexical", directory / FOLDER]
    files = [
        directory / PASSAGES,
        directory / CARDS,
        *(path for folder in folders for path in sorted(folder.iterdir())),
    ]
    sums = {str(path.relative_to(directory)): sha256(path.read_bytes()).hexdigest() for path in files}
    vectors = store.open(directory, name)
    try:
        found = vectors.fetch([passage.id for passage in read_passages(directory)])
    finally:
        vectors.close()
    return {**sums, "vectors": _vector_sum(found)}


def verify(
    generations: Generations, name: str, store: "Store", embedder: "Embedder | None" = None
) -> list[str]:
    """Everything that is wrong with a generation; with `embedder`, texts and vectors are recomputed."""
    faults: list[str] = []
    try:
        for fault in _faults(generations, name, store, embedder):
            faults.append(fault)
    except Exception as error:  # a damaged file can fail in any way
        faults.append(str(error) or repr(error))
    return faults


def _faults(
    generations: Generations, name: str, store: "Store", embedder: "Embedder | None"
) -> Iterator[str]:
    directory = generations.path(name)
    manifest = generations.manifest(name)
    known = _known(directory)
    yield from _file_faults(directory, known)
    passages, cards = read_passages(directory), read_cards(directory)
    if manifest.generation != name:
        yield f"the manifest is that of {manifest.generation}"
    if (manifest.passages, manifest.articles) != (len(passages), len(cards)):
        yield (
            f"the manifest counts {manifest.passages} passages of {manifest.articles} articles, "
            f"the files hold {len(passages)} of {len(cards)}"
        )
    yield from _passage_faults(passages, cards, embedder)
    yield from _lexical_faults(directory, len(passages))
    yield from _view_faults(directory, passages)
    yield from _vector_faults(directory, name, store, passages, range(len(passages)), known.get("vectors"))
    if embedder:
        yield from _model_faults(directory, name, store, passages, cards, embedder)


def _known(directory: Path) -> dict[str, str]:
    try:
        known: dict[str, str] = json.loads((directory / CHECKSUMS).read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise IndexNotReady(f"{CHECKSUMS} cannot be read ({error})") from error
    return known


def _file_faults(directory: Path, known: Mapping[str, str]) -> Iterator[str]:
    for name, expected in known.items():
        path = directory / name
        if name == "vectors":
            continue
        if not path.is_file():
            yield f"{name} is missing"
        elif sha256(path.read_bytes()).hexdigest() != expected:
            yield f"{name} was changed after it was built"


def _lexical_faults(directory: Path, passages: int) -> Iterator[str]:
    from index.lexical import Lexical

    count = Lexical(directory / "lexical").count
    if count != passages:
        yield f"the lexical index holds {count} passages of {passages}"


def _view_faults(directory: Path, passages: Sequence[Passage]) -> Iterator[str]:
    views = Views(directory)
    if len(views) != len(passages):
        yield f"the views are of {len(views)} passages, not {len(passages)}"
        return
    for row, passage in enumerate(passages):
        if len(views.of(row)) != len(texts(passage)):
            yield f"{passage.id} has not one vector for each of its sentences and questions"


def _passage_faults(
    passages: Sequence[Passage], cards: Mapping[str, Card], embedder: "Embedder | None"
) -> Iterator[str]:
    for passage in passages:
        card = cards.get(passage.article)
        if card is None:
            yield f"{passage.id} belongs to no article"
            continue
        if embedder:
            text = embedded(passage, card.title, embedder.length, embedder.limit)
            if digest(text, passage.asked, passage.asked_of) != passage.digest:
                yield f"{passage.id} is not the text that was indexed"
        unknown = {key for _, key in passage.cites} - {reference.key for reference in card.references}
        if unknown:
            yield f"{passage.id} cites what its article does not list: {', '.join(sorted(unknown))}"


def _vector_faults(
    directory: Path,
    name: str,
    store: "Store",
    passages: Sequence[Passage],
    tried: range,
    expected: str | None = None,
) -> Iterator[str]:
    vectors = store.open(directory, name)
    try:
        found = vectors.fetch([passage.id for passage in passages])
        if not len(found) == vectors.count() == len(passages):
            yield f"{vectors.count()} vectors are stored, {len(found)} of {len(passages)} passages have one"
        if expected and _vector_sum(found) != expected:
            yield "the vectors were changed after they were built"
        for row in tried:
            id = passages[row].id
            if id in found and not _finds_itself(vectors, found[id]):
                yield f"{id} is not found by its own vector"
    finally:
        vectors.close()


def _finds_itself(vectors: "Vectors", vector: "Matrix") -> bool:
    best = vectors.nearest(vector.tolist(), 1)
    return bool(best) and best[0][1] > _SAME


def _model_faults(
    directory: Path,
    name: str,
    store: "Store",
    passages: Sequence[Passage],
    cards: Mapping[str, Card],
    embedder: "Embedder",
) -> Iterator[str]:
    import numpy as np

    sample = [passages[row] for row in _spread(len(passages)) if passages[row].article in cards]
    texts = [embedded(p, cards[p.article].title, embedder.length, embedder.limit) for p in sample]
    vectors = store.open(directory, name)
    try:
        stored = vectors.fetch([passage.id for passage in sample])
    finally:
        vectors.close()
    for passage, made in zip(sample, embedder.embeddings.embed_documents(texts), strict=True):
        if passage.id in stored:
            a, b = np.asarray(made), stored[passage.id]
            if not a @ b / (np.linalg.norm(a) * np.linalg.norm(b)) > _SAME:
                yield f"the vector of {passage.id} is not what the model makes of its text"


def _vector_sum(found: "Mapping[str, Matrix]") -> str:
    total = sha256()
    for id in sorted(found):
        total.update(id.encode() + b"\0" + found[id].tobytes())
    return total.hexdigest()


def _spread(count: int) -> range:
    """Rows from all over, few enough to be checked one by one."""
    return range(0, count, max(count // _SAMPLE, 1))
