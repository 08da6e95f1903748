"""Carrying a notice to its address: by mail, to a webhook, into the log. It tells the reference number, no more."""

import base64
import hmac
import http.client
import json
import logging
import smtplib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from ipaddress import ip_address
from urllib.parse import SplitResult, unquote, urlsplit

from assistant.model import AssistantError
from assistant.outbox import Notice
from assistant.settings import NotifySettings

SAID = {
    "new": "A visitor asked to be called back.",
    "overdue": "A callback request has been waiting for longer than it should.",
}

_log = logging.getLogger(__name__)

Carrier = Callable[[Notice], None]
"""Returns when the receiver took the notice. Raises Undelivered when it did not, or may not have."""


class Undelivered(Exception):
    """Why the receiver did not take a notice."""


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds in which a receiver must say something, and those that one delivery may take in all, however slowly a
    receiver spreads its words."""

    silence: float = 10.0
    whole: float = 45.0


@dataclass(frozen=True, slots=True)
class Secrets:
    """What the environment holds for notices: the password of the mail account, the key that signs webhooks."""

    smtp_password: str = ""
    webhook_key: str = ""


def carrier(
    address: str, settings: NotifySettings, secrets: Secrets, patience: Patience = Patience()
) -> Carrier:
    """How notices get to `address`. Raises AssistantError for one that cannot be used as it is written."""
    parts = urlsplit(address)
    match parts.scheme:
        case "log":
            return _write
        case "mailto":
            to = _mailbox(address, unquote(parts.path))
            return lambda notice: _mail(notice, to, settings, secrets.smtp_password, patience)
        case "https" | "http":
            key = _signing_key(address, parts, secrets)
            return lambda notice: _call(notice, parts, key, patience)
    raise AssistantError(f"notify.addresses has {address!r}. Use mailto:name@example.com, https://… or log:")


def named(address: str) -> str:
    """An address as it may be told in logs: whoever knows the path of a webhook can often post to it."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.hostname}" if parts.scheme in ("https", "http") else address


def check(settings: NotifySettings, secrets: Secrets) -> None:
    """Raises AssistantError for the first address that notices could never get to."""
    for address in settings.addresses:
        carrier(address, settings, secrets)


def _write(notice: Notice) -> None:
    _log.warning("%s Reference %s.", SAID[notice.occasion], notice.handoff)


# mail


def _mailbox(address: str, to: str) -> str:
    try:
        return str(Address(addr_spec=to))
    except Exception:
        raise AssistantError(
            f"notify.addresses has {address!r}, which is no mail address. Write mailto:name@example.com"
        ) from None


def _mail(notice: Notice, to: str, settings: NotifySettings, password: str, patience: Patience) -> None:
    sender = settings.sender or settings.smtp_user or f"assistant@{to.rpartition('@')[2]}"
    message = EmailMessage()
    message["From"], message["To"] = sender, to
    message["Subject"] = f"Callback request {notice.handoff}" + (
        " is overdue" if notice.occasion == "overdue" else ""
    )
    message["Date"] = format_datetime(datetime.now(UTC))
    message["Message-ID"] = f"<{notice.id}@{sender.rpartition('@')[2].rstrip('>')}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(
        f"{SAID[notice.occasion]}\n\nReference: {notice.handoff}\n"
        f"Read it in the staff console, or with: assistant handoff show {notice.handoff}\n"
    )
    try:
        _send(message, settings, password, patience)
    except (smtplib.SMTPException, OSError) as error:
        raise Undelivered(f"{type(error).__name__}: {error}"[:300]) from error


def _send(message: EmailMessage, settings: NotifySettings, password: str, patience: Patience) -> None:
    context = ssl.create_default_context()
    # Named after this machine by number: asking the network for a name may take longer than the whole mail.
    place = (settings.smtp_host, settings.smtp_port, "[127.0.0.1]")
    server = (
        smtplib.SMTP_SSL(*place, timeout=patience.silence, context=context)
        if settings.smtp_security == "tls"
        else smtplib.SMTP(*place, timeout=patience.silence)
    )
    with _no_longer_than(patience.whole, lambda: server.sock):
        try:
            if settings.smtp_security == "starttls":
                server.starttls(context=context)
            if settings.smtp_user:
                server.login(settings.smtp_user, password)
            server.send_message(message)
        finally:
            # The mail was taken when the server said so: a farewell that fails is no reason to repeat it.
            with suppress(smtplib.SMTPException, OSError):
                server.quit()
            server.close()


# webhook


def _signing_key(address: str, parts: SplitResult, secrets: Secrets) -> bytes:
    if not parts.hostname:
        raise AssistantError(
            f"notify.addresses has {address!r}, which names no host. Write https://host/path"
        )
    if parts.scheme == "http" and not _is_loopback(parts.hostname):
        raise AssistantError(f"notify.addresses has {address!r}: http is for this machine alone. Use https.")
    given = secrets.webhook_key
    if not given:
        raise AssistantError(
            f"The webhook {named(address)} needs a key to sign with. Put one into ASSISTANT_WEBHOOK_KEY."
        )
    try:
        return (
            base64.b64decode(given.removeprefix("whsec_"), validate=True)
            if given[:6] == "whsec_"
            else given.encode()
        )
    except ValueError:
        raise AssistantError(
            "ASSISTANT_WEBHOOK_KEY begins with whsec_ but is not base64. Copy it again."
        ) from None


def signature(key: bytes, id: str, timestamp: int, body: bytes) -> str:
    """As Standard Webhooks has it, so that receivers can check it with a library of theirs."""
    signed = hmac.digest(key, f"{id}.{timestamp}.".encode() + body, "sha256")
    return f"v1,{base64.b64encode(signed).decode()}"


def _call(notice: Notice, parts: SplitResult, key: bytes, patience: Patience) -> None:
    body = json.dumps(
        {
            "type": f"callback.{notice.occasion}",
            "timestamp": notice.created.isoformat(),
            "data": {"reference": notice.handoff},
        }
    ).encode()
    timestamp = int(datetime.now(UTC).timestamp())
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "soft-tissue-assistant",
        "webhook-id": notice.id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": signature(key, notice.id, timestamp, body),
    }
    try:
        status = _post(parts, body, headers, patience)
    except (http.client.HTTPException, OSError) as error:
        raise Undelivered(f"{type(error).__name__}: {error}"[:300]) from error
    if not 200 <= status < 300:
        raise Undelivered(f"the webhook answered {status}")


def _post(parts: SplitResult, body: bytes, headers: dict[str, str], patience: Patience) -> int:
    """The status of the answer. Redirections are not followed: a notice goes where the settings say."""
    host, path = parts.hostname or "", parts.path or "/"
    connection = (
        http.client.HTTPSConnection(
            host, parts.port, timeout=patience.silence, context=ssl.create_default_context()
        )
        if parts.scheme == "https"
        else http.client.HTTPConnection(host, parts.port, timeout=patience.silence)
    )
    try:
        connection.connect()
        with _no_longer_than(patience.whole, lambda: connection.sock):
            connection.request("POST", f"{path}?{parts.query}" if parts.query else path, body, headers)
            return connection.getresponse().status
    finally:
        connection.close()


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


@contextmanager
def _no_longer_than(seconds: float, current: Callable[[], socket.socket | None]) -> Iterator[None]:
    """Cut the connection after `seconds`: a time limit of the socket's own begins anew with every byte."""

    def cut() -> None:
        with suppress(OSError):
            if (open_socket := current()) is not None:
                open_socket.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(seconds, cut)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
