"""Entity tags of single resources, made from their version (RFC 9110, sections 8.8.3 and 13.1.1)."""

import re

from impl.kernel.errors import Malformed, PreconditionFailed, PreconditionRequired

# Empty list elements are legal and mean nothing (RFC 9110, section 5.6.1.2).
_TAG = re.compile(r'(?:(W/)?"([\x21\x23-\x7e\x80-\xff]*)")?[ \t]*(?:,[ \t]*|$)')
_MAX = 2048


def etag(version: int) -> str:
    return f'"{version}"'


def check(if_match: str | None, version: int, *, required: bool = False) -> None:
    """Let the request pass only if its If-Match names the present version.

    Raises PreconditionRequired (428) when it is required and absent, Malformed (400) when it is no list of entity tags
    and PreconditionFailed (412) when none of them is the present one. A weak tag never matches.
    """
    if if_match is None:
        if required:
            raise PreconditionRequired("Send the ETag of the version that you read as If-Match.")
        return
    value = if_match.strip(" \t")
    if value == "*":
        return
    if str(version) not in _strong_tags(value):
        raise PreconditionFailed("Read it again and repeat the change on what you find.")


def _strong_tags(value: str) -> set[str]:
    tags: set[str] = set()
    seen = False
    position = 0
    if len(value) > _MAX:
        raise Malformed("The If-Match header is too long.")
    while position < len(value):
        match = _TAG.match(value, position)
        if match is None:
            raise Malformed("The If-Match header is not a list of entity tags.")
        weak, tag = match.groups()
        if tag is not None:
            seen = True
            if weak is None:
                tags.add(tag)
        position = match.end()
    if not seen:
        raise Malformed("The If-Match header names no entity tag.")
    return tags
