"""What a build has to do."""

from collections.abc import Iterable, Mapping

from index.model import Manifest, Passage, Plan


def plan(
    passages: Iterable[Passage],
    previous: Mapping[str, str],
    manifest: Manifest | None,
    embedder: str,
    chunking: str,
    *,
    full: bool = False,
) -> Plan:
    """Compare the passages with the digests of the generation in use (`previous`, by id), id by id.

    A stored vector is kept only for the same id with the same digest. That some other passage once had the
    same text is no reason: then a passage would live on in the index through its double.
    """
    why_full = _why_full(manifest, embedder, chunking) or ("it was asked for" if full else None)
    wanted = {passage.id: passage for passage in passages}
    kept = {} if why_full else {i: p for i, p in wanted.items() if previous.get(i) == p.digest}
    return Plan(
        embed=tuple(passage for id, passage in wanted.items() if id not in kept),
        keep=tuple(kept.values()),
        drop=tuple(id for id in previous if id not in wanted),
        why_full=why_full,
    )


def _why_full(manifest: Manifest | None, embedder: str, chunking: str) -> str | None:
    if manifest is None:
        return "there is no index yet"
    if manifest.embedder != embedder:
        return f"the embedder changed from {manifest.embedder} to {embedder}"
    if manifest.chunking != chunking:
        return f"the rules for passages changed from {manifest.chunking} to {chunking}"
    return None
