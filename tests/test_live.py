"""The real services, asked for one article in five requests. Off unless `--live` is given and a contact is named."""

import os

import pytest

from corpus.connectors.cache import Cache
from corpus.manifest import Manifest
from corpus.runs import Policy, Wanted
from corpus.shelf import Shelf
from corpus.sources import Chosen, Sources
from corpus.syncing import Syncing
from corpus.withdrawn import Withdrawn


@pytest.fixture
def contact(request):
    if not request.config.getoption("--live"):
        pytest.skip("would ask NCBI and the PMC Cloud for one article, five requests in all: run with --live")
    if not os.environ.get("SOURCES_CONTACT"):
        pytest.skip("SOURCES_CONTACT names no e-mail address to ask with")
    return os.environ["SOURCES_CONTACT"]


def test_one_open_article_comes_from_pubmed_central(contact, tmp_path):
    sources = Sources(Chosen(contact), Cache(tmp_path / "cache"))
    manifest = Manifest(tmp_path / "sources.db")
    policy = Policy("commercial")
    syncing = Syncing(
        manifest, tmp_path / "shelf", Withdrawn(tmp_path / "w"), sources.client.cache, sources.client, policy
    )
    try:
        wanted = Wanted('"foam rolling"[Title]', limit=1)
        report = syncing.run(sources.connector("pmc"), wanted)
    finally:
        sources.close()
        manifest.close()

    assert report.fault == ""
    (outcome,) = report.outcomes
    assert outcome.what in ("full", "quote-only", "reference", "refuse")
    assert sources.client.requests <= 5
    if outcome.article:
        (article,) = Shelf([tmp_path / "shelf" / "pmc"], {})
        assert article.sections
        assert article.card.paper is not None
