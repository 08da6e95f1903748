"""Questions asked of the generation in use, whichever that is at the moment."""

import logging
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from corpus.model import Card
from index import intent, ranking
from index.embedding import Embedder
from index.generations import Generations
from index.lexical import Lexical, Match, unknown
from index.model import Finder, Hit, IndexNotReady, Manifest, Passage
from index.records import LAYOUT, read_cards, read_passages
from index.shorthand import written_out
from index.terms import Synonyms, shipped_synonyms
from index.vectors import Recent, Store
from index.views import Views

_log = logging.getLogger(__name__)

_IN_RESERVE = 20
"""How many more hits are fetched while there are withdrawn articles among the indexed ones."""

_KEPT = 10_000
"""So many vectors that were fetched before are kept (1.5 kB each): the same passages are weighed again and again."""


class Searcher:
    """Dense and lexical search over the generation in use, in one order; may be asked from several threads.

    Each query looks whether another generation came into use. One thread then opens and warms it while the
    others are still answered from the old one, which is closed when its last query has ended. A new
    generation that cannot be opened is logged and left alone.

    `embedder` gives the embedder of a fingerprint, or raises IndexNotReady if that is not the configured one.
    A passage of an article that nobody has reviewed counts as less relevant by the share
    `unreviewed_discount`, so reviewed ones that are about as relevant come before it.
    Articles that are `withdrawn` are not found, whichever generation holds them.
    """

    def __init__(
        self,
        generations: Generations,
        store: Store,
        embedder: Callable[[str], Embedder],
        *,
        dense_weight: float = 1.0,
        lexical_weight: float = 1.0,
        candidates: int = 50,
        unreviewed_discount: float = 0.1,
        synonyms: Synonyms | None = None,
        withdrawn: Callable[[], Collection[str]] = frozenset,
    ) -> None:
        self._generations = generations
        self._store = store
        self._embedder = embedder
        self._weights = (dense_weight, lexical_weight)
        self._candidates = candidates
        self._unreviewed = 1 - unreviewed_discount
        self._synonyms = synonyms
        self._withdrawn = withdrawn
        self._opening = Lock()
        self._counting = Lock()
        self._opened: _Generation | None = None
        self._seen: tuple[int, int] | None = None

    def search(self, query: str, limit: int = 10, sources: Collection[str] | None = None) -> list[Hit]:
        """The passages that speak of `query`, best first; `sources` are the kinds of article to look at."""
        if not query.strip():
            return []
        withdrawn = self._withdrawn()
        with self._borrowed() as index:
            hits = self._ask(index, query, limit + _IN_RESERVE * bool(withdrawn), sources)
        return [hit for hit in hits if hit.passage.article not in withdrawn][:limit]

    def respelt(self, query: str) -> str:
        """`query` as it is read: the short ways to type written out, and misspelt words set right."""
        with self._borrowed() as index:
            return index.respelt(query)

    @property
    def manifest(self) -> Manifest:
        with self._borrowed() as index:
            return index.manifest

    def passage(self, id: str) -> Passage | None:
        with self._borrowed() as index:
            row = index.rows.get(id)
            found = None if row is None else index.passages[row]
        return None if found is None or found.article in self._withdrawn() else found

    def card(self, article: str) -> Card | None:
        with self._borrowed() as index:
            return None if article in self._withdrawn() else index.cards.get(article)

    def article(self, id: str) -> tuple[Passage, ...]:
        """The passages of an article in reading order; none when it is not indexed."""
        with self._borrowed() as index:
            rows = () if id in self._withdrawn() else index.articles.get(id, ())
            return tuple(index.passages[row] for row in rows)

    def warm(self) -> None:
        """Have everything loaded, so that the first visitor does not wait for it."""
        with self._borrowed():
            pass

    def close(self) -> None:
        with self._opening:
            self._seen = None
            self._replace(None)

    def candidates(self, query: str) -> tuple[list[str], ranking.Signals]:
        """The ids of the passages that are weighed for `query`, with what is known of them: to fit the weights by."""
        with self._borrowed() as index:
            found = self._found(index, query, self._candidates, None)
            return [index.passages[row].id for row in found.rows], found.signals

    def _ask(
        self, index: "_Generation", query: str, limit: int, sources: Collection[str] | None
    ) -> list[Hit]:
        found = self._found(index, query, max(self._candidates, limit), sources)
        scores = ranking.scores(found.signals, *self._weights)
        best = ranking.order(scores)
        lead = ranking.lead(scores, [index.passages[row].article for row in found.rows])
        return [found.hit(index, at, float(scores[at]), lead) for at in best[:limit]]

    def _found(
        self, index: "_Generation", query: str, n: int, sources: Collection[str] | None
    ) -> "_Candidates":
        query = index.respelt(query)  # the model does not know “pregnent” either
        terms = index.lexical.read(query, self._synonyms or shipped_synonyms())
        vector = _unit(index.embed(query))
        among = None if sources is None else np.isin(index.kinds, sorted(sources))
        near = {index.rows[id]: cosine for id, cosine in index.vectors.nearest(vector.tolist(), n, sources)}
        asked = dict(index.views.asked_alike(vector, n, among))
        lexical = dict(index.lexical.rank(terms, n, among))
        rows = list(dict.fromkeys((*near, *asked, *lexical)))
        dense = near | index.cosines(vector, [row for row in rows if row not in near])
        sentences, questions, ways = index.views.cosines(vector, rows)
        matches = index.lexical.matches(terms, rows)
        kinds = intent.kinds(query)
        trust = np.where(index.reviewed[np.array(rows, dtype=np.int64)], 1.0, self._unreviewed)
        asked_like = trust * questions
        signals = ranking.Signals(
            passage=trust * [dense[row] for row in rows],
            sentence=trust * [float(of_one.max()) for of_one in sentences],
            question=asked_like,
            article=ranking.best_of_each(asked_like, [index.passages[row].article for row in rows]),
            lexical=trust * [lexical.get(row, 0.0) for row in rows],
            coverage=np.array([match.coverage for match in matches]),
            intent=np.array([intent.agreement(kinds, index.passages[row].trail[-1]) for row in rows]),
        )
        finders = [_finders(row in near or row in asked, row in lexical) for row in rows]
        return _Candidates(
            rows, signals, dense, sentences, questions, ways, lexical, matches, finders, unknown(terms)
        )

    @contextmanager
    def _borrowed(self) -> Iterator["_Generation"]:
        self._follow()
        with self._counting:
            index = self._opened
            if index is None:
                raise IndexNotReady("The search was closed while it was asked. Ask again.")
            index.users += 1
        try:
            yield index
        finally:
            with self._counting:
                index.users -= 1
                done = index.retired and not index.users
            if done:
                index.close()

    def _follow(self) -> None:
        """See to it that the generation in use is open, or that at least the one before it still is."""
        if self._opened and self._generations.pointer() == self._seen:
            return
        if not self._opening.acquire(blocking=self._opened is None):
            return
        try:
            pointer = self._generations.pointer()
            if self._opened and pointer == self._seen:
                return
            try:
                name = self._generations.in_use()
                if not self._opened or self._opened.manifest.generation != name:
                    self._replace(self._open(name))
            except Exception as error:
                if not self._opened:
                    raise
                # Whatever is wrong with the new one, a visitor is better served from the old.
                _log.error("Still answering from %s: %s", self._opened.manifest.generation, error)
            self._seen = pointer
        finally:
            self._opening.release()

    def _open(self, name: str) -> "_Generation":
        manifest = self._generations.manifest(name)
        if manifest.layout != LAYOUT:
            raise IndexNotReady(
                f"The index {name} was written by another version. Build it anew with: assistant index build"
            )
        known = self._opened
        same = known is not None and known.manifest.embedder == manifest.embedder
        embedder = known.embedder if known and same else self._embedder(manifest.embedder)
        index = _Generation(manifest, self._generations.path(name), embedder, self._store)
        try:
            self._ask(index, "What helps?", 1, None)
        except BaseException:
            index.close()
            raise
        return index

    def _replace(self, index: "_Generation | None") -> None:
        with self._counting:
            old, self._opened = self._opened, index
            if old is None:
                return
            old.retired = True
            done = not old.users
        if done:
            old.close()


@dataclass(frozen=True, slots=True)
class _Candidates:
    """The passages, by row, that one of the searches found, and all that is known of them."""

    rows: Sequence[int]
    signals: ranking.Signals
    dense: Mapping[int, float]
    sentences: Sequence[NDArray[np.float32]]
    questions: Sequence[float]
    ways: Sequence[NDArray[np.float32]]
    lexical: Mapping[int, float]
    matches: Sequence[Match]
    finders: Sequence[tuple[Finder, ...]]
    unknown: float

    def hit(self, index: "_Generation", at: int, score: float, lead: float) -> Hit:
        row, match = self.rows[at], self.matches[at]
        passage = index.passages[row]
        return Hit(
            passage=passage,
            card=index.cards[passage.article],
            score=score,
            found_by=self.finders[at],
            dense=self.dense[row],
            lexical=self.lexical.get(row),
            coverage=match.coverage,
            matched=match.words,
            question=self.questions[at],
            sentences=tuple(map(float, self.sentences[at])),
            ways=tuple(map(float, self.ways[at])),
            unknown=self.unknown,
            lead=lead,
        )


class _Generation:
    """One generation, opened. Whoever uses it is counted, so that it is closed after the last one."""

    def __init__(self, manifest: Manifest, directory: Path, embedder: Embedder, store: Store) -> None:
        self.manifest = manifest
        self.embedder = embedder
        self.passages = read_passages(directory)
        self.rows = {passage.id: row for row, passage in enumerate(self.passages)}
        self.articles: dict[str, list[int]] = {}
        for row, passage in enumerate(self.passages):
            self.articles.setdefault(passage.article, []).append(row)
        self.cards = read_cards(directory)
        self.kinds: NDArray[np.str_] = np.array([self.cards[p.article].kind for p in self.passages])
        self.reviewed = np.array([self.cards[p.article].is_reviewed for p in self.passages])
        self.views = Views(directory)
        self.lexical = Lexical(directory / "lexical")
        self.vectors = store.open(directory, manifest.generation)
        self._one_token = embedder.length("a")
        self._stored = Recent(self._fetched, _KEPT)
        self.users = 0
        self.retired = False

    def respelt(self, query: str) -> str:
        return self.lexical.respelt(written_out(query), self._is_word)

    def embed(self, query: str) -> list[float]:
        vector = self.embedder.embeddings.embed_query(query)
        if len(vector) != self.manifest.dimension:
            raise IndexNotReady(
                f"{self.manifest.embedder} gives {len(vector)} numbers a text, the index has "
                f"{self.manifest.dimension}. Build it anew with: assistant index build --full"
            )
        return vector

    def _is_word(self, word: str) -> bool:
        """An embedding model has the words of its language whole, and takes apart what it has never seen."""
        return self.embedder.length(word) <= self._one_token

    def cosines(self, asked: NDArray[np.float32], rows: Sequence[int]) -> dict[int, float]:
        """What the dense search would have said of passages that it did not return."""
        return {row: float(asked @ vector) for row, vector in self._stored(rows).items()}

    def _fetched(self, rows: Sequence[int]) -> dict[int, NDArray[np.float32]]:
        found = self.vectors.fetch([self.passages[row].id for row in rows])
        return {self.rows[id]: _unit(vector) for id, vector in found.items()}

    def close(self) -> None:
        self.vectors.close()


def _unit(vector: Sequence[float] | NDArray[np.float32]) -> NDArray[np.float32]:
    values = np.asarray(vector, dtype=np.float32)
    unit: NDArray[np.float32] = values / np.linalg.norm(values)
    return unit


def _finders(dense: bool, lexical: bool) -> tuple[Finder, ...]:
    both: tuple[Finder, Finder] = ("dense", "lexical")
    return tuple(finder for finder, found in zip(both, (dense, lexical), strict=True) if found)
