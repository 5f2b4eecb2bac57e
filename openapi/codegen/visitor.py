"""The visitor that fastapi-code-generator loads: a shim, for it runs outside sys.modules."""

from pathlib import Path
from typing import Any, Protocol

from openapi.codegen.context import template_context


class Parser(Protocol):
    """What is used of the generator's parser."""

    raw_obj: dict[str, Any]


def visit(parser: Parser, model_path: Path) -> dict[str, object]:
    """Give the templates what they print, computed from the contract as it was parsed."""
    del model_path
    return template_context(parser.raw_obj)
