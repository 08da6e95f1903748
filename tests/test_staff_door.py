"""Who comes into the console, how, and for how long."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from staff_site import Staffed, sign_in, staffed


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Staffed]:
    made = staffed(tmp_path)
    yield made
    made.console.close()
    made.app.extensions["assistant"]().close()


def test_who_signs_in_sees_the_console(world: Staffed) -> None:
    client = world.signed_in()
    page = client.get("/staff/")

    assert page.status_code == 200
    assert "Sign out" in page.get_data(as_text=True)


def test_an_administrator_needs_the_code_of_the_authenticator(world: Staffed) -> None:
    assert sign_in(world.client(), "jo").status_code == 401
    assert sign_in(world.client(), "jo", code="000000").status_code == 401
    assert sign_in(world.client(), "jo", code=world.code()).status_code == 303
