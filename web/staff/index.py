"""The index: what is in use, what runs, what can be gone back to."""

from flask import Response, flash, jsonify, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from assistant import wiring
from assistant.jobs import Job
from assistant.model import AssistantError
from assistant.rebuilding import start_build
from corpus.model import CorpusError
from index.model import IndexNotReady, Manifest
from web.site import settings
from web.staff.door import console, me, record, staff, staff_required, went_well


@staff.get("/index")
def index() -> str:
    generations = wiring.generations(settings())
    current, fault = generations.current(), None
    manifests: list[Manifest] = []
    for name in generations.names():
        try:
            manifests.append(generations.manifest(name))
        except IndexNotReady as error:
            fault = str(error)
    used = next((manifest for manifest in manifests if manifest.generation == current), None)
    is_fresh: bool | None = None
    try:
        is_fresh = used is not None and used.corpus == console().shelved.state().fingerprint
    except CorpusError as error:
        fault = str(error)
    return render_template(
        "staff/index.html",
        used=used,
        manifests=manifests,
        previous=generations.previous(),
        is_fresh=is_fresh,
        fault=fault,
        jobs=console().jobs.recent(12),
        current=console().jobs.current(),
    )


@staff.get("/index/progress")
def progress() -> Response:
    """How far the running build is, for a page that is open; asking is no sign of someone sitting there."""
    job = console().jobs.current()
    return jsonify(None if job is None else _told(job))


@staff.post("/index/build")
def build() -> BaseResponse:
    try:
        job = start_build(settings(), console().jobs, me().name)
    except AssistantError as error:
        flash(str(error), "warning")
    else:
        record("started index build", str(job))
        went_well(
            "The build has begun. Visitors are answered from the index in use until the new one is whole."
        )
    return redirect(url_for("staff.index"), code=303)


@staff.post("/index/use")
@staff_required(role="admin")
def use() -> BaseResponse:
    """Go back, or forward again, to a generation that is kept."""
    wanted = request.form.get("generation", "")
    generations = wiring.generations(settings())
    before = generations.current()
    if wanted not in generations.names():
        raise IndexNotReady("That generation is not kept any more. Load the page anew.")
    with console().jobs.running("rollback", me().name) as job:
        job.generation = generations.rollback(wanted)
        job.outcome = f"Before it: {before}."
    record("changed index in use", wanted)
    went_well(f"In use now: {wanted}. Before it: {before}.")
    return redirect(url_for("staff.index"), code=303)


def _told(job: Job) -> dict[str, object]:
    return {"id": job.id, "stage": job.stage, "done": job.done, "total": job.total}
