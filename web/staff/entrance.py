"""Signing in and out."""

from typing import cast

from flask import flash, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response

from assistant.accounts import NoEntry, TooManyAttempts
from web.access import network
from web.staff.door import after_sign_in, console, me, record, staff
from web.staff.sessions import StaffSession


@staff.route("/login", methods=["GET", "POST"])
def sign_in() -> str | Response | tuple[str, int]:
    wanted = request.values.get("next")
    accounts = console().accounts
    if request.method == "GET":
        return render_template("staff/login.html", next=wanted, first=not accounts.has_any(), fault=None)
    form = request.form
    try:
        account = accounts.sign_in(
            form.get("name", ""), form.get("password", ""), form.get("code", ""), network(request.remote_addr)
        )
    except NoEntry as error:
        if not isinstance(error, TooManyAttempts):
            # What was typed as a name may be a password, so only a name that exists is written down.
            known = accounts.find(form.get("name", ""))
            accounts.audit("nobody", "failed to sign in", known.name if known else "")
        told = render_template("staff/login.html", next=wanted, first=False, fault=str(error))
        return told, 429 if isinstance(error, TooManyAttempts) else 401
    cast(StaffSession, session).begin(account.name)
    accounts.audit(account.name, "signed in")
    return redirect(after_sign_in(wanted), code=303)


@staff.post("/logout")
def sign_out() -> Response:
    record("signed out")
    cast(StaffSession, session).begin(None)
    flash(f"Signed out, {me().name}.", "good")
    return redirect(url_for("staff.sign_in"), code=303)
