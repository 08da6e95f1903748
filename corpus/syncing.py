"""Bringing the shelf in line with its sources: each publication asked for, decided about, and kept or let go.

Everything is written in an order that lets a run be killed anywhere and run again: first the article, then
the record that says it is there; first the record that it must go, then the removal.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from time import monotonic

from corpus import papers
from corpus.adding import identifier
from corpus.admission import Decision, decide
from corpus.bibliography import citation
from corpus.connectors.cache import Cache
from corpus.connectors.faults import NotCached, NotThere, SourceDown, SourceError, Unwanted
from corpus.connectors.http import Client
from corpus.connectors.publication import Connector, Publication, RawItem, Ref
from corpus.manifest import Manifest, Record, Status, Tombstone
from corpus.markdown import markdown
from corpus.model import Admission, Article, CorpusError
from corpus.runs import Outcome, Policy, SourceReport, Wanted, What
from corpus.withdrawn import Withdrawn
from corpus.writing import write_whole

Progress = Callable[[Outcome], None]

_KINDS = {"files": "file", "amta": "link"}
_IN_A_ROW = 5
_AN_HOUR = 3_600


class Syncing:
    """Where synced articles stand (`shelf`, one folder a source), what is known of them, and who may not return."""

    def __init__(
        self,
        manifest: Manifest,
        shelf: Path,
        withdrawn: Withdrawn,
        cache: Cache,
        client: Client | None,
        policy: Policy,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.manifest = manifest
        self.withdrawn = withdrawn
        self._shelf = shelf
        self._cache = cache
        self._client = client
        self._policy = policy
        self._now = now

    def run(self, connector: Connector, wanted: Wanted, progress: Progress | None = None) -> SourceReport:
        """Ask a source for what is wanted and take what may be taken."""
        return self._all(
            connector, connector.discover(wanted.query, wanted.since, wanted.limit), wanted.dry_run, progress
        )

    def verify(self, connector: Connector, progress: Progress | None = None) -> SourceReport:
        """Ask a source again about all that stands on the shelf by it."""
        known = [record for record in self.manifest.records((connector.name,)) if record.article]
        listed = {ref.id: ref for ref in self._listed(connector)} if connector.name in _KINDS else {}
        refs = [
            listed.get(record.id) or Ref(record.source, record.id, record.address, record.title)
            for record in known
        ]
        return self._all(connector, refs, False, progress)

    def remove(self, article: str, reason: str = "Removed by hand.") -> tuple[str, ...]:
        """Take an article off the shelf for good; the ids of its publication, none if it came from no source.

        From this moment on no answer cites it, even from an index that still holds it.
        """
        records = self.manifest.of_article(article)
        for record in records:
            self.withdrawn.add(article)
            self.manifest.bury(Tombstone(record.id, article, reason, self._now()))
            self._place(record.source, article).unlink(missing_ok=True)
            self._cache.forget(record.id)
        return tuple(record.id for record in records)

    def _listed(self, connector: Connector) -> Iterable[Ref]:
        return connector.discover("", None, 1_000_000)

    def _all(
        self, connector: Connector, refs: Iterable[Ref], dry_run: bool, progress: Progress | None
    ) -> SourceReport:
        started = monotonic()
        self._sweep(connector.name)
        outcomes: list[Outcome] = []
        fault = ""
        down = 0
        seen: set[str] = set()
        try:
            for ref in refs:
                if ref.id in seen:
                    continue
                seen.add(ref.id)
                outcome, is_down = self._one(connector, ref, dry_run)
                outcomes.append(outcome)
                if progress:
                    progress(outcome)
                down = down + 1 if is_down else 0
                if down >= _IN_A_ROW:
                    fault = f"{outcome.reason} It failed {down} times in a row; run again later."
                    break
        except CorpusError as error:
            fault = str(error)
        return SourceReport(connector.name, tuple(outcomes), fault, monotonic() - started)

    def _one(self, connector: Connector, ref: Ref, dry_run: bool) -> tuple[Outcome, bool]:
        """What became of `ref`, and whether its source did not answer."""
        try:
            return self._taken(connector, ref, dry_run), False
        except SourceDown as error:
            return self._failed(ref, str(error), dry_run), True
        except (NotCached, NotThere, Unwanted) as error:
            return self._told_off(ref, error, dry_run), False
        except CorpusError as error:
            return self._failed(ref, str(error), dry_run), False
        finally:
            if self._client:
                self._client.settle(keep=False)

    def _taken(self, connector: Connector, ref: Ref, dry_run: bool) -> Outcome:
        if stone := self.manifest.tombstone(ref.id):
            return _outcome(ref, "removed", f"{stone.reason} ({stone.removed:%Y-%m-%d})")
        other = next((each for each in self._held(ref) if each.source != ref.source), None)
        if other:
            return _outcome(ref, "held", f"On the shelf already, from {other.source}.", other.article)
        record = self.manifest.record(ref.source, ref.id)
        raw = connector.fetch(ref, self._known(record))
        if raw is None:
            if record and not dry_run:
                self.manifest.seen(record, self._now())
            return _outcome(
                ref, "unchanged", record.reason if record else "", record.article if record else ""
            )
        if raw.ref.id != ref.id:
            if stone := self.manifest.tombstone(raw.ref.id):
                return _outcome(ref, "removed", f"{stone.reason} ({stone.removed:%Y-%m-%d})")
            if not dry_run:
                self._note_other_name(ref, raw)
            if held := self._held(raw.ref):
                return _outcome(ref, "held", f"The same page as {raw.ref.id}.", held[0].article)
        publication = connector.parse(raw)
        decision = decide(publication, self._policy.use, self._policy.permission(publication))
        if raw.facts.get("withheld") and decision.admission != "refuse":
            decision = replace(decision, admission="reference", reason=raw.facts["withheld"])
        if dry_run:
            notes = _notes(raw, publication, decision)
            return Outcome(
                ref.source,
                ref.id,
                publication.title,
                _what(publication, decision),
                decision.reason,
                notes=notes,
            )
        return self._kept(ref, raw, publication, decision)

    def _kept(self, ref: Ref, raw: RawItem, publication: Publication, decision: Decision) -> Outcome:
        before = self.manifest.record(raw.ref.source, raw.ref.id)
        id = article_id(raw, publication)
        retrieved = raw.retrieved
        address = f"https://doi.org/{publication.doi}" if publication.doi else raw.address
        kind = _KINDS.get(raw.ref.source, raw.ref.source)
        made = papers.article(publication, decision, id, kind, address, retrieved.date(), self._policy.use)
        admission = decision.admission
        reason = decision.reason
        if admission in ("full", "quote-only") and not made.sections:
            admission, reason = "reference", "No whole sentence of it could be taken."
        stands = admission in ("full", "quote-only")
        if self._client:
            self._client.settle(keep=admission == "full")
        if before and before.article and (not stands or before.article != id):
            self._take_down(before)
        if stands:
            write_whole(self._place(raw.ref.source, id), markdown(made).encode())
            self.withdrawn.discard(id)
        record = self._record(raw, publication, decision, made, admission, reason)
        if before and not raw.data:  # of a retracted text no more is told than that
            kept = ("licence", "licence_url", "evidence", "copyright", "address", "title", "citation")
            record = replace(record, **{name: getattr(before, name) for name in kept})
        self.manifest.put(replace(record, article=id if stands else ""))
        what: What = "retracted" if publication.is_retracted else admission
        return Outcome(
            ref.source, ref.id, publication.title, what, reason, id if stands else "", record.flags
        )

    def _note_other_name(self, ref: Ref, raw: RawItem) -> None:
        """A page that gives itself another address is known by that; this one is remembered, to be asked less."""
        before = self.manifest.record(ref.source, ref.id)
        if before and before.article:
            self._take_down(before)
        self.manifest.put(
            Record(
                source=ref.source,
                id=ref.id,
                version=raw.version,
                status="refused",
                admission="refuse",
                reason=f"The same page as {raw.ref.id}.",
                policy=self._policy.key(ref.id),
                address=ref.address,
                stamp=raw.stamp,
                retrieved=raw.retrieved,
                checked=self._now(),
            )
        )

    def _record(
        self,
        raw: RawItem,
        publication: Publication,
        decision: Decision,
        made: Article,
        admission: Admission,
        reason: str,
    ) -> Record:
        status: Status = (
            "retracted" if publication.is_retracted else "refused" if admission == "refuse" else "ok"
        )
        work = papers.paper(publication, made.card.id, made.source.address, raw.retrieved.date()).work
        return Record(
            source=raw.ref.source,
            id=raw.ref.id,
            version=raw.version,
            status=status,
            admission=admission,
            reason=reason,
            policy=self._policy.key(raw.ref.id),
            licence=decision.terms.name,
            licence_url=decision.terms.url,
            evidence=decision.admitted.evidence,
            copyright=publication.copyright,
            flags=_notes(raw, publication, decision),
            address=made.source.address,
            title=publication.title,
            citation=citation(replace(work, title=work.title or raw.ref.id)),
            stamp=raw.stamp,
            sha256=raw.sha256,
            retrieved=raw.retrieved,
            checked=self._now(),
        )

    def _told_off(self, ref: Ref, error: SourceError, dry_run: bool) -> Outcome:
        """The source, or the run, says that it cannot be had."""
        record = self.manifest.record(ref.source, ref.id)
        if isinstance(error, NotCached):
            if record and record.status != "error":
                return _outcome(ref, "unchanged", record.reason, record.article)
            return _outcome(ref, "failed", str(error))
        what: What = "gone" if isinstance(error, NotThere) else "refuse"
        if not dry_run:
            if record and record.article:
                self._take_down(record)
            status: Status = "gone" if what == "gone" else "refused"
            known = record or Record(ref.source, ref.id, "", status, address=ref.address, title=ref.title)
            self.manifest.put(
                replace(known, status=status, article="", admission="refuse", reason=str(error), stamp="",
                        policy=self._policy.key(ref.id), checked=self._now())
            )  # fmt: skip
        return _outcome(ref, what, str(error))

    def _failed(self, ref: Ref, reason: str, dry_run: bool) -> Outcome:
        """It may well be there another time; what stands on the shelf of it stays."""
        record = self.manifest.record(ref.source, ref.id)
        if not dry_run and (record is None or record.status == "error"):
            self.manifest.put(
                Record(ref.source, ref.id, "", "error", reason=reason, address=ref.address, title=ref.title, checked=self._now())
            )  # fmt: skip
        return _outcome(ref, "failed", reason)

    def _take_down(self, record: Record) -> None:
        """First it is not cited any more, then it is gone from the shelf."""
        self.withdrawn.add(record.article)
        self._place(record.source, record.article).unlink(missing_ok=True)
        self._cache.forget(record.id)

    def _known(self, record: Record | None) -> tuple[str, str] | None:
        """The version and stamp that need not be fetched again: decided by today's rules, and not lost since."""
        if record is None or record.status == "error" or not record.stamp:
            return None
        if record.policy != self._policy.key(record.id):
            return None
        if record.article and not self._place(record.source, record.article).is_file():
            return None
        return record.version, record.stamp

    def _held(self, ref: Ref) -> Sequence[Record]:
        return [
            each for each in self.manifest.holders(ref.id) if self._place(each.source, each.article).is_file()
        ]

    def _sweep(self, source: str) -> None:
        """Clear away what a killed run had half written; a run beside this one writes for seconds, not for an hour."""
        for left in (self._shelf / source).glob(".*.part"):
            if self._now().timestamp() - left.stat().st_mtime > _AN_HOUR:
                left.unlink(missing_ok=True)

    def _place(self, source: str, article: str) -> Path:
        return self._shelf / source / f"{article}.md"


def article_id(raw: RawItem, publication: Publication) -> str:
    """The id on the shelf: that of PMC, or title and a few letters that no other article of the source shares."""
    if raw.ref.id.startswith("PMC"):
        return raw.ref.id.lower()
    mark = sha256(f"{raw.ref.source} {raw.ref.id}".encode()).hexdigest()[:6]
    return f"{raw.ref.source}-{identifier(publication.title)[:48].strip('-')}-{mark}"


def _notes(raw: RawItem, publication: Publication, decision: Decision) -> tuple[str, ...]:
    said = raw.facts.get("directives")
    signals = (f"Its owner's signals to robots: {said}.",) if said else ()
    return (*decision.flags, *publication.notices, *signals)


def _what(publication: Publication, decision: Decision) -> What:
    return "retracted" if publication.is_retracted else decision.admission


def _outcome(ref: Ref, what: What, reason: str, article: str = "") -> Outcome:
    return Outcome(ref.source, ref.id, ref.title, what, reason, article)
