"""Reader of text in queries, paths, headers and forms as the JSON value that it stands for."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

type ReadText = Callable[[str], object]

_WHOLE = re.compile(r"-?(?:0|[1-9][0-9]{0,39})")
_DECIMAL = re.compile(r"-?(?:0|[1-9][0-9]{0,39})(?:\.[0-9]{1,40})?(?:[eE][+-]?[0-9]{1,2})?")


def text(value: str) -> object:
    """Return the text as it came."""
    return value


def integer(value: str) -> object:
    """Return 5 for "5"; "+5", " 5", "1_0" and "5.0" stay text, which the model then refuses as no integer."""
    return int(value) if _WHOLE.fullmatch(value) else value


def number(value: str) -> object:
    """Return 2.5 for "2.5"; "inf" and ".5" stay text."""
    return float(value) if _DECIMAL.fullmatch(value) else value


def boolean(value: str) -> object:
    """Return True and False for exactly "true" and "false"."""
    return {"true": True, "false": False}.get(value, value)


@dataclass(frozen=True, slots=True)
class Field:
    """Encoding of a named field: once, or many times (`name=a&name=b`, or `name=a,b` with `comma`)."""

    read: ReadText = text
    many: bool = False
    comma: bool = False

    def value(self, given: Sequence[str]) -> object:
        """Return the value of the texts given under the field's name; one text is given unless `many`."""
        if not self.many:
            return self.read(given[0])
        texts = given[0].split(",") if self.comma else given
        return [self.read(item) for item in texts]

    def repeated(self, given: Sequence[str]) -> bool:
        """Return whether the name was given more often than it may be."""
        return len(given) > 1 and (not self.many or self.comma)
