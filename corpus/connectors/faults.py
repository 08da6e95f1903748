"""What can go wrong with a source. Each message ends with the next step; none holds a secret."""

from corpus.model import CorpusError


class SourceError(CorpusError):
    """Something of a source cannot be had."""


class NotThere(SourceError):
    """The source says that it does not have it (any more)."""


class NotAllowed(SourceError):
    """An address or a rule of the site forbids to fetch it."""


class Refused(NotAllowed):
    """The server says no to the request as it is."""


class Moved(SourceError):
    """The address leads to a host that is not on the list."""


class SourceDown(SourceError):
    """The source did not answer, or asked to be left alone, and patience is spent."""


class Unusable(SourceError):
    """The answer is not what was asked for: an error in a page that says it is fine, or broken text."""


class TooLarge(Unusable):
    """The answer is larger than anything that is wanted."""


class Unwanted(SourceError):
    """It can be had, but its owner or its kind says that it must not be used."""


class NotCached(SourceError):
    """Nothing may be fetched in this run, and it was not fetched before."""
