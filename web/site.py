"""What every page of the running site shares: its settings and its assistant, opened when first needed."""

import threading
from typing import TYPE_CHECKING

from flask import Flask, current_app

from assistant.model import AssistantError
from assistant.settings import Settings
from index.model import IndexNotReady

if TYPE_CHECKING:
    from assistant.desk import Assistant


class LateAssistant:
    """Opens the assistant at first use: an index client that was opened before a fork hangs in the child.

    What goes wrong while opening is raised to whoever asked, and tried again by the next. What is to be mended then
    is for the clinic to read, not for a visitor who did nothing wrong.
    """

    def __init__(self, settings: Settings, assistant: "Assistant | None") -> None:
        self._settings = settings
        self._assistant = assistant
        self._lock = threading.Lock()

    def __call__(self) -> "Assistant":
        with self._lock:
            if self._assistant is None:
                from assistant.wiring import assistant

                try:
                    self._assistant = assistant(self._settings)
                except AssistantError as error:
                    raise IndexNotReady(str(error)) from error
            return self._assistant


def furnish(app: Flask, settings: Settings, assistant: "Assistant | None") -> None:
    """Who brings an assistant of their own also sees to the housekeeping."""
    app.extensions["settings"] = settings
    app.extensions["assistant"] = late = LateAssistant(settings, assistant)
    if assistant is None:
        from assistant.housekeeping import keep_house
        from assistant.wiring import housekeeping

        keep_house(lambda: housekeeping(settings, late))


def settings() -> Settings:
    known: Settings = current_app.extensions["settings"]
    return known


def assistant() -> "Assistant":
    opened: LateAssistant = current_app.extensions["assistant"]
    return opened()
