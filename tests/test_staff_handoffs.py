"""The inbox in the console: seen, taken by one, called, noted, exported."""

import csv
import io
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from staff_site import Staffed, post, staffed

from assistant.model import Callback, Handoff
from assistant.outbox import MOST_ATTEMPTS, Outbox

ATTACK = "<script>alert(1)</script>"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Staffed]:
    with staffed(tmp_path) as made:
        yield made


def asked(world: Staffed, name: str = "Ann", conversation: str | None = None, id: str = "r1") -> Handoff:
    form = {"name": name, "phone": "604 555 0199", "best_time": "mornings", "consent": True}
    return world.desk.call_back(id, form, conversation)


def text(response) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", response.get_data(as_text=True)).split())


def test_a_request_is_listed_with_number_and_best_time_and_counted_on_the_first_page(world: Staffed) -> None:
    item = asked(world)
    client = world.signed_in()
    page = client.get("/staff/handoffs").get_data(as_text=True)

    assert 'href="tel:+16045550199"' in page
    assert "604-555-0199" in page
    assert item.id in page
    assert "Best time: mornings" in page
    assert "Callbacks 1" in text(client.get("/staff/"))


def test_the_first_page_names_who_is_next_and_how_to_call_them(world: Staffed) -> None:
    names = ("Ann", "Bob", "Cy", "Di")
    items = []
    for n, name in enumerate(names):
        items.append(asked(world, name, id=f"r{n}"))
        world.clock.now += timedelta(minutes=1)
    client = world.signed_in()
    post(client, f"/staff/handoffs/{items[0].id}/take", version="1")
    page = client.get("/staff/").get_data(as_text=True)

    assert [name for name in names if f">{name}</a>" in page] == ["Ann", "Bob", "Cy"]
    assert "al is on it" in page
    assert 'href="tel:+16045550199"' in page


def test_a_request_that_came_outside_opening_hours_has_not_waited(tmp_path: Path) -> None:
    hours = {"tue": "09:00-17:00"}
    with staffed(tmp_path, hours=hours) as world:  # it is Tuesday, 12:00
        item = asked(world)
        client = world.signed_in()
        world.clock.now += timedelta(minutes=25)
        assert "waiting 25 min of opening hours" in text(client.get("/staff/handoffs"))

        world.console.inbox.take(item.id, 1, "al", world.clock.now)
        world.console.inbox.move(item.id, 2, "closed", world.clock.now)
        world.clock.now += timedelta(hours=7)
        asked(world, id="r2")
        world.clock.now += timedelta(minutes=10)
        assert "no opening time has passed yet" in text(world.signed_in().get("/staff/handoffs"))


def test_a_request_is_shown_with_the_conversation_before_it(world: Staffed) -> None:
    world.say("What is heel pain?", "visitor")
    item = asked(world, conversation="visitor")

    page = text(world.signed_in().get(f"/staff/handoffs/{item.id}"))
    assert "What is heel pain?" in page
    assert "Plantar heel pain is pain under the heel." in page


def test_of_two_who_take_a_request_the_second_is_told_who_has_it(world: Staffed) -> None:
    item = asked(world)
    al, jo = world.signed_in("al"), world.signed_in("jo")
    for client in (al, jo):
        post(client, f"/staff/handoffs/{item.id}/take", version="1")

    assert world.console.inbox.get(item.id).assignee == "al"
    assert "in progress (al)" in text(jo.get(f"/staff/handoffs/{item.id}"))


def test_what_came_of_it_is_kept_with_the_note_and_written_into_the_audit_log(world: Staffed) -> None:
    item = asked(world)
    client = world.signed_in()
    post(client, f"/staff/handoffs/{item.id}/take", version="1")
    post(client, f"/staff/handoffs/{item.id}/move", version="2", state="called", note="visit on Friday")

    kept = world.console.inbox.get(item.id)
    assert (kept.state, kept.note) == ("called", "visit on Friday")
    assert "Nobody waits" in text(client.get("/staff/handoffs"))
    assert "Ann" in text(client.get("/staff/handoffs?show=called"))
    log = text(world.signed_in("jo").get("/staff/audit"))
    assert "took callback request" in log
    assert "set callback request to called" in log
    assert "Friday" not in log


def test_a_form_that_has_been_open_while_another_changed_it_changes_nothing(world: Staffed) -> None:
    item = asked(world)
    client = world.signed_in()
    post(client, f"/staff/handoffs/{item.id}/note", version="1", note="first")
    page = client.post(f"/staff/handoffs/{item.id}/note", data={"version": "1", "note": "second"})
    post(client, f"/staff/handoffs/{item.id}/note", version="1", note="second")

    assert page.status_code == 400  # without the form's token
    assert world.console.inbox.get(item.id).note == "first"
    assert "changed meanwhile" in text(client.get(f"/staff/handoffs/{item.id}"))


def test_without_hours_no_waiting_time_is_shown_and_an_overdue_one_is_marked(world: Staffed) -> None:
    item = asked(world)
    client = world.signed_in()
    assert "of opening hours" not in text(client.get("/staff/handoffs"))

    world.console.inbox.warn(item.id, (), world.clock() + timedelta(hours=5))
    assert "Overdue" in text(client.get("/staff/handoffs"))


def test_a_request_that_nobody_could_be_told_of_stands_out_until_it_is_called(world: Staffed) -> None:
    item = Handoff("K7M-42P", Callback("Ann", "+16045550199", "", True), None, world.clock())
    world.console.inbox.add(item, "r9", ("mailto:desk@clinic.example",))
    outbox = Outbox(world.console.database)
    for _ in range(MOST_ATTEMPTS):
        world.clock.now += timedelta(hours=1)
        (notice,) = outbox.due(world.clock())
        outbox.claim(notice, world.clock())
        outbox.failed(notice, "no such mailbox", world.clock())
    client = world.signed_in()
    assert "Nobody could be told of K7M-42P" in text(client.get("/staff/handoffs"))

    post(client, "/staff/handoffs/K7M-42P/move", version="1", state="closed")
    assert "Nobody could be told" not in text(client.get("/staff/handoffs"))


def test_what_a_visitor_wrote_is_text_and_nothing_else(world: Staffed) -> None:
    world.say(ATTACK, "visitor")
    item = asked(world, name=ATTACK, conversation="visitor")
    client = world.signed_in()
    post(client, f"/staff/handoffs/{item.id}/note", version="1", note=ATTACK)

    for path in ("/staff/handoffs", f"/staff/handoffs/{item.id}"):
        page = client.get(path).get_data(as_text=True)
        assert ATTACK not in page
        assert "&lt;script&gt;" in page


def test_requests_are_exported_for_a_spreadsheet(world: Staffed) -> None:
    asked(world, name="=1+1")
    exported = world.signed_in().get("/staff/handoffs.csv")

    (line,) = csv.DictReader(io.StringIO(exported.get_data(as_text=True).lstrip("\ufeff")))
    assert line["name"] == "'=1+1"
    assert "attachment" in exported.headers["Content-Disposition"]


@pytest.mark.parametrize(
    ("path", "fields", "status"),
    [
        ("/staff/handoffs/AAA-AAA/take", {"version": "1"}, 404),
        ("/staff/handoffs/{id}/take", {"version": "x"}, 400),
        ("/staff/handoffs/{id}/move", {"version": "1", "state": "lost"}, 400),
    ],
)
def test_a_form_that_cannot_be_meant_is_refused(world: Staffed, path, fields, status) -> None:
    item = asked(world)

    assert post(world.signed_in(), path.format(id=item.id), **fields).status_code == status
