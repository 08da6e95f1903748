"""Where the console begins."""

from flask import render_template

from web.staff.door import staff


@staff.get("/")
def home() -> str:
    return render_template("staff/home.html")
