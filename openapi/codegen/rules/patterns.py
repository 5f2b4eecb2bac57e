"""Patterns: what the models' regular expressions, those of JavaScript and those of Python must read alike."""

import re
from collections.abc import Iterator

from pydantic_core import SchemaError, SchemaValidator, core_schema

_CLASS = re.compile(r"\[(?:\\.|[^\]\\])*\]")
_NUL_IN_CLASS = re.compile(r"^\[\^(?:.*?)(?:\\u0000|\\x00)")
_SHORTHAND = re.compile(r"\\[dDwWsSbBpP]")
_LOOK_AROUND = re.compile(r"\(\?(?:[=!]|<[=!])")
_BACK_REFERENCE = re.compile(r"\\[1-9]")


def unsound(pattern: str) -> Iterator[str]:
    """Why a pattern cannot be kept everywhere."""
    plain = pattern.replace("\\\\", "")
    if _SHORTHAND.search(plain):
        yield r"\d, \w, \s, \b and \p mean other characters elsewhere; write them out"
    if _LOOK_AROUND.search(plain) or _BACK_REFERENCE.search(_CLASS.sub("", plain)):
        yield "no look-around and no back-references"
        return
    try:
        SchemaValidator(core_schema.str_schema(pattern=pattern))
    except SchemaError:
        yield "it does not compile"


def admits_nul(pattern: str) -> bool:
    """Whether a NUL could pass: unless the whole text is matched, and no part of the pattern matches NUL."""
    plain = pattern.replace("\\\\", "")
    if not (plain.startswith("^") and plain.endswith("$") and not plain.endswith("\\$")):
        return True
    negated = [one for one in _CLASS.findall(plain) if one.startswith("[^")]
    outside = _CLASS.sub("", plain)
    if re.search(r"(?<!\\)\.", outside) or re.search(r"\\[DWS]", plain) or _splits_anchors(outside):
        return True
    return not all(_NUL_IN_CLASS.match(one) for one in negated)


def _splits_anchors(outside: str) -> bool:
    """`^a|b$` anchors neither side."""
    depth = 0
    for before, character in zip(" " + outside, outside, strict=False):
        if before == "\\":
            continue
        depth += {"(": 1, ")": -1}.get(character, 0)
        if character == "|" and depth == 0:
            return True
    return False
