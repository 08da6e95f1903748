"""The search as a LangChain retriever, for a chain of one's own."""

from typing import Any

from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from pydantic import ConfigDict

from corpus.model import Reference
from index.search import Searcher


class KnowledgeRetriever(BaseRetriever):
    """Gives passages as Documents; what a citation needs stands in their metadata.

        retriever = KnowledgeRetriever(searcher=searcher, limit=4)
        chain = {"context": retriever, "question": RunnablePassthrough()} | prompt | model

    The passages are those of `assistant search`: nothing is held back for being too far from the question,
    as the assistant itself does. Check `metadata["dense"]` or `metadata["coverage"]`.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    searcher: Searcher
    limit: int = 4

    def _get_relevant_documents(
        self, query: str, *, run_manager: CallbackManagerForRetrieverRun
    ) -> list[Document]:
        return [
            Document(
                id=hit.passage.id,
                page_content=hit.passage.text,
                metadata={
                    "passage": hit.passage.id,
                    "article": hit.passage.article,
                    "title": hit.card.title,
                    "trail": list(hit.passage.trail),
                    "url": f"{hit.card.url}#{hit.passage.anchor}",
                    "licence": hit.card.licence.name,
                    "score": hit.score,
                    "dense": hit.dense,
                    "coverage": hit.coverage,
                    "references": [_reference(reference) for reference in hit.references],
                },
            )
            for hit in self.searcher.search(query, self.limit)
        ]


def _reference(reference: Reference) -> dict[str, Any]:
    return {name: getattr(reference, name) for name in ("key", "title", "year", "doi", "pmid", "url")}
