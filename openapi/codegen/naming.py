"""Conversion of the contract's names to Python's."""

import keyword
import re
from http import HTTPStatus

_BORDER = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|[^A-Za-z0-9]+")


def snake(name: str) -> str:
    """Convert a name to snake_case: listServices -> list_services, If-Match -> if_match."""
    joined = "_".join(_words(name))
    return f"{joined}_" if keyword.iskeyword(joined) else joined


def constant(name: str) -> str:
    """Convert a name to a constant's: listServices -> LIST_SERVICES."""
    return "_".join(_words(name)).upper()


def pascal(name: str) -> str:
    """Convert a name to PascalCase: provider-services -> ProviderServices."""
    return "".join(word[:1].upper() + word[1:] for word in _BORDER.split(name) if word)


def status_name(status: int) -> str:
    """Name a status: 200 -> Ok, 201 -> Created, 304 -> NotModified."""
    return pascal(HTTPStatus(status).phrase.lower().title()) if status != 200 else "Ok"


def enum_member(value: str) -> str:
    """Name the member of an enum's value: -created_at -> CREATED_AT_DESC."""
    if value.startswith("-"):
        return f"{constant(value[1:])}_DESC"
    return constant(value) if value else "EMPTY"


def _words(name: str) -> list[str]:
    return [word.lower() for word in _BORDER.split(name) if word]


def docstring(text: str, *, indent: int) -> str:
    """Return a docstring's source, its lines at this indentation."""
    safe = text.strip().replace("\\", "\\\\").replace('"""', '\\"\\"\\"')
    if safe.endswith('"'):
        safe += " "
    margin = " " * indent
    lines = [line.rstrip() for line in safe.splitlines()] or [""]
    if len(lines) == 1:
        return f'"""{lines[0]}"""'
    body = "\n".join(f"{margin}{line}" if line else "" for line in lines[1:])
    return f'"""{lines[0]}\n{body}\n{margin}"""'
