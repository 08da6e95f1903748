"""What a visitor tells of their health brings its caution into the answer."""

import pytest
from worlds import card, evidence, hit, passage

from assistant.cautions import about_a_risk, cautions
from assistant.model import Evidence

CUPPING = passage("Cupping may ease neck pain.", "cupping", "Does cupping help neck pain?")
THINNERS = passage("Ask first.", "blood-thinners", "Can I have a massage on blood thinners?")


def about(of: object) -> Evidence:
    return evidence(1, of)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("question", "asked"),
    [
        ("im on warfarin, does cupping help neck pain", ("Is cupping safe with blood thinners?",)),
        (
            "i'm pregnant and diabetic, can i get my neck done",
            ("Is massage safe with pregnancy?", "Is massage safe with diabetes?"),
        ),
        ("does cupping help neck pain", ()),
    ],
)
def test_a_risk_that_is_told_of_is_asked_about_besides(question: str, asked: tuple[str, ...]) -> None:
    assert cautions(question, [about(CUPPING)]) == asked


def test_a_risk_that_the_evidence_is_about_is_not_asked_about_again() -> None:
    asked = "can i have cupping on warfarin"

    assert cautions(asked, [about(THINNERS), about(CUPPING)]) == ()
    assert cautions(asked, [about(CUPPING), about(THINNERS)]) == ("Is cupping safe with blood thinners?",)


def test_only_what_is_about_the_risk_is_a_caution() -> None:
    found = [hit(CUPPING), hit(THINNERS)]

    assert about_a_risk(found, "Is cupping safe with blood thinners?") == [found[1]]
    assert card("cupping").title == found[0].card.title
