"""The visitor that fastapi-code-generator loads: a shim, for it runs outside sys.modules."""

from pathlib import Path
from typing import Any

from fastapi_code_generator.parser import OpenAPIParser  # type: ignore[import-untyped]  # has no marker

from openapi.codegen.context import template_context


def visit(parser: OpenAPIParser, model_path: Path) -> dict[str, object]:
    """Give the templates what they print, computed from the contract as it was parsed."""
    del model_path
    root: dict[str, Any] = dict(parser.raw_obj)
    return template_context(root)
