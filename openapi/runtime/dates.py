"""Dates of HTTP headers, and the condition that names one (RFC 9110, sections 5.6.7, 8.8.2 and 13.1.3)."""

import re
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime

# The form that is sent, and the two obsolete ones that have to be understood.
_FORMS = (
    re.compile(r"[A-Z][a-z]{2}, [0-9]{2} [A-Z][a-z]{2} [1-9][0-9]{3} [0-9]{2}:[0-9]{2}:[0-9]{2} GMT"),
    re.compile(r"[A-Z][a-z]{5,8}, [0-9]{2}-[A-Z][a-z]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2} GMT"),
    re.compile(r"[A-Z][a-z]{2} [A-Z][a-z]{2} [ 0-9][0-9] [0-9]{2}:[0-9]{2}:[0-9]{2} [1-9][0-9]{3}"),
)


def http_date(at: datetime) -> str:
    """Return the instant as an HTTP date; what is below a second is cut off."""
    return format_datetime(at.astimezone(UTC), usegmt=True)


def parse(field: str) -> datetime | None:
    """Read an HTTP date in any of its three forms; return None for everything else."""
    value = field.strip(" \t")
    if not any(form.fullmatch(value) for form in _FORMS):
        return None
    try:
        at = parsedate_to_datetime(value)
    except ValueError:
        return None
    return at.replace(tzinfo=UTC)


def is_unmodified(if_modified_since: str | None, last_modified: str | None) -> bool:
    """Return whether nothing has changed since the client's date; a date that cannot be read is no condition."""
    if if_modified_since is None or last_modified is None:
        return False
    if if_modified_since == last_modified:
        return True
    since, changed = parse(if_modified_since), parse(last_modified)
    return since is not None and changed is not None and changed <= since
