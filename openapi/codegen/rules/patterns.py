"""Rules about patterns, which the engines of the models, of JavaScript and of Python must read alike."""

import re
from collections.abc import Iterator

from pydantic_core import SchemaError, SchemaValidator, core_schema

_CLASS = re.compile(r"\[(?:\\.|[^\]\\])*\]")
_NUL_IN_CLASS = re.compile(r"^\[\^(?:.*?)(?:\\u0000|\\x00)")
_SHORTHAND = re.compile(r"\\[dDwWsSbBpP]")
_LOOK_AROUND = re.compile(r"\(\?(?:[=!]|<[=!])")
_BACK_REFERENCE = re.compile(r"\\[1-9]")
# Half of a surrogate pair is no character anywhere but in JavaScript.
_CODE = r"\\(?:[tnvfr]|x[0-9A-Fa-f]{2}|u(?![dD][89A-Fa-f])[0-9A-Fa-f]{4})"
# Quotes end the string or the literal that a generator of clients prints a pattern into.
_QUOTES = re.compile("[\"'`]")
_IN_CLASS = rf"(?:{_CODE}|\\[\^$\\.*+?()\[\]{{}}|/\-]|[^\\\[\]\-])"
_TOKEN = re.compile(
    rf"""
    (?P<open> \( (?:\?:)? (?!\?) ) | (?P<or> \| ) | (?P<anchor> [\^$] )
    | (?P<repeat> (?: [*+?] | \{{ [0-9]+ (?:,[0-9]*)? \}} ) \?? )
    | (?P<atom>
        \)
        | \[ (?! \^?\] ) \^?+ -? (?! [\]-] ) (?: (?! && | ~~ | \|\| ) {_IN_CLASS} (?: - {_IN_CLASS} )? )* -? \]
        | {_CODE}
        | \\[\^$\\.*+?()\[\]{{}}|/]
        | [^\\^$.*+?()\[\]{{}}|]
    )
    """,
    re.VERBOSE,
)


def unsound(pattern: str) -> Iterator[str]:
    """Return why a pattern cannot mean the same everywhere, or None."""
    plain = pattern.replace("\\\\", "")
    if _SHORTHAND.search(plain):
        yield r"\d, \w, \s, \b and \p mean other characters elsewhere; write them out"
        return
    if _LOOK_AROUND.search(plain) or _BACK_REFERENCE.search(_CLASS.sub("", plain)):
        yield "no look-around and no back-references"
        return
    if _QUOTES.search(pattern):
        yield r"a quote breaks generators of clients; write \u0022, \u0027 or \u0060"
    odd = _read_differently(pattern)
    if odd:
        yield f"{odd} is read differently elsewhere, or not at all"
        return
    try:
        SchemaValidator(core_schema.str_schema(pattern=pattern))
    except SchemaError:
        yield "it does not compile"


def _read_differently(pattern: str) -> str:
    r"""Return where ECMA-262, Rust and Python disagree: [[, &&, --, ~~ in a class, a dot, \c, a{,2}, a**, (?i)."""
    at, repeatable = 0, False
    while at < len(pattern):
        token = _TOKEN.match(pattern, at)
        if token is None or (token.lastgroup == "repeat" and not repeatable):
            return pattern[at : at + 10]
        repeatable = token.lastgroup == "atom"
        at = token.end()
    return ""


def admits_nul(pattern: str) -> bool:
    """Return whether a NUL could pass: unless all of the text is matched, and no part of the pattern matches NUL."""
    plain = pattern.replace("\\\\", "")
    if not (plain.startswith("^") and plain.endswith("$") and not plain.endswith("\\$")):
        return True
    negated = [one for one in _CLASS.findall(plain) if one.startswith("[^")]
    outside = _CLASS.sub("", plain)
    if re.search(r"(?<!\\)\.", outside) or re.search(r"\\[DWS]", plain) or _splits_anchors(outside):
        return True
    return not all(_NUL_IN_CLASS.match(one) for one in negated)


def _splits_anchors(outside: str) -> bool:
    """Return whether an alternative splits the anchors: `^a|b$` anchors neither side."""
    depth = 0
    for before, character in zip(" " + outside, outside, strict=False):
        if before == "\\":
            continue
        depth += {"(": 1, ")": -1}.get(character, 0)
        if character == "|" and depth == 0:
            return True
    return False
