"""Walk over every schema in the contract, with its place and its use."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from openapi.codegen.document import Document, Node
from openapi.codegen.schemas import (
    FORM,
    MULTIPART,
    event_bodies,
    flatten,
    reachable,
    reply_bodies,
    request_contents,
    request_schemas,
)


@dataclass(frozen=True, slots=True)
class Spot:
    """Schema with its place.

    `name` is that of the component or property; `inline` says that it is neither.
    """

    where: str
    schema: Node
    name: str = ""
    component: bool = False
    inline: bool = False
    request: bool = False
    reply: bool = False
    parameter: bool = False
    header: bool = False
    open_form: bool = False
    multipart: bool = False


def spots(document: Document) -> Iterator[tuple[str, Spot]]:
    """Yield all schemas: those of parameters, and the components with what is inside them."""
    for operation in document.operations():
        for parameter in operation.parameters:
            where = f"{operation.where} {parameter.get('in')} {parameter.get('name')}"
            schema = parameter.get("schema") or {}
            header = parameter.get("in") == "header"
            spot = Spot(where, schema, request=True, parameter=True, header=header)
            yield from _inside(document, spot)
    requests = set(request_schemas(document))
    contents = list(request_contents(document))
    bodies = set(reachable(document, [content.schema for content in contents]))
    # The service sends events as it sends replies.
    replies = set(reachable(document, [*reply_bodies(document), *event_bodies(document).values()]))
    open_forms = set(_open_forms(document))
    multipart = set(reachable(document, [content.schema for content in contents if content.media == MULTIPART]))
    others = set(reachable(document, [content.schema for content in contents if content.media != MULTIPART]))
    for name, schema in document.schemas.items():
        spot = Spot(
            f"#/components/schemas/{name}",
            flatten(document, schema) if name in requests | replies else schema,
            name,
            component=True,
            request=name in requests,
            reply=name in replies,
            parameter=name in requests - bodies,
            open_form=name in open_forms,
            multipart=name in multipart - others,
        )
        yield from _inside(document, spot)


def _open_forms(document: Document) -> Iterator[str]:
    open_operations = {one.id for one in document.operations() if one.node.get("x-open-parameters")}
    for content in request_contents(document):
        if content.operation_id in open_operations and content.media in {FORM, MULTIPART}:
            yield str(content.schema.get("$ref", "")).rsplit("/", 1)[-1]


def _inside(document: Document, spot: Spot) -> Iterator[tuple[str, Spot]]:
    yield spot.where, spot
    schema = spot.schema
    for name, child in (schema.get("properties") or {}).items():
        inner = replace(spot, where=f"{spot.where}/properties/{name}", schema=child, name=name, component=False)
        yield from _inside(document, inner)
    for key in ("items", "additionalProperties"):
        if isinstance(schema.get(key), dict):
            yield from _inside(document, _inline(spot, key, schema[key]))
    for key in ("oneOf", "anyOf", "allOf"):
        for index, child in enumerate(schema.get(key) or []):
            yield from _inside(document, _inline(spot, f"{key}/{index}", child))


def _inline(spot: Spot, step: str, schema: Node) -> Spot:
    return replace(spot, where=f"{spot.where}/{step}", schema=schema, name="", component=False, inline=True)
