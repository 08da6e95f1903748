import pytest
from hypothesis import given
from hypothesis import strategies as st
from worlds import HEEL, evidence, passage

from assistant.citing import cited_only, supported, verified
from assistant.model import Citation, Statement


def test_an_exact_quotation_is_kept() -> None:
    claim = Statement("Heels can hurt.", (Citation(1, "Plantar heel pain is pain under the heel."),))

    assert supported(claim, [evidence()]) == claim


@pytest.mark.parametrize(
    "citation",
    [
        Citation(1, "Plantar heel pain is pain under the heal."),
        Citation(2, "Plantar heel pain is pain under the heel."),
        Citation(1, ""),
        Citation(1, "  "),
    ],
    ids=["one letter changed", "evidence that is not there", "empty quotation", "blank quotation"],
)
def test_a_statement_without_an_exact_quotation_is_dropped(citation: Citation) -> None:
    assert verified([Statement("Heels can hurt.", (citation,))], [evidence()]) == ()


def test_an_invented_citation_beside_an_exact_one_is_taken_off() -> None:
    exact, invented = Citation(1, "pain under the heel"), Citation(1, "cures arthritis")

    kept = supported(Statement("Heels can hurt.", (exact, invented)), [evidence()])

    assert kept == Statement("Heels can hurt.", (exact,))


@given(st.text(min_size=1, max_size=40))
def test_no_quotation_that_is_not_in_its_passage_survives(quote: str) -> None:
    kept = supported(Statement("Anything.", (Citation(1, quote),)), [evidence()])

    assert (kept is not None) == (bool(quote.strip()) and quote in HEEL)


def test_evidence_that_nobody_cites_is_left_out_and_numbers_follow_the_first_mention() -> None:
    pieces = [evidence(1), evidence(2, passage("Second.")), evidence(3, passage("Third."))]
    said = [Statement("Third.", (Citation(3, "Third."),)), Statement("Heel.", (Citation(1, "heel"),))]

    statements, shown = cited_only(said, pieces)

    assert [item.passage.text for item in shown] == ["Third.", HEEL]
    assert [item.number for item in shown] == [1, 2]
    assert [cited.evidence for statement in statements for cited in statement.citations] == [1, 2]
