"""How good the answers are, counted on questions whose right outcome is known."""

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import log2
from time import process_time
from typing import Any

from assistant import payloads
from assistant.golden import Golden
from assistant.model import Answer, Emergency, Question, Reply, Response
from assistant.rates import Rate

DEPTH = 10
"""How many sections of a ranking are looked at."""


@dataclass(frozen=True, slots=True)
class Ranking:
    """Where the sections that answer a question stand among those that were found. All figures from 0 to 1."""

    hit_1: float
    hit_5: float
    reciprocal: float
    ndcg: float


def ranking(found: Sequence[str], relevant: Collection[str]) -> Ranking:
    """`found` are sections, best first; a section that is found by several passages counts where it is first found.

    nDCG takes each relevant section as worth 1: Järvelin K, Kekäläinen J. Cumulated gain-based evaluation of IR
    techniques. ACM Trans Inf Syst. 2002;20(4):422-446.
    """
    sections = list(dict.fromkeys(found))[:DEPTH]
    places = [place for place, section in enumerate(sections, start=1) if section in relevant]
    best = places[0] if places else None
    ideal = sum(1 / log2(place + 1) for place in range(1, min(len(relevant), DEPTH) + 1))
    return Ranking(
        hit_1=float(best == 1),
        hit_5=float(best is not None and best <= 5),
        reciprocal=1 / best if best else 0.0,
        ndcg=sum(1 / log2(place + 1) for place in places) / ideal if ideal else 0.0,
    )


@dataclass(frozen=True, slots=True)
class Observation:
    """What became of one golden question. `stated` are the key facts found in the reply; `quotations` and `exact` count
    the quotations and those of them that stand letter for letter in the passage they cite."""

    golden: Golden
    kind: str
    reason: str | None
    level: str | None
    flag: str | None
    phone: bool
    ranking: Ranking | None
    stated: tuple[bool, ...]
    quotations: int
    exact: int
    uncited: int
    seconds: float

    @property
    def is_right(self) -> bool:
        """The kind of reply is one of those asked for, and an emergency has the level asked for."""
        level = self.golden.level
        actions = {self.kind, "answer_with_phone"} if self.kind == "answer" and self.phone else {self.kind}
        return not actions.isdisjoint(self.golden.actions) and (level is None or self.level == level)


def observe(
    golden: Golden, reply: Callable[[Question], Response], search: Callable[[str], Sequence[str]]
) -> Observation:
    """Ask `golden`. `search` gives the sections found for a text, best first."""
    began = process_time()
    response = reply(Question(golden.text, golden.turns))
    seconds = process_time() - began
    said = response.reply
    kind = payloads.kind(said)
    quotations, exact, uncited = _citations(said)
    return Observation(
        golden,
        kind,
        getattr(said, "reason", None),
        said.level if isinstance(said, Emergency) else None,
        said.flag if isinstance(said, Emergency) else None,
        payloads.offer(said) is not None,
        ranking(search(response.standalone), golden.passages) if golden.passages else None,
        tuple(states(payloads.text(said), fact) for fact in golden.key_facts),
        quotations,
        exact,
        uncited,
        seconds,
    )


def states(text: str, fact: Iterable[str]) -> bool:
    """Whether one of the phrasings of a fact occurs in a text, letter case, dashes and spaces aside."""
    plain = _plain(text)
    return any(_plain(phrasing) in plain for phrasing in fact)


def _plain(text: str) -> str:
    text = text.casefold().replace("’", "'").replace("‑", "-").replace("–", "-")
    return re.sub(r"\s+", " ", re.sub(r"\s*\[\d+\]", "", text)).strip()


def _citations(reply: Reply) -> tuple[int, int, int]:
    """(quotations, those that are exact, statements without any)"""
    if not isinstance(reply, Answer):
        return 0, 0, 0
    texts = {item.number: item.passage.text for item in reply.evidence}
    quotes = [citation for statement in reply.statements for citation in statement.citations]
    exact = sum(citation.quote in texts.get(citation.evidence, "") for citation in quotes)
    return len(quotes), exact, sum(not statement.citations for statement in reply.statements)


FLOORED = ("hit@1", "hit@5", "MRR@10", "nDCG@10", "key facts", "exact citations", "right action", "refused")
"""The figures that must not fall below their pinned floor."""


def figures(seen: Sequence[Observation]) -> dict[str, Rate]:
    """The figures of some observations by name."""
    ranked = [one.ranking for one in seen if one.ranking is not None]
    answerable = [one for one in seen if one.golden.is_answerable]
    facts = [stated for one in answerable for stated in one.stated]
    refusable = [one for one in seen if one.golden.reason]
    quotations = sum(one.quotations for one in seen)
    return {
        "hit@1": Rate(sum(one.hit_1 for one in ranked), len(ranked)),
        "hit@5": Rate(sum(one.hit_5 for one in ranked), len(ranked)),
        "MRR@10": Rate(sum(one.reciprocal for one in ranked), len(ranked), is_mean=True),
        "nDCG@10": Rate(sum(one.ndcg for one in ranked), len(ranked), is_mean=True),
        "answered": Rate(sum(one.kind == "answer" for one in answerable), len(answerable)),
        "key facts": Rate(sum(facts), len(facts)),
        "exact citations": Rate(
            sum(one.exact for one in seen) - sum(one.uncited for one in seen), quotations
        ),
        "right action": Rate(sum(one.is_right for one in seen), len(seen)),
        "refused": Rate(sum(one.is_right for one in refusable), len(refusable)),
    }


def confusion(seen: Iterable[Observation]) -> Counter[tuple[str, str]]:
    """(what was asked for, what came) → how often, by kind with its level or reason."""
    return Counter(
        (
            _name(one.golden.actions[0], one.golden.level or one.golden.reason),
            _name(one.kind, one.level or one.reason),
        )
        for one in seen
    )


def _name(kind: str, detail: str | None) -> str:
    return f"{kind}: {detail}" if detail else kind


def below(found: Mapping[str, Rate], floors: Mapping[str, float]) -> list[str]:
    """A line for each figure that lies below its floor."""
    return [
        f"{name} is {share:.3f}, its floor {floor:.3f}"
        for name, floor in floors.items()
        if name in found and (share := found[name].share) is not None and share < floor - 1e-9
    ]


def as_json(found: Mapping[str, Rate]) -> dict[str, Any]:
    return {
        name: {
            "share": None if rate.share is None else round(rate.share, 4),
            "count": round(rate.count, 3),
            "of": rate.of,
            "interval": [round(end, 4) for end in rate.interval] if rate.interval else None,
        }
        for name, rate in found.items()
    }


def latency(seen: Sequence[Observation]) -> dict[str, float]:
    """Milliseconds of CPU for a reply: the median and the 95th percentile."""
    spent = sorted(one.seconds * 1000 for one in seen) or [0.0]
    return {
        "p50": round(spent[len(spent) // 2], 1),
        "p95": round(spent[min(len(spent) - 1, int(0.95 * len(spent)))], 1),
    }
