"""Word documents → blocks."""

import io
import re
import zipfile

from corpus.connectors import hypertext
from corpus.connectors.document import Document
from corpus.model import CorpusError

_MAIN = "word/document.xml"
_LARGEST = 60 * 1024 * 1024
"""Of all the parts unpacked. A Word text of a thousand pages has a tenth of this."""
_STYLES = "p[style-name='Title'] => h1:fresh\np[style-name='Subtitle'] => p:fresh"
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


def read(data: bytes, name: str) -> Document:
    import mammoth

    shown, notes = _without_hidden_text(data, name)
    try:
        made = mammoth.convert_to_html(
            io.BytesIO(shown),
            style_map=_STYLES,
            convert_image=lambda image: [],
            include_embedded_style_map=False,
        )
    except Exception as error:  # a damaged file can make the parser raise anything
        raise _damaged(name, error) from None
    found = hypertext.whole(made.value, name)
    return Document(found.title, found.blocks, found.references, (*notes, *found.left_out))


def _without_hidden_text(data: bytes, name: str) -> tuple[bytes, list[str]]:
    """The document without the text that Word does not show: marked hidden, or white on white."""
    from lxml import etree

    try:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            parts = package.infolist()
            if len(parts) > 5000 or sum(part.file_size for part in parts if _is_text(part)) > _LARGEST:
                raise CorpusError(
                    f"{name} unpacks to more than a text can be. Save it again without pictures and add that."
                )
            main = package.read(_MAIN)
            if re.search(rb"<!(?:DOCTYPE|ENTITY)", main):
                raise CorpusError(
                    f"{name} is not a document that Word wrote. Save it again in Word and add that."
                )
            tree = etree.fromstring(main, etree.XMLParser(resolve_entities=False, no_network=True))
            hidden = [run for run in tree.iter(f"{_W}r") if _is_hidden(run)]
            notes = [f"Hidden text ({len(hidden)} x)"] if hidden else []
            equations = len(re.findall(rb"<m:oMath[ >]", main))
            if equations:
                notes.append(f"Equations ({equations} x)")
            for run in hidden:
                run.getparent().remove(run)
            out = io.BytesIO()
            with zipfile.ZipFile(out, "w") as copy:
                for part in parts:
                    if _is_text(part):
                        content = etree.tostring(tree) if part.filename == _MAIN else package.read(part)
                        copy.writestr(part.filename, content)
    except CorpusError:
        raise
    except Exception as error:  # as above
        raise _damaged(name, error) from None
    return out.getvalue(), notes


def _is_text(part: zipfile.ZipInfo) -> bool:
    return part.filename.endswith((".xml", ".rels"))


def _is_hidden(run: "object") -> bool:
    properties = run.find(f"{_W}rPr")  # type: ignore[attr-defined]
    if properties is None:
        return False
    vanish = properties.find(f"{_W}vanish")
    if vanish is not None and vanish.get(f"{_W}val") not in ("0", "false", "off"):
        return True
    color = properties.find(f"{_W}color")
    white = color is not None and (color.get(f"{_W}val") or "").upper() == "FFFFFF"
    return white and properties.find(f"{_W}shd") is None and properties.find(f"{_W}highlight") is None


def _damaged(name: str, error: Exception) -> CorpusError:
    return CorpusError(
        f"{name} is damaged and cannot be read ({type(error).__name__}). Save it again in Word and add that."
    )
