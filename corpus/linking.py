"""Links from one article to another, and whether they lead anywhere."""

import re
from collections.abc import Iterator, Mapping, Set

from markdown_it import MarkdownIt

_LOCAL = re.compile(r"(?:/articles/|\./)?([a-z0-9-]*?)(?:\.md)?(?:#(.*))?")
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:|//", re.IGNORECASE)


def links(text: str) -> Iterator[str]:
    """The targets of the links in a Markdown text, in order."""
    for block in MarkdownIt().parse(text):
        for inline in block.children or ():
            if inline.type == "link_open":
                yield str(inline.attrGet("href") or "")


def leads_nowhere(target: str, article: str, anchors: Mapping[str, Set[str]]) -> bool:
    """Whether a link in `article` means another article or section that does not exist.

    `anchors` are the sections of each article. Addresses of other sites are not looked at.
    """
    if _SCHEME.match(target):
        return False
    local = _LOCAL.fullmatch(target)
    if not local:
        return True
    id, anchor = local[1] or article, local[2]
    return id not in anchors or bool(anchor and anchor not in anchors[id])
