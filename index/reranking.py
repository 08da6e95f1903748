"""A second look by choice: a cross-encoder reads the question and each of the first passages together."""

import logging
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from index.model import Hit, IndexNotReady
from index.search import Searcher

if TYPE_CHECKING:
    from sentence_transformers import CrossEncoder

_log = logging.getLogger(__name__)

DEPTH = 20
"""How many hits are looked at again: one takes longer than the whole search before it."""

Judge = Callable[[str, Sequence[str]], NDArray[np.float64]]
"""A score for each text, the higher the better it answers the question."""


class CrossEncoderJudge:
    """The sentence-transformers CrossEncoder in the folder `name`, or of that name in the local model cache.

    Nothing is loaded before the first question. May be asked from several threads.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._opening = Lock()
        self._opened: CrossEncoder | None = None

    def __call__(self, question: str, texts: Sequence[str]) -> NDArray[np.float64]:
        try:
            pairs = [(question, text) for text in texts]
            found = np.asarray(self._open().predict(pairs, show_progress_bar=False), dtype=np.float64)
        except Exception as error:  # whatever its loader raises: a wrong folder fails in many ways
            reason = str(error).strip().partition("\n")[0]
            raise IndexNotReady(
                f"The cross-encoder {self._name} cannot be used ({type(error).__name__}: {reason}). Name the "
                'folder of a sentence-transformers CrossEncoder in index.reranker, or set it to "".'
            ) from error
        if found.shape != (len(texts),) or not np.isfinite(found).all():
            raise IndexNotReady(
                f"The cross-encoder {self._name} does not give one number for a question and a text. Name one that was "
                'trained to rank in index.reranker, or set it to "".'
            )
        return found

    def _open(self) -> "CrossEncoder":
        with self._opening:
            if self._opened is None:
                from sentence_transformers import CrossEncoder

                self._opened = CrossEncoder(self._name, device="cpu", local_files_only=True)
            return self._opened


class RerankingSearcher(Searcher):
    """A search whose first hits are put in order again by a judge with an equal say.

    A judge that fails is told in the log, once, and not asked again: the search goes on without it.
    """

    def __init__(self, *arguments: Any, judge: Judge, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._judge: Judge | None = judge

    def search(self, query: str, limit: int = 10, sources: Collection[str] | None = None) -> list[Hit]:
        hits = super().search(query, max(limit, DEPTH), sources)
        return [*self._again(query, hits[:DEPTH]), *hits[DEPTH:]][:limit]

    def warm(self) -> None:
        super().warm()
        self.search("What helps?")

    def _again(self, query: str, hits: Sequence[Hit]) -> Sequence[Hit]:
        judge = self._judge
        if judge is None or len(hits) < 2:
            return hits
        try:
            judged = judge(query, [_text(hit) for hit in hits])
        except IndexNotReady as fault:
            self._judge = None
            _log.warning("Searching without a second look. %s", fault)
            return hits
        return blended(hits, judged)


def blended(hits: Sequence[Hit], judged: NDArray[np.float64]) -> list[Hit]:
    """`hits` in the order of both scores, each told in standard deviations.

    The scores of the places stay as they were, as what comes later weighs them by the search's own measure.
    """
    both = _standing_out(np.array([hit.score for hit in hits])) + _standing_out(judged)
    order = np.argsort(-both.round(9), kind="stable")
    return [replace(hits[at], score=place.score) for at, place in zip(order, hits, strict=True)]


def _text(hit: Hit) -> str:
    return f"{' > '.join((hit.card.title, *hit.passage.trail))}\n{hit.passage.text}"


def _standing_out(values: NDArray[np.float64]) -> NDArray[np.float64]:
    centred: NDArray[np.float64] = values - values.mean()
    spread = float(values.std())
    return centred / spread if spread > 1e-9 else centred
