"""Entity tags of single resources, made from their version (RFC 9110, sections 8.8.3 and 13.1.1)."""

import json
from collections.abc import Mapping
from hashlib import blake2b
from typing import Final

from impl.kernel.errors import Malformed, PreconditionFailed, PreconditionRequired
from openapi.runtime.entity_tags import MalformedEntityTagsError, matches

FIRST_VERSION: Final = 1


def next_version(version: int) -> int:
    """Return a new version, which no earlier state has had."""
    return version + 1


def etag(version: int) -> str:
    """Return the entity tag of a version."""
    return f'"{version}"'


def edition(version: int, *shown: Mapping[str, object]) -> str:
    """Return a tag that changes with everything shown, including values joined from other rows."""
    whole = json.dumps([dict(one) for one in shown], default=str, sort_keys=True)
    return f"{version}-{blake2b(whole.encode(), digest_size=8).hexdigest()}"


def check(if_match: str | None, version: int | str, *, required: bool = False) -> None:
    """Raise unless the If-Match of the request names the present version.

    Raises PreconditionRequired (428) when it is required and absent, Malformed (400) when it is no list of entity tags
    and PreconditionFailed (412) when none of them is the present one, or what a compressing proxy makes
    of it.
    """
    if if_match is None:
        if required:
            raise PreconditionRequired("Send the ETag of the version that you read as If-Match.")
        return
    try:
        current = matches(if_match, str(version))
    except MalformedEntityTagsError as error:
        raise Malformed(f"The If-Match header {error}.") from error
    if not current:
        raise PreconditionFailed("Read it again and repeat the change on what you find.")
