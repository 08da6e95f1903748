"""One TOML file, read once, handed down as frozen values. Secrets never stand in it: they come from the environment."""

import os
import tomllib
import types
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, is_dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from assistant.model import AssistantError
from assistant.numbers import NUMBERS


@dataclass(frozen=True, slots=True)
class ClinicSettings:
    """Who the clinic is. What is left empty is never made up: the visitor is led to the phone. Where `hours` are set, the
    clinic is closed on `holidays`, and on the statutory ones of British Columbia unless it says otherwise."""

    name: str = "Chipperfield In-Home Physiotherapy"
    phone: str = "604-828-2610"
    region: str = "Lower Mainland, British Columbia"
    timezone: str = "America/Vancouver"
    hours: dict[str, str] = field(default_factory=dict)
    holidays: tuple[date, ...] = ()
    statutory_holidays: bool = True
    service_areas: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CorpusSettings:
    shipped: bool = True
    shelves: tuple[Path, ...] = ()
    use: Literal["commercial", "noncommercial"] = "commercial"


@dataclass(frozen=True, slots=True)
class SiteSettings:
    """`address` is a page or a sitemap; `licence` what the clinic vouches for, as in "Clinic's own"."""

    address: str = ""
    licence: str = ""


@dataclass(frozen=True, slots=True)
class FolderSettings:
    path: Path = Path("documents")
    licence: str = "Clinic's own"


@dataclass(frozen=True, slots=True)
class SourcesSettings:
    """What `corpus sync` asks for, and of whom. `contact` (an e-mail address) goes with every request; `permissions`
    name the rights holders' written words by PMCID, DOI or address; `jstage_terms` is "noncommercial" or "approved: …";
    `stand_in` is a server on this machine that plays all services."""

    contact: str = ""
    homepage: str = ""
    query: str = (
        '(massage OR myofascial OR "trigger point" OR "soft tissue therapy" OR "soft tissue mobilization" '
        'OR "manual therapy" OR "foam rolling" OR "dry needling")'
    )
    limit: int = 50
    sites: tuple[SiteSettings, ...] = ()
    folders: tuple[FolderSettings, ...] = ()
    permissions: dict[str, str] = field(default_factory=dict)
    jstage_terms: str = ""
    stand_in: str = ""


@dataclass(frozen=True, slots=True)
class IndexSettings:
    """`dense_weight` and `lexical_weight` multiply the fitted weights of meaning and of words; `unreviewed_discount` is the share of
    its score that a passage nobody reviewed loses; `keep` is how many generations stay. `reranker` is the folder or name of a
    sentence-transformers CrossEncoder that looks at the first hits again; empty: none."""

    embedder: str = "minilm"
    vectors: str = "chroma"
    dense_weight: float = 1.0
    lexical_weight: float = 1.0
    candidates: int = 50
    unreviewed_discount: float = 0.1
    reranker: str = ""
    keep: int = 3


@dataclass(frozen=True, slots=True)
class AnswerSettings:
    """`engine` is "extractive" or "provider:model"; the next five bound a model: another server than the provider's own,
    what one answer may take, how much goes out and comes back in a day, how many answers are made at a time.
    `min_confidence` is the confidence (0 to 1) below which the assistant says it does not know; `starters` are
    the questions a visitor is shown first."""

    engine: str = "extractive"
    base_url: str = ""
    max_tokens: int = 600
    seconds: float = 30.0
    daily_tokens: int = 500_000
    streams: int = 8
    max_statements: int = 6
    min_confidence: float = 0.45
    starters: tuple[str, ...] = (
        "What is soft tissue therapy?",
        "Does massage help sore muscles after exercise?",
        "When should I not have a massage?",
        "What happens at a first visit?",
    )


@dataclass(frozen=True, slots=True)
class StoreSettings:
    """A SQLAlchemy URL; empty means `assistant.db` (SQLite) in the data folder."""

    url: str = ""


@dataclass(frozen=True, slots=True)
class WebSettings:
    """`origins` are the sites (scheme://host[:port]) that may embed the chat; `proxies` counts trusted proxy hops;
    `metrics_port` is where a monitor on this machine may ask without a sign-in (0: nowhere)."""

    host: str = "127.0.0.1"
    port: int = 8000
    threads: int = 32
    origins: tuple[str, ...] = ()
    proxies: int = 0
    messages_per_minute: int = 12
    messages_per_day: int = 120
    requests_per_minute_per_address: int = 60
    handoffs_per_hour: int = 3
    metrics_port: int = 0


@dataclass(frozen=True, slots=True)
class NotifySettings:
    """Who is told of a callback request: `addresses` like mailto:desk@clinic.example, https://… (a webhook) or log:.

    `overdue_minutes` is how long a request may wait, in opening hours where the clinic has set them, before staff are
    warned. The password and the webhook key come from ASSISTANT_SMTP_PASSWORD and ASSISTANT_WEBHOOK_KEY.
    """

    addresses: tuple[str, ...] = ()
    overdue_minutes: int = 240
    sender: str = ""
    smtp_host: str = "localhost"
    smtp_port: int = 587
    smtp_security: Literal["starttls", "tls", "none"] = "starttls"
    smtp_user: str = ""


@dataclass(frozen=True, slots=True)
class PrivacySettings:
    """How many days are kept before the purge deletes: conversations and callback requests."""

    conversation_days: int = 30
    callback_days: int = 365


@dataclass(frozen=True, slots=True)
class Settings:
    clinic: ClinicSettings = field(default_factory=ClinicSettings)
    numbers: dict[str, str] = field(default_factory=lambda: dict(NUMBERS))
    corpus: CorpusSettings = field(default_factory=CorpusSettings)
    sources: SourcesSettings = field(default_factory=SourcesSettings)
    index: IndexSettings = field(default_factory=IndexSettings)
    answers: AnswerSettings = field(default_factory=AnswerSettings)
    store: StoreSettings = field(default_factory=StoreSettings)
    web: WebSettings = field(default_factory=WebSettings)
    notify: NotifySettings = field(default_factory=NotifySettings)
    privacy: PrivacySettings = field(default_factory=PrivacySettings)
    data_dir: Path = Path("var")
    config: Path | None = None
    """The file these settings came from, or None for the defaults alone."""

    @property
    def placeholders(self) -> dict[str, str]:
        """What `{{…}}` in articles and `{…}` in fixed texts stand for: each number lives here and nowhere else."""
        return {
            **self.numbers,
            "clinic_name": self.clinic.name,
            "clinic_phone": self.clinic.phone,
            "clinic_region": self.clinic.region,
        }

    @property
    def database_url(self) -> str:
        return self.store.url or f"sqlite:///{(self.data_dir / 'assistant.db').resolve()}"


def load(config: Path | None = None, data_dir: Path | None = None) -> Settings:
    """Settings from `config`, else ASSISTANT_CONFIG, else the defaults; the data folder from `data_dir`, else
    ASSISTANT_DATA, else the file's `data_dir`, else `var/`.

    Raises AssistantError for a file that is missing or is not TOML, an unknown key (named with its full
    path), or a value of the wrong type.
    """
    named = config or _from_environment("ASSISTANT_CONFIG")
    settings = Settings()
    if named is not None:
        settings = replace(_parse(Settings, _read(named), ""), config=named)
    data = data_dir or _from_environment("ASSISTANT_DATA")
    return replace(settings, data_dir=data) if data is not None else settings


def _from_environment(name: str) -> Path | None:
    value = os.environ.get(name)
    return Path(value) if value else None


def _read(path: Path) -> Mapping[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise AssistantError(
            f"There is no settings file {path}. Check --config or ASSISTANT_CONFIG."
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise AssistantError(f"{path} is not valid TOML: {error}. Mend that line and try again.") from None


def _parse(kind: type[Any], table: Mapping[str, Any], path: str) -> Any:
    hints = get_type_hints(kind)
    known = {item.name for item in fields(kind)} - {"config"}
    for key in table:
        if key not in known:
            raise AssistantError(
                f"Unknown setting {path}{key}. Known here: {', '.join(sorted(known))}. "
                "Correct the name or remove the line."
            )
    values = {key: _value(hints[key], value, f"{path}{key}") for key, value in table.items()}
    if kind is Settings and "numbers" in values:
        values["numbers"] = {**NUMBERS, **values["numbers"]}
    return kind(**values)


def _value(hint: Any, value: Any, path: str) -> Any:
    """`value` as the type that `hint` asks for; TOML has no tuples, paths or literals of its own."""
    origin = get_origin(hint)
    if is_dataclass(hint) and isinstance(hint, type) and isinstance(value, dict):
        return _parse(hint, value, f"{path}.")
    if origin is tuple and isinstance(value, list):
        return tuple(_value(get_args(hint)[0], item, f"{path}[{n}]") for n, item in enumerate(value))
    if origin is dict and isinstance(value, dict):
        return {key: _value(get_args(hint)[1], item, f"{path}.{key}") for key, item in value.items()}
    if origin is Literal and value in get_args(hint):
        return value
    if origin in (Union, types.UnionType):
        return _value(next(arg for arg in get_args(hint) if arg is not type(None)), value, path)
    if hint is Path and isinstance(value, str):
        return Path(value).expanduser()
    if hint is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if isinstance(hint, type) and type(value) is hint:
        return value
    raise AssistantError(f"Setting {path} = {value!r} should be {_wanted(hint)}. Correct it and try again.")


def _wanted(hint: Any) -> str:
    if get_origin(hint) is Literal:
        return "one of " + ", ".join(repr(choice) for choice in get_args(hint))
    if get_origin(hint) is tuple:
        return "a list"
    return {str: "text in quotes", int: "a whole number", float: "a number", bool: "true or false"}.get(
        hint, getattr(hint, "__name__", str(hint))
    )
