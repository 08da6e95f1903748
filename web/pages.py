"""Pages to read: the articles that answers quote, what this assistant is, and what becomes of one's words."""

import re

from flask import Blueprint, render_template
from markdown_it import MarkdownIt
from markupsafe import Markup
from werkzeug.exceptions import NotFound

from assistant.system_card import current
from web.presenting import unbroken
from web.reading import sections
from web.site import assistant, settings

pages = Blueprint("pages", __name__)


@pages.get("/articles/<id>")
def article(id: str) -> str:
    view = assistant().article(id)
    if view is None:
        raise NotFound("There is no such article here. It may have been renamed or withdrawn.")
    numbers = {reference.key: number for number, reference in enumerate(view.card.references, 1)}
    shown = view.card.licence.admission == "full"
    return render_template(
        "article.html",
        card=view.card,
        sections=sections(view.passages, numbers) if shown else (),
        numbers=numbers,
    )


@pages.get("/about")
def about() -> str:
    return render_template("about.html")


@pages.get("/about/card")
def card() -> str:
    markdown = MarkdownIt("commonmark", {"html": False}).enable("table")
    html = re.sub(r">[^<]+", lambda words: unbroken(words[0]), markdown.render(current(settings().data_dir)))
    return render_template("card.html", card=Markup(html))


@pages.get("/privacy")
def privacy() -> str:
    return render_template("privacy.html")
