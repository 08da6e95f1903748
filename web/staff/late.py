"""The console's parts, opened in the process that uses them."""

import threading
from typing import TYPE_CHECKING

from flask import current_app

from assistant.settings import Settings

if TYPE_CHECKING:
    from assistant.console import Console


class LateConsole:
    """Opens the console at first use, for the same reason as `web.site.LateAssistant`."""

    def __init__(self, settings: Settings, console: "Console | None") -> None:
        self._settings = settings
        self._console = console
        self._lock = threading.Lock()

    def __call__(self) -> "Console":
        with self._lock:
            if self._console is None:
                from assistant.wiring import console

                self._console = console(self._settings)
            return self._console


def console() -> "Console":
    opened: LateConsole = current_app.extensions["staff"]
    return opened()
