"""Texts that schemathesis draws at once, where a pattern and a length together would cost it seconds each."""

from __future__ import annotations

from collections.abc import Iterator
from functools import wraps
from typing import Any, Final, cast

from hypothesis import strategies
from hypothesis.strategies import SearchStrategy
from schemathesis.specs.openapi.coverage import _schema as coverage

from openapi.runtime.formats import is_one_line
from tests.contract.contract_operations import CONTRACT, schemas, section

_ONE_LINE = {"$ref": "#/components/schemas/OneLine"}
_MULTI_LINE = {"$ref": "#/components/schemas/MultiLine"}
_WEB_ADDRESS = section("components", "schemas", "WebAddress")
WEB_ADDRESS = "web-address"
_DRAWN = ("date", "date-time", "uri")  # formats of which schemathesis makes values by itself
_OF_ANY_LETTERS: Final = (None, "one-line")  # formats that a text of letters has
_JUDGE: Final = "_is_strictly_valid"  # the one that tells whether a value fits a schema
_TOO_LONG: Final = "_generate_oversized_string"  # the function of schemathesis that makes what is longer than allowed


def lines() -> SearchStrategy[str]:
    """Draw texts of the format `one-line`, which says more than the pattern beside it.

    Half of them are about as long as a field of the contract may be: a boundary is no length that comes up by chance.
    """
    pattern = str(section("components", "schemas", "OneLine")["pattern"])
    drawn = strategies.from_regex(pattern).filter(lambda text: not text.endswith("\n") and is_one_line(text))
    limits = {limit + more for limit in _limits(CONTRACT.document) for more in (-1, 0, 1)}
    long = strategies.tuples(drawn, strategies.sampled_from(sorted(limits))).map(_lengthened).filter(is_one_line)
    return drawn | long


def web_addresses() -> SearchStrategy[str]:
    """Draw addresses on the web, half of them as long or as short as one may be.

    Schemathesis looked for those for half a minute each, in vain: by itself it makes addresses of hosts alone.
    """
    shortest, longest = cast("int", _WEB_ADDRESS["minLength"]), cast("int", _WEB_ADDRESS["maxLength"])
    drawn = strategies.from_regex(str(_WEB_ADDRESS["pattern"]), fullmatch=True)
    lengths = strategies.sampled_from([shortest, shortest + 1, longest - 1, longest])
    return drawn | lengths.map(_web_address_of)


def spell_what_is_too_long() -> None:
    """Let schemathesis write one letter as often as it takes, where a text that is too long may be of any letters.

    Drawing one from the pattern was a fifth of what it took to make the requests of the coverage phase. Nothing but the
    length of such a text is wrong either way.
    """
    draw, is_valid = getattr(coverage, _TOO_LONG), getattr(coverage, _JUDGE)

    @wraps(draw)
    def spelt(context: Any, schema: dict[str, Any], length: int) -> str | None:  # noqa: ANN401 - schemathesis's own
        named = schema.get("format")
        text = _web_address_of(length) if named == WEB_ADDRESS else "a" * length
        is_fit = named in (*_OF_ANY_LETTERS, WEB_ADDRESS) and is_valid(text, schema, context)
        return text if is_fit else cast("str | None", draw(context, schema, length))

    setattr(coverage, _TOO_LONG, spelt)


def _web_address_of(length: int) -> str:
    return "https://a.bcd/".ljust(length, "d")[:length]


def _lengthened(drawn: tuple[str, int]) -> str:
    text, length = drawn
    return (text[: length - 1] + "a" * length)[:length]


def _limits(node: object) -> Iterator[int]:
    """Walk the lengths up to which fields of one line may go."""
    if isinstance(node, dict):
        if node.get("allOf") == [_ONE_LINE]:
            yield node["maxLength"]
        for inner in node.values():
            yield from _limits(inner)
    elif isinstance(node, list):
        for inner in node:
            yield from _limits(inner)


def prepared(node: Any) -> Any:  # noqa: ANN401 - JSON
    """Copy a part of the contract in words that mean the same, and of which schemathesis makes values at once.

    It does without the pattern of a long text where that stands beside the length, but not where a reference hides it.
    Where a pattern stands beside a format, it draws from the pattern until something of the format comes up, which
    takes seconds each time; where the pattern stands apart, it draws from the format.
    """
    if isinstance(node, list):
        return [prepared(inner) for inner in node]
    if not isinstance(node, dict):
        return node
    copied = {name: prepared(inner) for name, inner in node.items()}
    if copied.get("allOf") == [_MULTI_LINE]:
        del copied["allOf"]
        return {**cast("dict[str, Any]", schemas()["MultiLine"]), **copied}
    if copied.get("pattern") == _WEB_ADDRESS["pattern"]:
        del copied["pattern"]
        copied["format"] = WEB_ADDRESS
    if copied.get("format") in _DRAWN and isinstance(pattern := copied.pop("pattern", None), str):
        copied["allOf"] = [{"pattern": pattern}]
    return copied
