"""XML from strangers: parsed without fetching anything, without expanding anything, within a size."""

from lxml import etree

from corpus.connectors.faults import TooLarge, Unusable

LARGEST = 15 * 1024 * 1024


def tree(data: bytes, name: str, largest: int = LARGEST) -> etree._Element:
    """The root element of the document. Unknown entities stay as entity nodes (`&nbsp;` without its DTD)."""
    if len(data) > largest:
        raise TooLarge(f"{name} is larger than {largest // 1024 // 1024} MB of XML. It was left out.")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise Unusable(f"{name} is malformed XML ({error}). It was left out.") from None
    if root is None:
        raise Unusable(f"{name} is empty. It was left out.")
    subset = root.getroottree().docinfo.internalDTD
    if subset is not None and any(True for _ in subset.iterentities()):
        raise Unusable(f"{name} declares entities of its own, as no honest article does. It was left out.")
    return root


def local(element: etree._Element) -> str:
    """The element's name without its namespace; empty for comments and the like."""
    return etree.QName(element).localname if isinstance(element.tag, str) else ""


def without_namespaces(root: etree._Element) -> etree._Element:
    """The same tree with plain element names; attributes keep theirs."""
    for element in root.iter(etree.Element):
        element.tag = etree.QName(element).localname
    return root


def without_own_namespace(root: etree._Element) -> etree._Element:
    """The same tree with plain names for the elements of the root's own vocabulary; formulas and the like keep theirs."""
    own = f"{{{etree.QName(root).namespace}}}"
    for element in root.iter(etree.Element):
        if element.tag.startswith(own):
            element.tag = element.tag[len(own) :]
    return root
