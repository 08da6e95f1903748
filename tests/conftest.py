"""What every test may count on: the time zones of the pinned package, as in the running product."""

import zoneinfo

zoneinfo.reset_tzpath(to=())
