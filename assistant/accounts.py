"""Staff accounts: who may sign in, and what they did."""

import base64
import logging
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import Row, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from assistant.database import Database
from assistant.keys import Seal, Unreadable
from assistant.model import AssistantError
from assistant.passwords import Passwords, refusal
from assistant.staff_tables import staff_accounts, staff_attempts, staff_audit, staff_sessions

Role = Literal["staff", "admin"]
ROLES: tuple[Role, ...] = ("staff", "admin")

ATTEMPTS = 5
WITHIN = timedelta(minutes=5)
ATTEMPTS_KEPT = timedelta(days=14)
AUDIT_KEPT = timedelta(days=365)

NO_ENTRY = "That name, password or code is not right. Check them and try again."
TOO_MANY = "Too many attempts. Wait five minutes and try again."

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,39}")
_PLAIN_KEY = re.compile(r"[A-Z2-7]{32}")
"""An authenticator key as it was kept before keys were sealed: nothing that is sealed is as short."""

_log = logging.getLogger(__name__)


class NoEntry(AssistantError):
    """Not signed in; the message never says which of name, password and code was wrong."""


class TooManyAttempts(NoEntry):
    """The password was not even looked at."""


@dataclass(frozen=True, slots=True)
class Account:
    name: str
    role: Role
    created: datetime
    disabled: bool
    has_totp: bool

    @property
    def is_admin(self) -> bool:
        return self.role == "admin"


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the audit log."""

    at: datetime
    actor: str
    act: str
    subject: str


class Accounts:
    """Safe for threads; there is no account until someone makes one. `seal` closes the authenticators' keys."""

    def __init__(
        self,
        database: Database,
        clock: Callable[[], datetime],
        seal: Seal,
        clinic: str = "",
        passwords: Passwords | None = None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._seal = seal
        self._clinic = clinic
        self._passwords = passwords or Passwords()

    # the accounts themselves

    def add(self, name: str, password: str, role: Role = "staff") -> str | None:
        """Make an account. An administrator's gets an authenticator key, which is given back, once."""
        name = _proper(name)
        self._check(password, name)
        key = _new_key() if role == "admin" else None
        row = {
            "name": name,
            "role": role,
            "password": self._passwords.hashed(password),
            "created": self._clock(),
            "totp_key": key and self._sealed(key, name),
        }
        try:
            with self._database.writing() as connection:
                connection.execute(insert(staff_accounts).values(row))
        except IntegrityError:
            raise AssistantError(
                f"There is an account {name} already. Choose another name, or: assistant staff passwd {name}"
            ) from None
        return key

    def all(self) -> tuple[Account, ...]:
        with self._database.reading() as connection:
            rows = connection.execute(select(staff_accounts).order_by(staff_accounts.c.name))
            return tuple(_account(row) for row in rows)

    def find(self, name: str) -> Account | None:
        with self._database.reading() as connection:
            row = connection.execute(select(staff_accounts).where(_named(name))).first()
        return None if row is None else _account(row)

    def has_any(self) -> bool:
        with self._database.reading() as connection:
            able = select(staff_accounts.c.name).where(~staff_accounts.c.disabled)
            return connection.execute(able).first() is not None

    def disable(self, name: str) -> None:
        """The account signs in no more, and where it is signed in, it is signed out."""
        self._change(name, disabled=True)

    def set_password(self, name: str, password: str) -> None:
        """A new password ends the account's sessions, and opens a disabled account again."""
        self._check(password, name)
        self._change(name, password=self._passwords.hashed(password), disabled=False)

    def new_totp(self, name: str) -> str:
        """A new authenticator key, which takes the old one's place."""
        key = _new_key()
        self._change(name, totp_key=self._sealed(key, name), totp_step=0)
        return key

    def drop_totp(self, name: str) -> None:
        account = self.find(name)
        if account is not None and account.is_admin:
            raise AssistantError(
                "An administrator signs in with an authenticator. Make a new key instead: "
                f"assistant staff totp {account.name}"
            )
        self._change(name, totp_key=None, totp_step=0)

    def seal_keys(self) -> None:
        """Seal what is kept plain, or was sealed with an older key, with the newest one."""
        with self._database.reading() as connection:
            rows = connection.execute(select(staff_accounts).where(_has_totp())).all()
        renewed = [(row, fresh) for row in rows if (fresh := self._renewed(row.totp_key, row.name))]
        for row, fresh in renewed:
            this = _named(row.name) & (staff_accounts.c.totp_key == row.totp_key)
            with self._database.writing() as connection:
                connection.execute(update(staff_accounts).where(this).values(totp_key=fresh))
        if renewed:
            self._database.forget()

    def unreadable(self) -> tuple[str, ...]:
        """Why accounts cannot sign in: what to do about each authenticator key that no key of ours opens."""
        with self._database.reading() as connection:
            rows = connection.execute(select(staff_accounts).where(_has_totp() & ~staff_accounts.c.disabled))
            return tuple(fault for row in rows if (fault := self._fault(row.totp_key, row.name)))

    def _sealed(self, key: str, name: str) -> str:
        return self._seal.close(base64.b32decode(key), name.strip().casefold())

    def _renewed(self, kept: str, name: str) -> str | None:
        """None for what stays as it is: sealed with the newest key, or with one that we do not have."""
        if _PLAIN_KEY.fullmatch(kept):
            return self._sealed(kept, name)
        if self._fault(kept, name) or self._seal.is_newest(kept, name):
            return None
        return self._seal.close(self._seal.open(kept, name), name)

    def _fault(self, kept: str, name: str) -> str:
        try:
            self._seal.open(kept, name)
        except Unreadable as fault:
            return str(fault)
        return ""

    def _check(self, password: str, name: str) -> None:
        if why := refusal(password, name, *self._clinic.split(), "physio", "physiotherapy", "massage"):
            raise AssistantError(why)

    def _change(self, name: str, **values: Any) -> None:
        with self._database.writing() as connection:
            changed = connection.execute(update(staff_accounts).where(_named(name)).values(values))
            if not changed.rowcount:
                raise AssistantError(f"There is no account {name}. See them with: assistant staff list")
            connection.execute(delete(staff_sessions).where(staff_sessions.c.account == name.casefold()))

    # signing in

    def sign_in(self, name: str, password: str, code: str, address: str) -> Account:
        """The account, when name, password and, where it has an authenticator, code are right.

        Raises NoEntry, with the same words and after the same work whether or not there is such an account,
        and TooManyAttempts after five failures in five minutes from the address or for the account. Failures
        from elsewhere do not shut out whoever signed in to the account from this address before.
        """
        name = name.strip().casefold()[:64]
        attempt = self._attempt(name, address)
        with self._database.reading() as connection:
            row = connection.execute(select(staff_accounts).where(_named(name))).first()
        known = row is not None and not row.disabled
        right = self._passwords.matches(row.password if row is not None and known else None, password)
        if row is None or not right or not self._code_is_right(row, code):
            raise NoEntry(NO_ENTRY)
        with self._database.writing() as connection:
            connection.execute(
                update(staff_attempts).where(staff_attempts.c.number == attempt).values(succeeded=True)
            )
            if self._passwords.is_outdated(row.password):
                connection.execute(
                    update(staff_accounts)
                    .where(_named(name))
                    .values(password=self._passwords.hashed(password))
                )
        return _account(row)

    def _attempt(self, name: str, address: str) -> int:
        """Write the attempt down as failed before it is looked at, so that many at once cannot slip through."""
        now = self._clock()
        table = staff_attempts
        failed = ~table.c.succeeded & (table.c.at >= now - WITHIN)
        with self._database.writing() as connection:
            connection.execute(delete(table).where(table.c.at < now - ATTEMPTS_KEPT))
            number = connection.execute(
                insert(table).values(at=now, account=name, address=address)
            ).inserted_primary_key
            assert number is not None
            count = select(func.count()).select_from(table)
            from_here = connection.execute(count.where(failed & (table.c.address == address))).scalar_one()
            for_this = connection.execute(count.where(failed & (table.c.account == name))).scalar_one()
            been_here = connection.execute(
                count.where(table.c.succeeded & (table.c.account == name) & (table.c.address == address))
            ).scalar_one()
            refused = from_here > ATTEMPTS or (for_this > ATTEMPTS and not been_here)
            if refused:
                # What is refused unseen does not count: the door opens again five minutes after the fifth failure.
                connection.execute(delete(table).where(table.c.number == number[0]))
        if refused:
            raise TooManyAttempts(TOO_MANY)
        return int(number[0])

    def _code_is_right(self, row: Row[Any], code: str) -> bool:
        """Each code opens once: the step of the last one used is moved on in the same statement that checks it."""
        if row.totp_key is None:
            return str(row.role) != "admin"
        try:
            key = base64.b32encode(self._seal.open(row.totp_key, row.name)).decode()
        except Unreadable as fault:
            _log.error("%s", fault)
            return False
        step = _step_of(key, code, self._clock())
        if step is None:
            return False
        with self._database.writing() as connection:
            moved = connection.execute(
                update(staff_accounts)
                .where(_named(row.name) & (staff_accounts.c.totp_step < step))
                .values(totp_step=step)
            )
        return bool(moved.rowcount)

    # what they did

    def audit(self, actor: str, act: str, subject: str = "") -> None:
        """Keep who did what to what: ids and names, never a visitor's words."""
        now = self._clock()
        row = {"at": now, "actor": actor, "act": act, "subject": subject[:200]}
        with self._database.writing() as connection:
            connection.execute(delete(staff_audit).where(staff_audit.c.at < now - AUDIT_KEPT))
            connection.execute(insert(staff_audit).values(row))

    def log(self, limit: int = 200, offset: int = 0, actor: str = "", act: str = "") -> tuple[Entry, ...]:
        """The audit log, newest first."""
        query = select(staff_audit).order_by(staff_audit.c.number.desc()).limit(limit).offset(offset)
        if actor:
            query = query.where(staff_audit.c.actor == actor)
        if act:
            query = query.where(staff_audit.c.act == act)
        with self._database.reading() as connection:
            return tuple(Entry(row.at, row.actor, row.act, row.subject) for row in connection.execute(query))


def _proper(name: str) -> str:
    name = unicodedata.normalize("NFKC", name).strip().casefold()
    if not _NAME.fullmatch(name):
        raise AssistantError(
            "An account name has 2 to 40 letters, digits, dots, hyphens or underscores. Choose such a name."
        )
    return name


def _named(name: str) -> Any:
    return staff_accounts.c.name == name.strip().casefold()


def _has_totp() -> Any:
    return staff_accounts.c.totp_key.is_not(None)


def _account(row: Row[Any]) -> Account:
    return Account(row.name, row.role, row.created, row.disabled, row.totp_key is not None)


def _new_key() -> str:
    import pyotp

    return pyotp.random_base32()


def _step_of(key: str, code: str, now: datetime) -> int | None:
    """The half minute that `code` belongs to, if it is this one, the one before or the one after."""
    import pyotp

    totp = pyotp.TOTP(key)
    code = code.replace(" ", "")
    this = int(now.timestamp()) // totp.interval
    # No early end: the answer takes as long whichever step it is.
    right = [
        step
        for step in (this - 1, this, this + 1)
        if pyotp.utils.strings_equal(totp.generate_otp(step), code)
    ]
    return right[-1] if right else None


def enrolment(name: str, key: str, clinic: str) -> str:
    """The address that an authenticator app reads as a QR code."""
    import pyotp

    return pyotp.TOTP(key).provisioning_uri(name=name, issuer_name=clinic)
