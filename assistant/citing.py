"""The last gate before a visitor: a statement leaves with an exact quotation, or it does not leave."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from assistant.model import Citation, Evidence, Statement
from assistant.planted import may_be_quoted
from corpus.admission import QUOTE, QUOTES


def supported(statement: Statement, evidence: Sequence[Evidence]) -> Statement | None:
    """`statement` with those of its citations that are exact quotations of the evidence they name.

    None when no citation survives: the sentence is dropped with its invented mark, for a sentence
    without a source is worse than none. An empty quotation supports nothing.
    """
    texts = {item.number: item.passage.text for item in evidence}
    exact = tuple(cited for cited in statement.citations if _is_exact(cited, texts.get(cited.evidence)))
    return replace(statement, citations=exact) if exact else None


def released(drafted: Iterable[Statement], evidence: Sequence[Evidence]) -> Iterator[Statement]:
    """Those of `drafted` that may be said, as they come: supported, and within what licences allow.

    Of texts that may only be quoted, an answer holds a few short quotations and not one more. Of texts that nobody
    has reviewed, no sentence is said that leads elsewhere or was written for a machine.
    """
    by_number = {item.number: item for item in evidence}
    only_quoted = {item.number for item in evidence if item.card.licence.admission == "quote-only"}
    left = QUOTES
    for draft in drafted:
        statement = supported(draft, evidence)
        if statement is None or not all(
            may_be_quoted(cited.quote, by_number[cited.evidence]) for cited in statement.citations
        ):
            continue
        quoted = [cited for cited in statement.citations if cited.evidence in only_quoted]
        if len(quoted) > left or any(len(cited.quote) > QUOTE for cited in quoted):
            continue
        left -= len(quoted)
        yield statement


def verified(statements: Iterable[Statement], evidence: Sequence[Evidence]) -> tuple[Statement, ...]:
    """Those of `statements` that are supported, in their order."""
    checked = (supported(statement, evidence) for statement in statements)
    return tuple(statement for statement in checked if statement is not None)


def cited_only(
    statements: Sequence[Statement], evidence: Sequence[Evidence]
) -> tuple[tuple[Statement, ...], tuple[Evidence, ...]]:
    """The evidence that is cited at all, renumbered 1, 2, … in the order of first mention, and the statements to match."""
    order = list(dict.fromkeys(cited.evidence for statement in statements for cited in statement.citations))
    renumbered = {old: new for new, old in enumerate(order, start=1)}
    by_number = {item.number: item for item in evidence}
    return (
        tuple(
            replace(
                statement,
                citations=tuple(
                    Citation(renumbered[cited.evidence], cited.quote) for cited in statement.citations
                ),
            )
            for statement in statements
        ),
        tuple(_numbered(by_number[old], new) for old, new in renumbered.items()),
    )


def _numbered(item: Evidence, number: int) -> Evidence:
    return Evidence(number, item.passage, item.card, item.references, item.score, item.found_by)


def _is_exact(cited: Citation, text: str | None) -> bool:
    return text is not None and bool(cited.quote.strip()) and cited.quote in text
