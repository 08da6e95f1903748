"""Flask's session for the console: the cookie names a row in the database. Nowhere else is there a cookie."""

from typing import Any
from urllib.parse import urlsplit

from flask import Flask, Request, Response, request, session
from flask.sessions import SessionInterface, SessionMixin
from werkzeug.datastructures import CallbackDict

from web.staff.late import console

PREFIXES = ("/staff", "/metrics")
LOOPBACK = ("localhost", "127.0.0.1", "::1")

UNTOUCHED = ("/staff/index/progress",)
"""What a page asks for by itself, which is no sign that anyone sits before it."""


class StaffSession(CallbackDict[str, Any], SessionMixin):
    """`token` is what the cookie holds, None until there is something to keep."""

    def __init__(self, token: str | None = None, account: str | None = None, data: Any = ()) -> None:
        def changed(session: CallbackDict[str, Any]) -> None:
            self.modified = True

        super().__init__(data, changed)
        self.modified = False
        self.token = token
        self.account = account
        self.stale: str | None = None
        """The token of a session that this one takes the place of."""

    def begin(self, account: str | None) -> None:
        """Sign in or, without an account, out: nothing of the session before it goes on, its name least of all."""
        self.clear()
        self.stale, self.token = self.stale or self.token, None
        self.account = account


class DatabaseSessions(SessionInterface):
    def open_session(self, app: Flask, request: Request) -> StaffSession | None:
        if not request.path.startswith(PREFIXES):
            return None
        token = request.cookies.get(cookie(request)) if is_private(request) else None
        using = request.path not in UNTOUCHED
        found = console().sessions.find(token, using=using) if token else None
        return StaffSession(found.token, found.account, found.data) if found else StaffSession()

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        if not isinstance(session, StaffSession):
            return
        response.vary.add("Cookie")
        sessions = console().sessions
        if session.stale is not None:
            sessions.end(session.stale)
        secure = request.is_secure
        if session.token is None and (session or session.account):
            session.token = sessions.start(session.account, session)
            response.set_cookie(
                cookie(request), session.token, secure=secure, httponly=True, samesite="Lax", path="/"
            )
        elif session.token is None and session.stale is not None:
            response.delete_cookie(cookie(request), secure=secure, httponly=True, samesite="Lax", path="/")
        elif session.token is not None and session.modified:
            sessions.keep(session.token, session)


def is_signed_in() -> bool:
    """The request came with the session of a member of staff."""
    return isinstance(session, StaffSession) and session.account is not None


def cookie(request: Request) -> str:
    return "__Host-staff" if request.is_secure else "staff"


def is_private(request: Request) -> bool:
    """Nobody on the way can read along: HTTPS, or a browser on the very machine that answers."""
    host = urlsplit(f"//{request.host}").hostname
    return request.is_secure or host in LOOPBACK
