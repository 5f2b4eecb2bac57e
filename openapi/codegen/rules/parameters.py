"""Rules about parameters."""

import re
from collections import Counter
from collections.abc import Iterator

import jsonschema_rs

from openapi.codegen.document import Document, Node, RawOperation
from openapi.codegen.rules.rule import Rule, Table, unless
from openapi.codegen.schemas import flatten, parameter_name

type Subject = tuple[RawOperation, Node]

_SCALARS = frozenset({"string", "integer", "number", "boolean"})
# RFC 6265bis, section 4.1.3.2: the prefix makes the browser insist on Secure, the whole host, and Path=/.
_COOKIE = re.compile(r"(?:__Host-)?[a-z][a-z0-9_]*")
_TAKEN = frozenset({"self", "caller", "client", "body"})


def _parameters(document: Document) -> Iterator[tuple[str, Subject]]:
    for operation in document.operations():
        for parameter in operation.parameters:
            yield f"{operation.where} {parameter.get('in')} {parameter.get('name')}", (operation, parameter)


def _location(document: Document, subject: Subject) -> Iterator[str]:
    yield from unless(subject[1].get("in") in {"path", "query", "header", "cookie"})


def _name(document: Document, subject: Subject) -> Iterator[str]:
    operation, parameter = subject
    if parameter.get("in") == "cookie":
        yield from unless(_COOKIE.fullmatch(parameter["name"]))
        yield from unless(not parameter.get("required"), "a browser may have lost any cookie")
    elif parameter.get("in") != "header":
        yield from unless(re.fullmatch(r"[a-z][a-z0-9_]*", parameter["name"]))
    names = Counter(parameter_name(one) for one in operation.parameters)
    yield from unless(names[parameter_name(parameter)] == 1, "two parameters have this name in Python")
    yield from unless(parameter_name(parameter) not in _TAKEN, "the name is taken")


def _path(document: Document, subject: Subject) -> Iterator[str]:
    operation, parameter = subject
    if parameter.get("in") == "path":
        yield from unless(parameter.get("required") is True, "it is not required")
        yield from unless(f"{{{parameter['name']}}}" in operation.path, "the path has no such id")


def _schema(document: Document, subject: Subject) -> Iterator[str]:
    parameter = subject[1]
    if not isinstance(parameter.get("schema"), dict):
        yield "it has no schema"
        return
    schema = flatten(document, document.resolve(parameter["schema"]))
    item = document.resolve(schema.get("items") or {}) if schema.get("type") == "array" else schema
    yield from unless(str(item.get("type")) in _SCALARS, f"type {item.get('type')}")
    yield from unless(parameter.get("style") in {None, "form", "simple"}, f"style {parameter.get('style')}")
    yield from unless(schema.get("type") != "array" or parameter["in"] == "query", "arrays stand in queries only")


def _example(document: Document, subject: Subject) -> Iterator[str]:
    """Require an example: tests send it, and readers of the documentation try it."""
    yield from unless("example" in subject[1] or not subject[1].get("required"))


def _default(document: Document, subject: Subject) -> Iterator[str]:
    parameter = subject[1]
    schema = flatten(document, document.resolve(parameter.get("schema") or {}))
    yield from unless("default" not in schema or not parameter.get("required"), "a required parameter has no default")
    yield from unless("default" not in schema or schema.get("type") != "array", "an array has no default")
    if "default" in schema and str(schema.get("type")) in _SCALARS:
        # It is read as if it had been sent: an invalid one would refuse every request that leaves it out.
        yield from unless(jsonschema_rs.is_valid(schema, schema["default"]), "it does not fit its own schema")


SECTION = Table(
    _parameters,
    (
        Rule("parameter-location", "A parameter stands in the path, the query, a header or a cookie.", _location),
        Rule(
            "parameter-name", "Path, query and cookie parameters are snake_case, and all names differ in Python.", _name
        ),
        Rule("path-parameter", "A path parameter is required and stands in its path.", _path),
        Rule(
            "parameter-schema", "A parameter is a scalar, or in the query an array of scalars, in form style.", _schema
        ),
        Rule("parameter-example", "A required parameter, such as one in the path, has an example.", _example),
        Rule("parameter-default", "Only an optional scalar has a default.", _default),
    ),
)
