"""Visitor that fastapi-code-generator loads: a shim, because it runs outside sys.modules."""

from pathlib import Path

from fastapi_code_generator.parser import OpenAPIParser  # type: ignore[import-untyped]  # has no marker

from openapi.codegen.context import template_context


def visit(parser: OpenAPIParser, model_path: Path) -> dict[str, object]:
    """Return the variables of the templates, computed from the contract as it was parsed."""
    del model_path
    operations = [
        (str(one.method), str(one.path), str((one.tags or [""])[0]), str(one.operationId))
        for one in parser.operations.values()
    ]
    return template_context(parser.raw_obj, operations)
