"""Operations of the contract as these tests read them: permissions, inputs and examples."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import cast, override

from tests.harness.closed_schemas import Json
from tests.harness.contract import Operation, load_contract

type Node = Mapping[str, Json]

CONTRACT = load_contract()
OPERATIONS = CONTRACT.operations
# What the service sends; their paths are the names of the events.
EVENTS = CONTRACT.events
PROBLEMS = "https://api.hestami.ai/problems/"
MERGE_PATCH = "application/merge-patch+json"
FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"


@dataclass(frozen=True, slots=True)
class RequestExample:
    """Example of a request, as the file has it."""

    operation: Operation
    media_type: str
    name: str
    value: Json

    @override
    def __str__(self) -> str:
        """Name the example in a list of tests."""
        return f"{self.operation.id}-{self.media_type.rpartition('/')[2]}-{self.name}"


@dataclass(frozen=True, slots=True)
class ResponseExample:
    """Example of a response, as the file has it."""

    operation: Operation
    status: int
    media_type: str
    name: str
    value: Json

    @override
    def __str__(self) -> str:
        """Name the example in a list of tests."""
        return f"{self.operation.id}-{self.status}-{self.name}"


def name_of(operation: Operation) -> str:
    """Name the operation in a list of tests."""
    return operation.id


def resolve(node: Json) -> Node:
    """Follow references inside the file until something stands there."""
    current = cast("Node", node)
    while "$ref" in current:
        target: Json = cast("Json", CONTRACT.document)
        for part in str(current["$ref"]).removeprefix("#/").split("/"):
            target = cast("Node", target)[part.replace("~1", "/").replace("~0", "~")]
        current = cast("Node", target)
    return current


def section(*names: str) -> Node:
    """Return a part of the file by the names that lead to it."""
    node: Json = cast("Json", CONTRACT.document)
    for name in names:
        node = cast("Node", node)[name]
    return cast("Node", node)


def schemas() -> Node:
    """Return the component schemas."""
    return section("components", "schemas")


def is_public(operation: Operation) -> bool:
    """Return whether the operation asks nobody who they are."""
    return operation.raw["security"] == []


def needs(operation: Operation) -> frozenset[str]:
    """Return the permissions that a caller needs, all of them."""
    return frozenset(cast("list[str]", operation.raw.get("x-permissions", [])))


def is_open(operation: Operation) -> bool:
    """Return whether unknown parameters are let through, as RFC 6749 wants."""
    return operation.raw.get("x-open-parameters") is True


def audit_event(operation: Operation) -> str | None:
    """Return the event that must be there after success."""
    event = operation.raw.get("x-audit")
    return None if event is None else str(event)


def permissions_of(role: str) -> frozenset[str]:
    """Return what a role may, with what it inherits."""
    described = cast("Node", section("x-roles")[role])
    inherited = [permissions_of(parent) for parent in cast("list[str]", described["inherits"])]
    return frozenset(cast("list[str]", described["permissions"])).union(*inherited)


def parameters(operation: Operation, place: str) -> dict[str, Node]:
    """Return the operation's parameters of one place (path, query, header), those of its path item included."""
    item = cast("Node", section("paths")[operation.path])
    listed = [*cast("list[Json]", item.get("parameters", [])), *cast("list[Json]", operation.raw.get("parameters", []))]
    resolved = [resolve(parameter) for parameter in listed]
    return {str(found["name"]): found for found in resolved if found["in"] == place}


def bodies(operation: Operation) -> dict[str, Node]:
    """Return the media types that the operation reads."""
    if "requestBody" not in operation.raw:
        return {}
    content = cast("Node", resolve(operation.raw["requestBody"])["content"])
    return {media_type: cast("Node", described) for media_type, described in content.items()}


def reads_json(operation: Operation) -> bool:
    """Return whether the operation reads a JSON body."""
    return any(media_type.endswith("json") for media_type in bodies(operation))


def responses(operation: Operation) -> dict[int, Node]:
    """Return the operation's responses by status."""
    listed = cast("Node", operation.raw["responses"])
    return {int(status): resolve(described) for status, described in listed.items()}


def success_of(operation: Operation) -> set[int]:
    """Return the statuses that mean that it was done; a browser is sent on with 303."""
    return {status for status in responses(operation) if 200 <= status < 300 or status == 303}


def errors_of(operation: Operation) -> str:
    """Return the form of its refusals: problem, or oauth for RFC 6749."""
    return str(operation.raw.get("x-errors", "problem"))


def request_examples(operations: Sequence[Operation] = OPERATIONS) -> Iterator[RequestExample]:
    """Walk every example of every request, of all operations if none are given."""
    for operation in operations:
        for media_type, described in bodies(operation).items():
            for name, value in _examples(described):
                yield RequestExample(operation, media_type, name, value)


def response_examples(operations: Sequence[Operation] = OPERATIONS) -> Iterator[ResponseExample]:
    """Walk every example of every response, of all operations if none are given."""
    for operation in operations:
        for status, response in responses(operation).items():
            for media_type, described in cast("Node", response.get("content", {})).items():
                for name, value in _examples(cast("Node", described)):
                    yield ResponseExample(operation, status, media_type, name, value)


def example_body(operation: Operation, media_type: str | None = None) -> tuple[str | None, Json]:
    """Return the first example of a request and its media type, or nothing for an operation without a body."""
    described = bodies(operation)
    if not described:
        return None, None
    chosen = media_type or next(iter(described))
    return chosen, next(value for _, value in _examples(described[chosen]))


def _examples(described: Node) -> Iterator[tuple[str, Json]]:
    """Walk the examples of one media type; copies, since tests fill in what an example refers to."""
    if "example" in described:
        yield "example", copy.deepcopy(described["example"])
    for name, example in cast("Node", described.get("examples", {})).items():
        yield name, copy.deepcopy(resolve(example)["value"])
