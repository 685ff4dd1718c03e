"""URLs fit for logs and errors."""

import re

_CREDENTIALS = re.compile(r"^([a-z][a-z0-9+.-]*://)?[^,]*@", re.IGNORECASE)


def redact_url(url: str) -> str:
    """The same URL (or comma-separated list of URLs) with everything before each `@` replaced by `***`."""
    return ",".join(_CREDENTIALS.sub(lambda found: f"{found[1] or ''}***@", one.strip()) for one in url.split(","))
