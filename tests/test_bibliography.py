import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.bibliography import bibliography, citation, csl, link, references
from corpus.model import CorpusError, Reference

DAVIS = Reference(
    key="davis-2020",
    kind="meta_analysis",
    title="Effect of sports massage on performance and recovery",
    authors=("Davis HL", "Alabed S", "Chico TJA"),
    container="BMJ Open Sport & Exercise Medicine",
    year=2020,
    volume="6",
    issue="1",
    pages="e000614",
    doi="10.1136/bmjsem-2019-000614",
    pmid="32426160",
)


def test_a_paper_is_printed_in_the_vancouver_manner():
    assert citation(DAVIS) == (
        "Davis HL, Alabed S, Chico TJA. Effect of sports massage on performance and recovery. "
        "BMJ Open Sport & Exercise Medicine. 2020;6(1):e000614. doi:10.1136/bmjsem-2019-000614 PMID: 32426160"
    )


@pytest.mark.parametrize(
    ("known", "printed"),
    [
        (
            Reference("a", "web", "Does it help?", url="https://example.org"),
            "Does it help? https://example.org",
        ),
        (Reference("a", "web", "A page", container="A site", year=2024), "A page. A site. 2024."),
        (Reference("a", "book", "A book", pages="3-9"), "A book. p. 3-9."),
        (Reference("a", "book", "A book", year=2001, pages="3-9"), "A book. 2001; p. 3-9."),
        (
            Reference("a", "rct", "Many", tuple(f"A{n} B" for n in range(8))),
            "A0 B, A1 B, A2 B, A3 B, A4 B, A5 B, et al. Many.",
        ),
    ],
)
def test_what_is_not_known_is_not_printed(known, printed):
    assert citation(known) == printed


def test_a_reference_links_to_its_doi_first():
    assert link(DAVIS) == "https://doi.org/10.1136/bmjsem-2019-000614"
    assert link(Reference("a", "rct", "T", pmid="123")) == "https://pubmed.ncbi.nlm.nih.gov/123/"
    assert link(Reference("a", "web", "T")) == ""


def test_reference_managers_get_persons_and_bodies():
    item = csl(DAVIS)

    assert item["type"] == "article-journal"
    assert item["author"][2] == {"family": "Chico", "given": "TJA"}
    assert item["issued"] == {"date-parts": [[2020]]}
    body = csl(Reference("a", "web", "T", ("HealthLink BC",)))
    assert (body["type"], body["author"]) == ("webpage", [{"literal": "HealthLink BC"}])


texts = st.text(st.characters(exclude_categories=("Cs", "Cc"))).map(str.strip)


@given(
    st.builds(
        Reference,
        key=st.from_regex(r"[a-z][a-z0-9-]{0,20}", fullmatch=True),
        kind=texts,
        title=texts.filter(bool),
        authors=st.lists(texts.filter(bool)).map(tuple),
        year=st.none() | st.integers(1800, 2100),
        volume=texts,
        pages=texts | st.sampled_from(["1-2", "1e5", "0123", "1:20", "yes", "2020-01-01", "~"]),
        finding=texts,
    )
)
def test_references_are_read_back_as_they_were_written(known):
    assert references(bibliography([known]), "references.yaml") == {known.key: known}


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("a: {title: T}\na: {title: U}", "line 2.*second time"),
        ("- title: T", "under its key"),
        ("a: T", "a has no fields"),
        ("a: {year: 2020}", "a has no title"),
        ("a: {title: T, jear: 2020}", "unknown field “jear”"),
        ("a: {title: T, year: soon}", "year must be a number"),
        ("a: {title: T, authors: Davis}", "authors must be a list"),
        ("a: {title: [T]}", "title must be a text"),
        ("a b: {title: T}", "cannot be cited"),
        ("a: {title: T", "valid YAML"),
    ],
)
def test_a_slip_in_the_references_is_named(text, complaint):
    with pytest.raises(CorpusError, match=complaint) as caught:
        references(text, "references.yaml")

    assert str(caught.value).startswith("references.yaml")
