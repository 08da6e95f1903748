"""Files that the console gives out."""

from flask import Response


def download(name: str, text: str) -> Response:
    """A file to save. The mark at its beginning tells spreadsheets that it is UTF-8."""
    response = Response("\ufeff" + text, mimetype="text/csv")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
