"""Python types of parameters, and the readers of their text."""

from openapi.codegen.document import Document, Node, ref_name
from openapi.codegen.schemas import flatten, is_enum, is_machine

_TYPES = {"integer": "int", "number": "float", "boolean": "bool", "string": "str"}
_FORMATS = {"uuid": "UUID", "date": "date", "date-time": "datetime"}
_READERS = {"integer": "texts.integer", "number": "texts.number", "boolean": "texts.boolean"}


def hint(document: Document, schema: Node) -> str:
    """Return the type that a handler sees for a parameter of this schema."""
    resolved = flatten(document, document.resolve(schema))
    if "$ref" in schema and is_enum(resolved):
        return f"{'states' if is_machine(resolved) else 'models'}.{ref_name(schema['$ref'])}"
    if resolved.get("type") == "array":
        return f"list[{hint(document, resolved['items'])}]"
    if resolved.get("type") == "string" and resolved.get("format") in _FORMATS:
        return _FORMATS[resolved["format"]]
    return _TYPES.get(str(resolved.get("type")), "str")


def field(document: Document, schema: Node, *, comma: bool = False) -> str:
    """Return the code of the `Field` that reads text of this schema."""
    resolved = flatten(document, document.resolve(schema))
    many = resolved.get("type") == "array"
    item = document.resolve(resolved["items"]) if many else resolved
    arguments = [_READERS[kind]] if (kind := str(item.get("type"))) in _READERS else []
    if many:
        arguments.append("many=True")
    if many and comma:
        arguments.append("comma=True")
    return f"Field({', '.join(arguments)})"
