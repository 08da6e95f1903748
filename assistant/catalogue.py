"""The articles as the index in use holds them, for staff who look after them."""

import threading
from collections import Counter
from dataclasses import dataclass

from corpus.model import Card
from index.generations import Generations
from index.records import read_cards, read_passages


@dataclass(frozen=True, slots=True)
class Listed:
    """An article with how many sections and passages of it are indexed."""

    card: Card
    sections: int
    passages: int


class Catalogue:
    """Safe for threads. Read from the generation itself, so that the pages of staff load no model."""

    def __init__(self, generations: Generations) -> None:
        self._generations = generations
        self._lock = threading.Lock()
        self._seen: tuple[int, int] | None = None
        self._listed: tuple[Listed, ...] = ()

    def all(self) -> tuple[Listed, ...]:
        """By title. Raises IndexNotReady while there is no index."""
        with self._lock:
            pointer = self._generations.pointer()
            if pointer is None or pointer != self._seen:
                self._listed = self._read()
                self._seen = pointer
            return self._listed

    def get(self, id: str) -> Listed | None:
        return next((listed for listed in self.all() if listed.card.id == id), None)

    def _read(self) -> tuple[Listed, ...]:
        directory = self._generations.path(self._generations.in_use())
        passages = read_passages(directory)
        sizes = Counter(passage.article for passage in passages)
        sections = Counter(
            article for article, _ in {(passage.article, passage.anchor) for passage in passages}
        )
        cards = sorted(read_cards(directory).values(), key=lambda card: card.title.casefold())
        return tuple(Listed(card, sections[card.id], sizes[card.id]) for card in cards)
