"""Language models by the name in `answers.engine`: opened through LangChain, never named anywhere else."""

import os
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from assistant.model import AssistantError
from assistant.settings import AnswerSettings

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel


@dataclass(frozen=True, slots=True)
class Provider:
    """Where its adapter is, which extra installs it, and which variable of the environment holds its key."""

    module: str
    package: str
    key: str


PROVIDERS = {
    "openai": Provider("langchain_openai", "langchain-openai", "OPENAI_API_KEY"),
    "anthropic": Provider("langchain_anthropic", "langchain-anthropic", "ANTHROPIC_API_KEY"),
    "ollama": Provider("langchain_ollama", "langchain-ollama", ""),
}


def provider(settings: AnswerSettings) -> tuple[str, str]:
    """(provider, model) of `answers.engine`. Raises AssistantError when it is unknown or not installed."""
    name, _, model = settings.engine.partition(":")
    if name not in PROVIDERS or not model:
        raise AssistantError(
            f'answers.engine = {settings.engine!r} is not known here. Set it to "extractive", or to '
            f'"provider:model" with one of the providers {", ".join(PROVIDERS)}.'
        )
    if "@" in settings.base_url:
        raise AssistantError(
            "answers.base_url holds a name or password. Keys come from the environment only: take it out."
        )
    if find_spec(PROVIDERS[name].module) is None:
        raise AssistantError(
            f"answers.engine = {settings.engine!r} needs {PROVIDERS[name].package}, which is not installed. "
            f"Install it: pip install -c constraints.txt 'soft-tissue-assistant[{name}]'"
        )
    return name, model


def missing_key(settings: AnswerSettings) -> str:
    """The name of the variable that should hold the key and does not; empty where none is needed."""
    name, _ = provider(settings)
    key = PROVIDERS[name].key
    return "" if not key or os.environ.get(key) or (name == "openai" and settings.base_url) else key


def open_model(settings: AnswerSettings) -> "BaseChatModel":
    """One try and no second: a visitor who waits is better served from the articles. At temperature 0, where one is taken."""
    from langchain.chat_models import init_chat_model

    name, model = provider(settings)
    options: dict[str, Any] = {}
    if settings.base_url:
        options["base_url"] = settings.base_url
    if name == "ollama":
        options |= {"num_predict": settings.max_tokens, "client_kwargs": {"timeout": settings.seconds}}
    else:
        options |= {"max_tokens": settings.max_tokens, "timeout": settings.seconds, "max_retries": 0}
    if name == "openai" and settings.base_url and not os.environ.get(PROVIDERS[name].key):
        options["api_key"] = "none"  # servers of one's own ask for no key, the client insists on one
    opened: BaseChatModel = init_chat_model(model, model_provider=name, **options)
    if _takes_temperature(settings, opened):
        opened = init_chat_model(model, model_provider=name, temperature=0, **options)
    return opened


def _takes_temperature(settings: AnswerSettings, opened: "BaseChatModel") -> bool:
    """Newer models of Anthropic and OpenAI refuse a request that has one. Their adapters know which do; one that they
    have not heard of is newer still, unless it is on a server of one's own."""
    name, _ = provider(settings)
    own = name == "ollama" or (name == "openai" and bool(settings.base_url))
    return bool((opened.profile or {}).get("temperature", own))
