"""Content negotiation by the Accept header (RFC 9110, section 12.5.1)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Final

_JSON: Final = (b"application/json", b"application/problem+json")
_PAGE: Final = b"text/html"
_ANYTHING: Final = b"*/*"
# An unclosed quote matches to the end; otherwise a hostile header would take quadratic time.
_QUOTED: Final = re.compile(rb'"(?:[^"\\]|\\.?)*(?:"|\Z)')
_RANGE: Final = re.compile(rb"[!#$%&'*+.^_`|~0-9a-z-]+/[!#$%&'*+.^_`|~0-9a-z-]+")
_WEIGHT: Final = re.compile(rb"q=(0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)")
# Only short headers are cached: programs send the same few, and long ones would fill the memory.
_KEPT_LENGTH: Final = 200
# Longer headers are ignored, which is as good as absent (RFC 9110, section 12.5.1).
_READ_LENGTH: Final = 2048


def takes_json(accept: bytes | None) -> bool:
    """Return whether the client accepts JSON, which successes and problems are."""
    if accept is None or len(accept) > _READ_LENGTH or accept in {_ANYTHING, b"application/json"}:
        return True
    ranges = _ranges(accept)
    return any(_weight(ranges, media) for media in _JSON)


def takes_any(accept: bytes | None, texts: Sequence[str]) -> bool:
    """Return whether the client accepts JSON, or one of the texts that an operation answers as well."""
    return takes_json(accept) or (
        accept is not None and any(_weight(_ranges(accept), text.encode("ascii")) for text in texts)
    )


def preferred[MediaT: str](accept: bytes | None, offered: tuple[MediaT, ...]) -> MediaT:
    """Return the media type that the client likes best, the first of those that it likes alike."""
    if accept is None or len(accept) > _READ_LENGTH:
        return offered[0]
    ranges = _ranges(accept)
    return max(offered, key=lambda media: _weight(ranges, media.encode("ascii")))


def prefers_page(accept: bytes | None) -> bool:
    """Return whether the client prefers a page to JSON, as browsers do; programs that accept anything do not."""
    if accept is None or len(accept) > _READ_LENGTH:
        return False
    ranges = _ranges(accept)
    return _weight(ranges, _PAGE) > max(_weight(ranges, media) for media in _JSON)


def _ranges(accept: bytes) -> Mapping[bytes, float]:
    return _kept(accept) if len(accept) <= _KEPT_LENGTH else _read(accept)


def _read(accept: bytes) -> Mapping[bytes, float]:
    """Parse the weight of each media range; of one that is named twice, the greater.

    What is no media range counts for nothing, and parameters but for the weight make no difference: whoever asks for
    JSON of some charset or version is better served with JSON than with a refusal. A header that names none is as good
    as absent.
    """
    found: dict[bytes, float] = {}
    for member in _QUOTED.sub(b"", accept).lower().split(b","):
        media, *parameters = (part.strip() for part in member.split(b";"))
        named = _ANYTHING if media == b"*" else media  # as old Java clients send it
        if _RANGE.fullmatch(named):
            weights = (float(match[1]) for one in parameters if (match := _WEIGHT.fullmatch(one)))
            weight = next(weights, 1.0)
            found[named] = max(weight, found.get(named, weight))
    return found or _read(_ANYTHING)


_kept = lru_cache(maxsize=256)(_read)


def _weight(ranges: Mapping[bytes, float], media: bytes) -> float:
    """Return the weight of the most specific range."""
    kind = media.partition(b"/")[0] + b"/*"
    return next((ranges[one] for one in (media, kind, _ANYTHING) if one in ranges), 0.0)
