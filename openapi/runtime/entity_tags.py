"""Entity tags, and the conditions that name them (RFC 9110, sections 8.8.3 and 13.1)."""

import re
from dataclasses import dataclass
from typing import override

# Empty list elements are legal and mean nothing (RFC 9110, section 5.6.1.2).
_ELEMENT = re.compile(r'(?:(W/)?"([\x21\x23-\x7e\x80-\xff]*)")?[ \t]*(?:,[ \t]*|$)')
_MAX_LENGTH = 2048
# What proxies that compress append to the validator of the response that they compressed.
_COMPRESSED = re.compile("-(?:gzip|br|zstd)$")


class MalformedEntityTagsError(ValueError):
    """Raised when a text is no list of entity tags; the message continues the header's name and quotes nothing."""


@dataclass(frozen=True, slots=True)
class EntityTag:
    """Entity tag: the text between the quotes, and whether it is weak (`W/`)."""

    opaque: str
    weak: bool = False

    @override
    def __str__(self) -> str:
        return f'{"W/" if self.weak else ""}"{self.opaque}"'


def parse(field: str) -> tuple[EntityTag, ...] | None:
    """Read the value of If-Match or If-None-Match: its entity tags, or None for `*`.

    Raises MalformedEntityTagsError when it is neither, or longer than anyone needs.
    """
    value = field.strip(" \t")
    if value == "*":
        return None
    if len(value) > _MAX_LENGTH:
        raise MalformedEntityTagsError("is too long")
    tags: list[EntityTag] = []
    position = 0
    while position < len(value):
        element = _ELEMENT.match(value, position)
        if element is None:
            raise MalformedEntityTagsError("is not a list of entity tags")
        weak, opaque = element.groups()
        if opaque is not None:
            tags.append(EntityTag(opaque, weak is not None))
        position = element.end()
    if not tags:
        raise MalformedEntityTagsError("names no entity tag")
    return tuple(tags)


def matches(if_match: str, opaque: str) -> bool:
    """Return whether If-Match names the validator. Raises MalformedEntityTagsError.

    Section 13.1.1 demands a strong comparison. Ours also takes the weak form and the suffixes that proxies make of our
    own validator when they compress a response (nginx, Apache): their clients hold no other, and it still says which
    version was read. No validator of ours ends like such a suffix.
    """
    tags = parse(if_match)
    return tags is None or any(_names(tag, opaque) for tag in tags)


def is_known(if_none_match: str | None, etag: str | None) -> bool:
    """Return whether the client holds the representation with this ETag, by weak comparison (section 13.1.2).

    A header that cannot be read is no condition: the client then gets the whole answer, which is never wrong.
    """
    if if_none_match is None or etag is None:
        return False
    if if_none_match == etag:
        return True
    try:
        tags = parse(if_none_match)
    except MalformedEntityTagsError:
        return False
    opaque = etag.removeprefix("W/")[1:-1]
    return tags is None or any(_names(tag, opaque) for tag in tags)


def _names(tag: EntityTag, opaque: str) -> bool:
    return tag.opaque == opaque or _COMPRESSED.sub("", tag.opaque) == opaque
