"""Who speaks to the site, from where, how often: visitor tokens, allowed origins, pace, security headers."""

import hashlib
import hmac
import logging
import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from ipaddress import IPv6Address, ip_address
from math import ceil
from pathlib import Path
from typing import Any, cast

from flask import Flask, Response, current_app, g, request
from flask.typing import RouteCallable
from flask_limiter import ApplicationLimit, Limiter
from flask_limiter.errors import RateLimitExceeded
from itsdangerous import BadSignature, URLSafeTimedSerializer
from werkzeug.exceptions import Conflict, Forbidden, TooManyRequests, Unauthorized

from assistant import forwarding
from assistant.keys import keys
from assistant.settings import WebSettings
from web.site import assistant, settings
from web.staff.sessions import is_signed_in

log = logging.getLogger(__name__)

TOKEN_HEADER = "X-Visitor-Token"
KEY_VARIABLE = "ASSISTANT_WEB_KEY"
KEY_FILE = "web.key"

ASKING = ("api.messages", "chat.ask")
CALLING_BACK = ("api.handoffs", "chat.call_back")
UNPACED = ("static", "embed.script", "status.healthz", "status.readyz")
FOR_OTHER_SITES = ("static", "embed.script")


class Visitors:
    """Signs and reads visitor tokens. A token holds the id of one conversation and nothing else."""

    def __init__(self, signing: Sequence[str], lifetime: timedelta) -> None:
        self._newest = signing[-1].encode()
        self._lifetime = lifetime
        self._signer = URLSafeTimedSerializer(
            list(signing), salt="visitor", signer_kwargs={"digest_method": hashlib.sha256}
        )

    def token(self, conversation: str) -> str:
        signed = self._signer.dumps(conversation)
        return signed if isinstance(signed, str) else signed.decode()

    def conversation(self, token: str) -> str | None:
        """The conversation of a token that we signed and that has not expired, else None."""
        try:
            value = self._signer.loads(token, max_age=int(self._lifetime.total_seconds()))
        except BadSignature:
            return None
        return value if isinstance(value, str) else None

    def first(self, message_id: str) -> str:
        """The conversation that a first message, which has no token yet, opens.

        It follows from the message's id, so that a retry of a first message whose reply was lost finds the
        answer being made, or made, in whichever process; the key keeps it unguessable.
        """
        return hmac.new(self._newest, b"conversation:" + message_id.encode(), "sha256").hexdigest()[:32]


def signing_keys(data_dir: Path) -> tuple[str, ...]:
    """The keys that sign visitor tokens, newest last: all of them are believed, the last one signs.

    They come from ASSISTANT_WEB_KEY or from `web.key` in the data folder.
    """
    return keys(data_dir / KEY_FILE, KEY_VARIABLE)


def visitors() -> Visitors:
    made: Visitors = current_app.extensions["visitors"]
    return made


def given_token() -> str | None:
    """The visitor's token from `Authorization: Bearer`, the token header or the page's hidden field."""
    authorization = request.authorization
    if authorization is not None and authorization.type == "bearer":
        return authorization.token
    field = request.form.get("token") if request.blueprint == "chat" else None
    return request.headers.get(TOKEN_HEADER) or field or None


def conversation() -> str | None:
    """The conversation of this request's token; None when no valid token came."""
    token = given_token()
    return visitors().conversation(token) if token else None


def claimed_conversation() -> str | None:
    """As `conversation`, but a token that is not valid (any more) is refused with 401."""
    found = conversation()
    if found is None and given_token():
        raise Unauthorized(
            "This visitor token is not valid any more. Send the message without a token to begin anew."
        )
    return found


def opened_conversation(message_id: str, text: str) -> str:
    """The conversation for a message without a token, be it a first one or the retry of a first one.

    An id that was answered longer than five minutes ago, or for another text, opens nothing: whoever
    sends it again might not be who asked.
    """
    found = visitors().first(message_id)
    if assistant().replay(message_id, text) is None and assistant().transcript(found):
        raise Conflict("This message id was used before. Send the message with a new id.")
    return found


def network(address: str | None) -> str:
    """What counts as one address: an IPv4 address, or the /64 that one IPv6 household gets."""
    try:
        parsed = ip_address(address or "")
    except ValueError:
        return "unknown"
    if not isinstance(parsed, IPv6Address):
        return str(parsed)
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return f"{IPv6Address(int(parsed) >> 64 << 64)}/64"


def _address() -> str:
    return network(request.remote_addr)


def _visitor() -> str:
    found = conversation()
    return f"visitor {found}" if found else f"address {_address()}"


def keep_pace(app: Flask, web: WebSettings) -> Callable[[RateLimitExceeded], TooManyRequests]:
    """Limit messages by visitor, callback requests and all requests by address, counted in this process.

    Gives back how a breach is told.
    """
    limiter = Limiter(
        _address,
        app=app,
        storage_uri="memory://",
        strategy="moving-window",
        application_limits=[
            ApplicationLimit(
                f"{web.requests_per_minute_per_address}/minute",
                exempt_when=lambda: (
                    request.endpoint in UNPACED or request.method == "OPTIONS" or is_signed_in()
                ),
            )
        ],
    )
    pace = f"{web.messages_per_minute}/minute;{web.messages_per_day}/day"
    asking = limiter.shared_limit(pace, scope="messages", key_func=_visitor, methods=["POST"])
    calling = limiter.shared_limit(f"{web.handoffs_per_hour}/hour", scope="handoffs", methods=["POST"])
    for endpoints, limit in ((ASKING, asking), (CALLING_BACK, calling)):
        for endpoint in endpoints:
            app.view_functions[endpoint] = cast(RouteCallable, limit(app.view_functions[endpoint]))

    def too_fast(error: RateLimitExceeded) -> TooManyRequests:
        current = limiter.current_limit
        wait = max(1, ceil(current.window.reset_time - time.time())) if current else 60
        return TooManyRequests(
            f"That was a lot at once. Please wait {_spell(wait)} and try again.", retry_after=wait
        )

    return too_fast


def _spell(seconds: int) -> str:
    if seconds < 120:
        return f"{seconds} seconds"
    return f"{-(-seconds // 60)} minutes" if seconds < 7200 else f"{-(-seconds // 3600)} hours"


def watch_for_proxies() -> Callable[[], None]:
    """Tells once, in the log and for `assistant doctor`, that a proxy stands before the site which nobody named."""
    told: list[str] = []

    def look() -> None:
        known = settings()
        # Where proxies are named, their word has taken the place of what came.
        came = request.environ.get("werkzeug.proxy_fix.orig", request.environ)
        peer = came.get("REMOTE_ADDR")
        fault = forwarding.fault(request.headers.get("X-Forwarded-For"), peer, known.web.proxies)
        if fault and not told:
            told.append(fault)
            log.warning("%s", fault)
            forwarding.note(known.data_dir, fault)

    return look


def check_origin() -> None:
    """Refuse a browser request that another site's page makes, unless the clinic listed that site.

    Programs send no Origin and are not meant: pace limits are for them. Pages of the site itself hold
    nothing that a foreign form could use, as there is no cookie.
    """
    origin = request.headers.get("Origin")
    meant = request.blueprint == "api" or request.endpoint == "embed.script"
    if not meant or origin is None or _is_ours(origin):
        return
    if origin not in settings().web.origins:
        raise Forbidden(
            f"The site {origin} may not use this assistant. Its address has to stand in web.origins."
        )
    g.allowed_origin = origin


def _is_ours(origin: str) -> bool:
    # Behind a proxy that ends TLS the scheme seen here may not be the browser's. The browser's word holds.
    same_site = request.headers.get("Sec-Fetch-Site") == "same-origin"
    return same_site or origin == f"{request.scheme}://{request.host}"


def allow_origin(response: Response) -> Response:
    response.vary.add("Origin")
    if origin := g.get("allowed_origin"):
        response.headers["Access-Control-Allow-Origin"] = origin
        response.headers["Access-Control-Expose-Headers"] = f"{TOKEN_HEADER}, Retry-After"
        if request.method == "OPTIONS":
            response.headers["Access-Control-Allow-Methods"] = "GET, POST, DELETE"
            response.headers["Access-Control-Allow-Headers"] = (
                f"Authorization, Content-Type, Last-Event-ID, {TOKEN_HEADER}"
            )
            response.headers["Access-Control-Max-Age"] = "600"
    return response


CONTENT_POLICY: dict[str, str] = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self'",
    "connect-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "object-src": "'none'",
    "require-trusted-types-for": "'script'",
    "trusted-types": "'none'",
    "report-uri": "/csp-reports",
    "report-to": "csp",
}


def harden(response: Response) -> Response:
    """The same headers on every response; the chat page alone may be framed, by the listed sites alone."""
    origins = settings().web.origins
    framed = request.blueprint == "chat" and bool(origins)
    ancestors = " ".join(origins) if framed else "'none'"
    policy = {**CONTENT_POLICY, "frame-ancestors": ancestors}
    headers: dict[str, Any] = {
        "Content-Security-Policy": "; ".join(f"{name} {value}" for name, value in policy.items()),
        "Reporting-Endpoints": 'csp="/csp-reports"',
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": (
            "cross-origin" if request.endpoint in FOR_OTHER_SITES else "same-origin"
        ),
        "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
    }
    if not framed:
        headers["X-Frame-Options"] = "DENY"
    if request.is_secure:
        headers["Strict-Transport-Security"] = "max-age=31536000"
    for name, value in headers.items():
        response.headers.setdefault(name, value)
    return response
