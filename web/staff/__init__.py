"""The staff console: pages for the people of the clinic, behind a sign-in."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from assistant.console import Console


def open_console(app: "Flask", key: str, console: "Console | None" = None) -> None:
    """Add the console to the site; `key` signs the tokens of its forms.

    Without `console` one is opened at first use. Each module named here adds its pages to the one blueprint.
    """
    from flask_wtf import CSRFProtect

    from web.staff import analytics, audit, content, entrance, gaps, handoffs, home, index, search  # noqa: F401
    from web.staff.door import LateConsole, staff
    from web.staff.metrics import measure, metrics
    from web.staff.sessions import DatabaseSessions

    app.secret_key = key
    # The door asks for the token itself, after it has seen who comes: visitors' forms have no session to hold one.
    app.config["WTF_CSRF_CHECK_DEFAULT"] = False
    app.config["WTF_CSRF_TIME_LIMIT"] = None
    settings = app.extensions["settings"]
    late = app.extensions["staff"] = LateConsole(settings, console)
    app.extensions["staff_csrf"] = CSRFProtect(app)
    app.session_interface = DatabaseSessions()
    app.register_blueprint(staff)
    app.register_blueprint(metrics)
    measure(app, settings, late)
