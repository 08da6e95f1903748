"""What visitors asked in vain: answer it, let it be, or have it asked again whenever answers are measured."""

from collections.abc import Mapping, Sequence

from flask import flash, redirect, render_template, request, url_for
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as BaseResponse

from assistant import wiring
from assistant.approving import LONGEST_ANSWER, LONGEST_QUESTION
from assistant.gaps import Gap, GapState
from assistant.model import Answer, AssistantError
from assistant.rebuilding import start_build
from web.payloads import clean
from web.site import assistant, settings
from web.staff.door import console, me, record, staff, went_well

SHOWN: Mapping[str, tuple[str, Sequence[GapState]]] = {
    "open": ("Open", ("open",)),
    "doubtful": ("Taken for off topic", ("doubtful",)),
    "answered": ("Answered", ("answered",)),
    "ignored": ("Ignored", ("ignored",)),
}
EXAMPLES = 6

REASONS = {
    "not_covered": "no answer found",
    "unsupported": "no sentence to quote",
    "not_helpful": "the answer did not help",
    "off_topic": "taken for off topic",
}


@staff.get("/gaps")
def gaps() -> str:
    shown = request.args.get("show", "open")
    if shown not in SHOWN:
        raise NotFound("There is no such list of gaps.")
    every = console().gaps.list()
    lists = {key: [gap for gap in every if gap.state in states] for key, (_, states) in SHOWN.items()}
    return render_template(
        "staff/gaps.html",
        rows=lists[shown],
        shown=shown,
        counts={key: (label, len(lists[key])) for key, (label, _) in SHOWN.items()},
        wordings=wordings,
        reasons=REASONS,
        most=EXAMPLES,
        longest_question=LONGEST_QUESTION,
        longest_answer=LONGEST_ANSWER,
        keep_days=settings().privacy.conversation_days,
    )


@staff.post("/gaps/<int:gap>/answer", endpoint="gaps_answer")
def answer(gap: int) -> BaseResponse:
    """Write the answer to the shelf, close the gap and begin a build, after which the index knows it."""
    known = _found(gap)
    form = request.form
    kept = [text for text in wordings(known) if text in form.getlist("wording")]
    words, by = clean(form.get("answer"))[: LONGEST_ANSWER + 1], clean(form.get("by"))[:120]
    written = wiring.approve(settings(), clean(form.get("question"))[:300], words, by, kept)
    console().gaps.settle(gap, "answered", me().name, console().clock(), written.article)
    record("approved answer", written.article)
    try:
        job = start_build(settings(), console().jobs, me().name)
    except AssistantError:
        flash(
            "The answer is on the shelf. A build runs already: begin another one when it has ended.",
            "warning",
        )
    else:
        record("started index build", str(job))
        went_well(
            "The answer is on the shelf, and a build has begun. Visitors get it when the build has ended."
        )
    return redirect(url_for("staff.gaps", show="answered"), code=303)


@staff.post("/gaps/<int:gap>/state", endpoint="gaps_state")
def state(gap: int) -> BaseResponse:
    _found(gap)
    wanted: GapState = "ignored" if request.form.get("state") == "ignored" else "open"
    console().gaps.settle(gap, wanted, me().name, console().clock())
    record(f"set gap to {wanted}", str(gap))
    went_well("It is ignored. What is asked alike joins it." if wanted == "ignored" else "It is open again.")
    return redirect(url_for("staff.gaps"), code=303)


@staff.post("/gaps/<int:gap>/golden", endpoint="gaps_golden")
def golden(gap: int) -> BaseResponse:
    """Keep a wording as a golden question with the section that answers it now."""
    from assistant.golden import add

    known = _found(gap)
    text = request.form.get("wording", "")
    if text not in wordings(known):
        raise NotFound("That wording is not among the questions any more.")
    reply = assistant().ask(text).reply
    if not isinstance(reply, Answer):
        raise AssistantError("The index does not answer this yet. Build it, and try again when it has ended.")
    passage = reply.evidence[0].passage
    kept = add(settings().data_dir / "golden" / "asked.yaml", text, [f"{passage.article}#{passage.anchor}"])
    record("added golden question", kept.id)
    went_well("It is a golden question now: assistant evaluate asks it with the others.")
    return redirect(url_for("staff.gaps", show=known.state), code=303)


def wordings(gap: Gap) -> list[str]:
    """The different ways in which it was asked, the latest first."""
    return list(dict.fromkeys(question.text for question in gap.questions))[:EXAMPLES]


def _found(gap: int) -> Gap:
    try:
        return console().gaps.get(gap)
    except AssistantError:
        raise NotFound("This gap is not there any more: its questions were erased or are too old.") from None
