"""The engine named in the settings, from the command line to the wire and back."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from fake_models import line, saying, serving
from test_cli import config  # noqa: F401

from assistant import wiring
from assistant.cli import assistant
from assistant.model import AssistantError, Question
from assistant.settings import load

pytest.importorskip("langchain_openai", reason="langchain-openai is not installed")
SENTENCE = "Massage may ease heel pain for a short time."


def test_the_settings_choose_the_model_and_the_reply_names_it(config: Path) -> None:  # noqa: F811
    with serving(saying(line(1, SENTENCE, SENTENCE))) as server:
        settings = load(config)
        chosen = replace(settings.answers, engine="openai:m", base_url=server.address)
        settings = replace(settings, answers=chosen)
        searching = wiring.searcher(settings)
        response = wiring.chain(settings, searching).invoke(Question("does massage help heel pain"))
        searching.close()

    assert len(server.requests) == 1
    assert response.engine == "openai:m"
    assert wiring.allowance(settings).left < settings.answers.daily_tokens


def test_an_unknown_engine_stops_before_a_visitor_comes(config: Path) -> None:  # noqa: F811
    settings = load(config)
    settings = replace(settings, answers=replace(settings.answers, engine="wizard:oz"))

    with pytest.raises(AssistantError, match="openai, anthropic, ollama"):
        wiring.answerer(settings)


def test_doctor_names_the_variable_and_never_the_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    chosen = tmp_path / "c.toml"
    chosen.write_text(f'data_dir = "{tmp_path}"\n[answers]\nengine = "openai:m"\n')

    def answers() -> str:
        done = CliRunner().invoke(assistant, ["--config", str(chosen), "doctor", "--json"])
        assert "sk-secret" not in done.output
        return next(c["found"] for c in json.loads(done.stdout)["checks"] if c["name"] == "answers")

    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    assert "Set OPENAI_API_KEY" in answers()
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    assert "worded by openai:m" in answers()
