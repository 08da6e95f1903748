"""The door to the console: who comes in, in which role, and what every page of it has in common.

A page is a view on `staff`. Whoever is not signed in is led to the sign-in, whatever the page; one that is for
administrators alone says so with `@staff_required(role="admin")` under its route. Every form carries
`{{ csrf_field() }}`, every act that changes something is written down with `record`.
"""

import functools
from collections.abc import Callable
from datetime import datetime
from typing import Any, cast
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from flask import (
    Blueprint,
    Response,
    current_app,
    flash,
    g,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask_wtf import CSRFProtect
from flask_wtf.csrf import CSRFError, generate_csrf
from markupsafe import Markup
from werkzeug.exceptions import Forbidden, HTTPException
from werkzeug.wrappers import Response as BaseResponse

from assistant.accounts import Account, Role
from assistant.handoff import zone_name
from assistant.model import AssistantError
from corpus.model import CorpusError
from index.model import IndexNotReady
from web.site import settings
from web.staff.late import LateConsole, console
from web.staff.sessions import StaffSession, is_private

__all__ = ["LateConsole", "console", "me", "record", "staff", "staff_required", "went_well"]

staff = Blueprint("staff", __name__, url_prefix="/staff")

OPEN = ("staff.sign_in",)
"""What can be seen without being signed in."""

NAVIGATION = (
    ("staff.handoffs", "Callbacks"),
    ("staff.gaps", "Gaps"),
    ("staff.search", "Search"),
    ("staff.content", "Content"),
    ("staff.index", "Index"),
    ("staff.analytics", "Analytics"),
    ("staff.audit", "Audit log"),
)
"""The pages by endpoint. A page is shown as current on every endpoint that begins with the entry's own."""

FOR_ADMINS = ("staff.audit",)

View = Callable[..., Any]


@staff.before_request
def _guard() -> BaseResponse | None:
    if not is_private(request):
        raise Forbidden(
            "The staff console is opened over HTTPS, or on the machine itself. Put a proxy with a certificate "
            "before the site and set web.proxies, or go through a tunnel."
        )
    g.account = signed_in()
    if g.account is None and request.endpoint not in OPEN:
        if request.method not in ("GET", "HEAD"):
            flash("You were signed out, so that was not done. Sign in and try again.", "warning")
        elif isinstance(session, StaffSession) and session.account:
            session.begin(None)
        return redirect(url_for("staff.sign_in", next=_here()), code=303)
    csrf: CSRFProtect = current_app.extensions["staff_csrf"]
    csrf.protect()
    return None


def signed_in() -> Account | None:
    """Whose session this is; None for nobody's, or when the account was closed since."""
    name = cast(StaffSession, session).account
    account = console().accounts.find(name) if name else None
    return None if account is None or account.disabled else account


def _here() -> str | None:
    """Where to go after sign-in: the page asked for, or for a form the page that it stood on is not known."""
    here = request.full_path.rstrip("?")
    return here if request.method == "GET" and request.endpoint != "staff.home" else None


def after_sign_in(wanted: str | None) -> str:
    """`wanted` if it is a page of the console; nobody is sent elsewhere by a link that was made for it."""
    wanted = wanted or ""
    parts = urlsplit(wanted)
    inside = parts.path == "/staff" or parts.path.startswith("/staff/")
    odd = parts.scheme or parts.netloc or "\\" in wanted or ".." in parts.path or wanted != wanted.strip()
    return url_for("staff.home") if odd or not inside else wanted


def me() -> Account:
    """Who is signed in."""
    account: Account = g.account
    return account


def staff_required(role: Role = "staff") -> Callable[[View], View]:
    """Let only this role in; administrators may do whatever staff may."""

    def guarded(view: View) -> View:
        @functools.wraps(view)
        def wrapped(*args: Any, **kwargs: Any) -> Any:
            if role == "admin" and not me().is_admin:
                raise Forbidden("This page is for administrators. Ask one of them.")
            return view(*args, **kwargs)

        return wrapped

    return guarded


def record(act: str, subject: str = "") -> None:
    """Write into the audit log what the one signed in did: `subject` is an id or a name, never a visitor's words."""
    console().accounts.audit(me().name, act, subject)


def went_well(message: str) -> None:
    """Have the next page say so. A page can also `flash(message, "warning")`."""
    flash(message, "good")


@staff.after_request
def _uncached(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    return response


@staff.app_template_filter("local")
def local(at: datetime) -> str:
    """A moment as the clinic's clock has it: Nov 24, 2026, 12:05."""
    here = at.astimezone(ZoneInfo(settings().clinic.timezone))
    return f"{here:%b} {here.day}, {here:%Y, %H:%M}"


@staff.context_processor
def _shared() -> dict[str, Any]:
    return {
        "me": g.get("account"),
        "navigation": [
            (url_for(endpoint), label, (request.endpoint or "").startswith(endpoint))
            for endpoint, label in NAVIGATION
            if _may_see(endpoint)
        ],
        "csrf_field": csrf_field,
        "zone": zone_name(settings().clinic.timezone),
    }


def _may_see(endpoint: str) -> bool:
    account: Account | None = g.get("account")
    return account is not None and (account.is_admin or endpoint not in FOR_ADMINS)


@staff.errorhandler(HTTPException)
def _refused(error: HTTPException) -> tuple[str, int]:
    detail = error.description or error.name
    if isinstance(error, CSRFError):
        detail = "The form had been open for too long, or it did not come from this console. Load the page anew and try again."
    return _told(error.code or 500, detail)


@staff.errorhandler(AssistantError)
@staff.errorhandler(CorpusError)
@staff.errorhandler(IndexNotReady)
def _mendable(error: Exception) -> tuple[str, int]:
    return _told(503 if isinstance(error, IndexNotReady) else 422, str(error))


def _told(status: int, detail: str) -> tuple[str, int]:
    return render_template("staff/error.html", status=status, detail=detail), status


def csrf_field() -> Markup:
    return Markup('<input type="hidden" name="csrf_token" value="{}">').format(generate_csrf())
