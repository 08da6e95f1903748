from datetime import date
from pathlib import Path

import pytest

from assistant.model import AssistantError
from assistant.settings import Settings, load


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("ASSISTANT_CONFIG", raising=False)
    monkeypatch.delenv("ASSISTANT_DATA", raising=False)
    return tmp_path / "clinic.toml"


def test_without_a_file_the_defaults_hold_and_nothing_about_the_clinic_is_made_up(config: Path) -> None:
    settings = load()

    assert settings == Settings()
    assert (settings.clinic.hours, settings.clinic.service_areas) == ({}, ())


def test_a_clinic_makes_it_its_own(config: Path) -> None:
    config.write_text(
        'data_dir = "elsewhere"\n[clinic]\nname = "Another"\nhours = {mon = "09:00-17:00"}\nholidays = [2026-12-25]\n'
        '[numbers]\nnurse_line = "1-2-3"\n[corpus]\nshelves = ["a", "b"]\n[index]\ndense_weight = 3\n'
    )

    settings = load(config)

    assert settings.clinic.name == "Another"
    assert settings.clinic.holidays == (date(2026, 12, 25),)
    assert settings.corpus.shelves == (Path("a"), Path("b"))
    assert settings.index.dense_weight == 3.0
    assert settings.data_dir == Path("elsewhere")
    assert settings.placeholders["nurse_line"] == "1-2-3"
    assert settings.placeholders["emergency"] == Settings().numbers["emergency"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[clinic]\nnane = 'x'", "Unknown setting clinic.nane"),
        ("colour = 1", "Unknown setting colour"),
        ("[web]\nport = 'x'", "web.port = 'x' should be a whole number"),
        ("[web]\nport = true", "web.port = True should be a whole number"),
        ("[web]\norigins = 'x'", "web.origins = 'x' should be a list"),
        ("[web]\norigins = [1]", r"web.origins\[0\] = 1 should be text"),
        ("[corpus]\nuse = 'both'", "corpus.use = 'both' should be one of 'commercial', 'noncommercial'"),
        ("[clinic", "is not valid TOML"),
    ],
)
def test_a_mistake_is_named_with_its_full_path(config: Path, text: str, message: str) -> None:
    config.write_text(text)

    with pytest.raises(AssistantError, match=message):
        load(config)


def test_a_file_that_is_not_there_is_named(config: Path) -> None:
    with pytest.raises(AssistantError, match=r"There is no settings file .*clinic.toml"):
        load(config)


def test_the_environment_names_file_and_data_folder(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config.write_text('data_dir = "elsewhere"')
    monkeypatch.setenv("ASSISTANT_CONFIG", str(config))
    monkeypatch.setenv("ASSISTANT_DATA", "here")

    assert load().data_dir == Path("here")
    assert load(data_dir=Path("there")).data_dir == Path("there")
