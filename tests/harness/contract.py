"""Validation of every response against the contract: what the contract does not list fails the test."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache, cached_property
from pathlib import Path
from typing import NamedTuple, cast

import jsonschema_rs
import yaml

from tests.harness.closed_schemas import Json, seal_components
from tests.harness.databases import ROOT
from tests.harness.events import events_of

_METHODS = ("get", "put", "post", "patch", "delete", "head", "options", "trace")
_BODILESS = frozenset({204, 205, 304})
_EVERYWHERE = ("Request-Id", "Cache-Control")
_SEALED = "urn:hestami:sealed"
_STREAM = "text/event-stream"
_TEXTS = frozenset({"text/csv"})

# Served beside the contract: addresses for machines and the pages for people.
UNLISTED = frozenset({"/health", "/metrics", "/docs", "/"})
_UNLISTED_BELOW = ("/docs/", "/media/", "/.well-known/")
_UNLISTED_IN_API = frozenset({"/openapi.json", "/openapi.yaml"})


class ContractBreach(AssertionError):
    """Raised when a response is not as the contract allows."""


@dataclass(frozen=True, slots=True)
class Response:
    """Response to validate, from whatever client received it."""

    method: str
    path: str
    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Operation:
    """Operation as the contract has it."""

    id: str
    method: str
    path: str
    raw: Mapping[str, Json]

    @property
    def segments(self) -> list[str]:
        """Return the parts of the path."""
        return self.path.strip("/").split("/")

    @property
    def tag(self) -> str:
        """Return the operation's one tag."""
        return cast("list[str]", self.raw["tags"])[0]


class _Header(NamedTuple):
    """Header of a response; the key is its schema as a text, which headers of many responses share."""

    name: str
    required: bool
    key: str
    schema: dict[str, Json]


class _Answer(NamedTuple):
    """Headers and media types that an operation may answer with for a status."""

    headers: list[_Header]
    media_types: list[str]


class Contract:
    """Contract, prepared to validate responses."""

    def __init__(self, document: Mapping[str, Json]) -> None:
        self.document = document
        server = cast("list[Mapping[str, str]]", document["servers"])[0]["url"]
        self.prefix = server.rstrip("/")
        self.operations = tuple(self._read_operations("paths"))
        self.events = tuple(self._read_operations("webhooks"))
        self._by_shape: defaultdict[tuple[int, str], list[tuple[list[str], Operation]]] = defaultdict(list)
        for operation in self.operations:
            segments = operation.segments
            self._by_shape[len(segments), segments[0]].append((segments, operation))
        self._validators: dict[str, jsonschema_rs.Draft202012Validator] = {}
        self._answers: dict[tuple[str, int], _Answer] = {}

    def check(self, response: Response) -> None:
        """Raise ContractBreach unless the contract lists such a response."""
        path = response.path
        if path in UNLISTED or path.startswith(_UNLISTED_BELOW):
            return
        below = path.removeprefix(self.prefix)
        if path.startswith(f"{self.prefix}/") and below in _UNLISTED_IN_API:
            return
        for name in _EVERYWHERE:
            if name.lower() not in response.headers:
                raise self._breach(response, f"the header {name} is missing")
        operation = self.find(response.method, below) if path.startswith(f"{self.prefix}/") else None
        if operation is None:
            self._check_refusal(response)
        else:
            self._check_operation(response, operation)

    def check_event(self, given: Mapping[str, str], body: bytes) -> None:
        """Raise ContractBreach unless the contract's section `webhooks` has such a request."""
        event = cast("Mapping[str, Json]", json.loads(body))
        webhooks = cast("Mapping[str, Mapping[str, Mapping[str, Json]]]", self.document["webhooks"])
        sent = webhooks[str(event["type"])]["post"]
        told = Response("POST", f"webhooks/{event['type']}", 0, given, body)
        parameters = [self._resolve(one) for one in cast("list[Json]", sent["parameters"])]
        headers: list[_Header] = []
        for one in parameters:
            schema = dict(cast("Mapping[str, Json]", one["schema"]))
            headers.append(_Header(str(one["name"]), required=True, key=json.dumps(schema), schema=schema))
        self._check_headers(told, headers)
        content = cast("Mapping[str, Mapping[str, Json]]", self._resolve(sent["requestBody"])["content"])
        self._check_media_type(told, list(content))
        name = str(cast("Mapping[str, Json]", content["application/json"]["schema"])["$ref"]).rsplit("/", 1)[-1]
        self._check_json(told, f"#/sealed/{name}")

    def find(self, method: str, path: str) -> Operation | None:
        """Resolve a path below the server's prefix; literal segments win over parameters, whatever the method."""
        wanted = "GET" if method == "HEAD" else method
        segments = path.removeprefix("/").split("/")
        candidates = self._by_shape.get((len(segments), segments[0]), [])
        fitting = [operation for template, operation in candidates if _fits(template, segments)]
        fewest = min((operation.path.count("{") for operation in fitting), default=0)
        found = (one for one in fitting if one.method == wanted and one.path.count("{") == fewest)
        return next(found, None)

    def operation(self, identifier: str) -> Operation:
        """Return the operation of that operationId."""
        return next(operation for operation in self.operations if operation.id == identifier)

    def _read_operations(self, section: str) -> Iterable[Operation]:
        paths = cast("Mapping[str, Mapping[str, Mapping[str, Json]]]", self.document.get(section, {}))
        for path, item in paths.items():
            for method in _METHODS:
                if method in item:
                    raw = item[method]
                    yield Operation(str(raw["operationId"]), method.upper(), path, raw)

    def _check_refusal(self, response: Response) -> None:
        """Judge the framework's own answers: no such path, no such method, a preflight."""
        if response.method == "OPTIONS" and response.status in {200, 204}:
            return
        if response.status not in {400, 404, 405, 413, 431, 500, 503}:
            raise self._breach(response, "the contract has no such operation, and this is no refusal of one")
        if response.method != "HEAD":
            self._check_media_type(response, ["application/problem+json"])
            self._check_json(response, "#/sealed/Problem")

    def _check_operation(self, response: Response, operation: Operation) -> None:
        listed = cast("Mapping[str, Json]", operation.raw["responses"])
        if str(response.status) not in listed:
            raise self._breach(response, f"{operation.id} does not list {response.status}, only {', '.join(listed)}")
        answer = self._answers.get((operation.id, response.status))
        if answer is None:
            answer = self._answers[operation.id, response.status] = self._read_answer(listed[str(response.status)])
        self._check_headers(response, answer.headers)
        if response.method == "HEAD" or response.status in _BODILESS or not answer.media_types:
            if response.body:
                raise self._breach(response, "a body where there may be none")
            return
        media_type = self._check_media_type(response, answer.media_types)
        pointer = f"#/sealed_responses/{operation.id}/{response.status}/{_escape(media_type)}"
        if media_type.endswith("json"):
            self._check_json(response, pointer)
        elif media_type in _TEXTS:
            self._validate(response, pointer, {"$ref": f"{_SEALED}{pointer}"}, response.body.decode("utf-8"))
        elif media_type == _STREAM:
            for event in events_of(response.body):
                self._check_json(replace(response, body=event.data), pointer)

    def _read_answer(self, reference: Json) -> _Answer:
        """Read once what every response of an operation and status is held against."""
        described = self._resolve(reference)
        headers: list[_Header] = []
        for name, one in cast("Mapping[str, Json]", described.get("headers", {})).items():
            header = self._resolve(one)
            schema = dict(self._resolve(cast("Mapping[str, Json]", header.get("schema", {}))))
            headers.append(_Header(name, bool(header.get("required")), json.dumps(schema), schema))
        return _Answer(headers, list(cast("Mapping[str, Json]", described.get("content", {}))))

    def _check_headers(self, response: Response, described: list[_Header]) -> None:
        for header in described:
            value = response.headers.get(header.name.lower())
            if value is None:
                if header.required:
                    raise self._breach(response, f"the header {header.name} is missing")
                continue
            typed: Json = int(value) if header.schema.get("type") == "integer" and value.isdigit() else value
            self._validate(response, header.key, header.schema, typed)

    def _check_media_type(self, response: Response, listed: list[str]) -> str:
        given = response.headers.get("content-type", "")
        media_type = given.partition(";")[0].strip().lower()
        if media_type not in listed:
            raise self._breach(response, f"the media type {given!r} is not listed, only {', '.join(listed)}")
        return media_type

    def _check_json(self, response: Response, pointer: str) -> None:
        try:
            instance = cast("Json", json.loads(response.body))
        except ValueError as error:
            raise self._breach(response, f"the body is not JSON: {error}") from error
        self._validate(response, pointer, {"$ref": f"{_SEALED}{pointer}"}, instance)

    def _validate(self, response: Response, key: str, schema: dict[str, Json], instance: Json) -> None:
        validator = self._validators.get(key)
        if validator is None:
            validator = jsonschema_rs.Draft202012Validator(schema, registry=self._registry, validate_formats=True)
            self._validators[key] = validator
        faults = [f"{_pointer(error.instance_path)}: {error.message}" for error in validator.iter_errors(instance)]
        if faults:
            raise self._breach(response, "; ".join(faults))

    @cached_property
    def _registry(self) -> jsonschema_rs.Registry:
        """Hold the sealed contract once for all validators: each would copy it, and there is one for every response."""
        return jsonschema_rs.Registry([(_SEALED, self._sealed())])

    def _sealed(self) -> dict[str, Json]:
        components = cast("Mapping[str, Mapping[str, Json]]", self.document["components"])
        responses: dict[str, Json] = {}
        for operation in self.operations:
            by_status: dict[str, Json] = {}
            for status, reference in cast("Mapping[str, Json]", operation.raw["responses"]).items():
                content = cast("Mapping[str, Mapping[str, Json]]", self._resolve(reference).get("content", {}))
                by_status[status] = {media: described.get("schema", {}) for media, described in content.items()}
            responses[operation.id] = by_status
        return seal_components(components["schemas"], responses)

    def _resolve(self, node: Json) -> Mapping[str, Json]:
        current = cast("Mapping[str, Json]", node)
        while "$ref" in current:
            target: Json = cast("Json", self.document)
            for part in str(current["$ref"]).removeprefix("#/").split("/"):
                target = cast("Mapping[str, Json]", target)[part.replace("~1", "/").replace("~0", "~")]
            current = cast("Mapping[str, Json]", target)
        return current

    @staticmethod
    def _breach(response: Response, why: str) -> ContractBreach:
        shown = response.body[:2000].decode("utf-8", "replace")
        return ContractBreach(f"{response.method} {response.path} answered {response.status}: {why}\n{shown}")


def _fits(template: list[str], segments: list[str]) -> bool:
    return all(
        wanted == given or (wanted.startswith("{") and given != "")
        for wanted, given in zip(template, segments, strict=True)
    )


def _escape(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")


def _pointer(path: Iterable[str | int]) -> str:
    return "".join(f"/{part}" for part in path) or "the body"


@cache
def load_contract(path: Path = ROOT / "openapi" / "hestami.yaml") -> Contract:
    """Read the contract once for a process."""
    with path.open(encoding="utf-8") as file:
        return Contract(yaml.load(file, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)))  # noqa: S506 - both are safe
