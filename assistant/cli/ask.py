"""`assistant ask` and `assistant chat`: the visitor's side of the house, in a terminal."""

import gc
import json
import shutil
import sys
import textwrap
from collections.abc import Iterator, Mapping
from typing import IO, TYPE_CHECKING, Any

import click

from assistant.model import AssistantError, Question, Response, Turn
from assistant.settings import Settings
from assistant.transcripts import turns as transcript

if TYPE_CHECKING:
    from assistant.chain import AnswerChain


@click.command()
@click.argument("question", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print the reply as one JSON object.")
@click.option(
    "--batch",
    type=click.File("r", encoding="utf-8"),
    help='JSON lines {"id", "text", "turns"}; prints one reply object a line, in order.',
)
@click.pass_obj
def ask(settings: Settings, question: str | None, as_json: bool, batch: IO[str] | None) -> None:
    """Ask QUESTION and get one cited answer. Nothing is stored.

    \b
    Example: assistant ask "Does massage help sore muscles?"
             assistant ask --batch questions.jsonl > replies.jsonl
    """
    if (question is None) == (batch is None):
        raise click.UsageError("Give a question, or --batch FILE.")
    if batch is not None:
        items = list(_batch(batch))
        with _opened(settings) as chain:
            for item in items:
                _print_json(chain.invoke(item))
        return
    assert question is not None
    if not question.strip():
        raise click.UsageError("The question is empty.")
    with _opened(settings) as chain:
        response = chain.invoke(Question(question))
    if as_json:
        _print_json(response)
    else:
        click.echo(_page(response))


@click.command()
@click.pass_obj
def chat(settings: Settings) -> None:
    """Hold a conversation; follow-up questions are understood. Nothing is stored.

    \b
    Example: assistant chat
    """
    with _opened(settings) as chain:
        click.echo("Ask about soft tissue therapy. An empty line or Ctrl-D ends.", err=True)
        turns: tuple[Turn, ...] = ()
        while text := _typed():
            response = chain.invoke(Question(text, turns))
            click.echo(_page(response) + "\n")
            turns = (*turns, _turn(response))


class _opened:
    """The chain over the index in use, closed when done."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def __enter__(self) -> "AnswerChain":
        # What is imported and opened here stays until the end, and a seventh of the time would go into
        # looking through it for garbage.
        gc.disable()
        try:
            from assistant import wiring

            self._searcher = wiring.searcher(self._settings)
            self._searcher.warm()
            return wiring.chain(self._settings, self._searcher)
        finally:
            gc.freeze()
            gc.enable()

    def __exit__(self, *_: object) -> None:
        self._searcher.close()


def _typed() -> str:
    try:
        return str(click.prompt("You", prompt_suffix="> ", default="", show_default=False, err=True)).strip()
    except click.Abort:
        return ""


def _turn(response: Response) -> Turn:
    from assistant.payloads import reply_payload

    reply = reply_payload(response)
    titles = tuple(dict.fromkeys(item["title"] for item in reply["evidence"]))
    return Turn(
        response.question.text, reply["text"], response.standalone, reply["kind"], reply["reason"], titles
    )


def _print_json(response: Response) -> None:
    from assistant.payloads import reply_payload

    click.echo(json.dumps(reply_payload(response), ensure_ascii=False))
    sys.stdout.flush()


def _batch(lines: IO[str]) -> Iterator[Question]:
    """Raises AssistantError naming the line that is not as it should be."""
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            item = json.loads(line)
            question = Question(item["text"], transcript(item.get("turns") or ()), id=item.get("id"))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise AssistantError(
                f"Line {number} of the batch is not a question: {error!r}. "
                'Each line needs {"id": …, "text": …} and may have "turns".'
            ) from None
        if not isinstance(question.text, str):
            raise AssistantError(
                f'Line {number} of the batch has a "text" that is not text. Put it in quotes.'
            )
        yield question


def _page(response: Response) -> str:
    """A reply for a person to read: the text, the sources under it, and the phone."""
    from assistant.payloads import reply_payload

    width = min(shutil.get_terminal_size().columns, 100)
    reply = reply_payload(response)
    lines = []
    if reply["standalone"] != reply["question"]:
        lines.append(f"Searched for: {reply['standalone']}\n")
    lines.append(textwrap.fill(reply["text"], width))
    if reply["evidence"]:
        lines.append("\nSources")
    for item in reply["evidence"]:
        lines.append(f"[{item['number']}] {item['title']} – {item['section']} ({item['url']})")
        lines += [
            textwrap.fill(told, width, initial_indent="    ", subsequent_indent="    ")
            for told in (_provenance(item), *(work["citation"] for work in item["references"]))
        ]
    if reply["handoff"]:
        hours = f" ({reply['handoff']['hours']})" if reply["handoff"]["hours"] else ""
        lines.append(f"\nCall {reply['handoff']['phone']}{hours}")
    return "\n".join(lines)


def _provenance(item: Mapping[str, Any]) -> str:
    """What is known of a source: of a paper which study it is, and of each how sure it is and under which terms."""
    paper = item["paper"] or {}
    people = f"{paper['participants']:,} people" if paper.get("participants") else None
    study = ", ".join(
        str(each) for each in (paper.get("design"), people, paper.get("year"), paper.get("journal")) if each
    )
    told = [
        study[:1].upper() + study[1:],
        f"Certainty of the evidence: {item['certainty']}" if item["certainty"] else "",
        f"Licence: {item['licence']}" if item["licence"] else "",
    ]
    return " ".join(f"{each}." for each in told if each)
