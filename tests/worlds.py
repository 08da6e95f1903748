"""Small, readable values to build a test's world from."""

from datetime import date

from assistant.model import Evidence
from corpus.model import Card, Certainty, Licence, Reference
from index.model import Hit, Passage

CC_BY = Licence("CC-BY", "4.0", "CC BY 4.0", "https://creativecommons.org/licenses/by/4.0/", "full")
STUDY = Reference("study-2020", "rct", "A study of heels", ("Doe J",), "Journal of Heels", 2020)

HEEL = (
    "Plantar heel pain is pain under the heel. Plantar heel pain is worst with the first steps after rest. "
    "It often eases after a few minutes. Most people feel better within some months."
)


def card(id: str = "heel", certainty: Certainty = "moderate", title: str = "Plantar heel pain") -> Card:
    return Card(
        id=id,
        title=title,
        url=f"/articles/{id}",
        kind="authored",
        licence=CC_BY,
        topic="conditions",
        audience="visitors",
        certainty=certainty,
        reviewer="",
        reviewed=date(2026, 11, 24),
        review_due=date(2027, 11, 24),
        references=(STUDY,),
    )


def passage(
    text: str = HEEL, article: str = "heel", heading: str = "What is plantar heel pain?", n: int = 0
) -> Passage:
    anchor = "-".join(heading.lower().strip("?").split())
    return Passage(
        f"{article}#{anchor}/{n}",
        article,
        (heading,),
        anchor,
        text,
        0,
        ((41, "study-2020"),),
        f"digest-{text}",
    )


def hit(
    of: Passage | None = None, dense: float = 0.7, coverage: float = 0.9, certainty: Certainty = "moderate"
) -> Hit:
    of = of or passage()
    return Hit(
        of,
        card(of.article, certainty),
        0.03,
        ("dense", "lexical"),
        dense,
        5.0,
        coverage,
        question=dense,
        sentences=(dense,),
    )


def evidence(number: int = 1, of: Passage | None = None, certainty: Certainty = "moderate") -> Evidence:
    of = of or passage()
    return Evidence(number, of, card(of.article, certainty), (STUDY,), 0.9, ("dense",))
