"""What plain searches and a plain chain would have done with the same questions, to hold the figures against."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from langchain_core.documents import Document
from langchain_core.language_models import BaseChatModel
from langchain_core.output_parsers import StrOutputParser
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.runnables import Runnable, RunnableLambda, RunnablePassthrough

from assistant.evaluation import DEPTH, ranking, states
from assistant.golden import Golden
from assistant.rates import Rate
from index.ranking import Scores, Signals, order
from index.retriever import KnowledgeRetriever
from index.search import Searcher

BASELINES: Mapping[str, Callable[[Signals], Scores]] = {
    "BM25, first passage": lambda signals: signals.lexical,
    "dense, first passage": lambda signals: signals.passage,
}

_STUFFED = ChatPromptTemplate.from_messages(
    [
        (
            "system",
            "Answer the question from the context alone. If the context does not answer it, say that you do not know."
            "\n\nContext:\n{context}",
        ),
        ("human", "{question}"),
    ]
)


@dataclass(frozen=True, slots=True)
class Standing:
    """How one way of searching does: the rankings, and the key facts that its first passage, shown whole, states."""

    name: str
    hit_1: Rate
    hit_5: Rate
    reciprocal: Rate
    key_facts: Rate


def standings(
    searcher: Searcher, golden: Iterable[Golden], model: BaseChatModel | None = None
) -> list[Standing]:
    """The baselines over the questions that the corpus answers; `model` is the one that words the assistant's own
    answers, if one does."""
    answered = [one for one in golden if one.passages]
    asked = [(one, *searcher.candidates(one.text)) for one in answered]
    plain = [_standing(name, scored, asked, searcher) for name, scored in BASELINES.items()]
    return [*plain, _chained(searcher, answered, model)]


def two_step(searcher: Searcher, model: BaseChatModel | None = None) -> Runnable[str, str]:
    """The chain that tutorials build: the passages found are stuffed into a prompt, and whatever the model says is the
    answer. Without a model the first passage is."""
    retriever = KnowledgeRetriever(searcher=searcher)
    if model is None:
        return retriever | RunnableLambda(_first)
    return (
        {"context": retriever | RunnableLambda(_joined), "question": RunnablePassthrough()}
        | _STUFFED
        | model
        | StrOutputParser()
    )


def _first(found: list[Document]) -> str:
    return found[0].page_content if found else ""


def _joined(found: list[Document]) -> str:
    return "\n\n".join(document.page_content for document in found)


def _chained(searcher: Searcher, golden: Sequence[Golden], model: BaseChatModel | None) -> Standing:
    """An answer that the model did not give states nothing."""
    said = two_step(searcher, model).batch(
        [one.text for one in golden], {"max_concurrency": 2}, return_exceptions=True
    )
    facts = [
        isinstance(text, str) and states(text, fact)
        for one, text in zip(golden, said, strict=True)
        for fact in one.key_facts
    ]
    found = [[hit.passage.id for hit in searcher.search(one.text, 3 * DEPTH)] for one in golden]
    wording = "first passage" if model is None else "the same model"
    return _told(f"two-step chain, {wording}", golden, found, facts)


def _standing(
    name: str,
    scored: Callable[[Signals], Scores],
    asked: Sequence[tuple[Golden, list[str], Signals]],
    searcher: Searcher,
) -> Standing:
    found, facts = [], []
    for one, ids, signals in asked:
        best = [ids[at] for at in order(scored(signals))[: 3 * DEPTH]]
        found.append(best)
        first = searcher.passage(best[0]) if best else None
        facts += [states(first.text if first else "", fact) for fact in one.key_facts]
    return _told(name, [one for one, _, _ in asked], found, facts)


def _told(
    name: str, golden: Sequence[Golden], found: Sequence[Sequence[str]], facts: Sequence[bool]
) -> Standing:
    rankings = [
        ranking([id.rsplit("/", 1)[0] for id in ids], one.passages)
        for one, ids in zip(golden, found, strict=True)
    ]
    count = len(rankings)
    return Standing(
        name,
        Rate(sum(one.hit_1 for one in rankings), count),
        Rate(sum(one.hit_5 for one in rankings), count),
        Rate(sum(one.reciprocal for one in rankings), count, is_mean=True),
        Rate(sum(facts), len(facts)),
    )
