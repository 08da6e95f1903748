"""Where people meet the assistant: the chat page, the articles behind it, and the programming interface."""

from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from assistant.console import Console
    from assistant.desk import Assistant
    from assistant.settings import Settings

LARGEST_FORM = 256 * 1024
"""A form's text is written three bytes for one; the longest text that is looked at fits easily."""


def create_app(
    assistant: "Assistant | None" = None,
    settings: "Settings | None" = None,
    console: "Console | None" = None,
) -> "Flask":
    """The site as a WSGI application.

    Without `settings` they are loaded as the command line loads them; without `assistant` one is opened
    at the first question, in the process that answers it, and likewise without `console`.
    """
    from flask import Flask
    from werkzeug.middleware.proxy_fix import ProxyFix

    from assistant.settings import load
    from web.access import (
        Visitors,
        allow_origin,
        check_origin,
        harden,
        keep_pace,
        signing_keys,
        watch_for_proxies,
    )
    from web.api import api
    from web.chat import chat
    from web.embed import embed
    from web.errors import tell_errors
    from web.pages import pages
    from web.site import furnish
    from web.staff import open_console
    from web.status import status

    settings = settings or load()
    app = Flask(__name__)
    app.config["MAX_CONTENT_LENGTH"] = app.config["MAX_FORM_MEMORY_SIZE"] = LARGEST_FORM
    app.json.sort_keys = False  # type: ignore[attr-defined]
    furnish(app, settings, assistant)
    lifetime = timedelta(days=settings.privacy.conversation_days)
    keys = signing_keys(settings.data_dir)
    app.extensions["visitors"] = Visitors(keys, lifetime)
    for blueprint in (chat, pages, api, embed, status):
        app.register_blueprint(blueprint)
    open_console(app, keys[-1], console)
    app.before_request(watch_for_proxies())
    app.before_request(check_origin)
    app.after_request(allow_origin)
    app.after_request(harden)
    tell_errors(app, keep_pace(app, settings.web))
    if hops := settings.web.proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    return app
