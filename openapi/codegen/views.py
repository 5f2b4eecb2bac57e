"""Views that the routers template prints: plain data computed from the contract."""

from dataclasses import dataclass, field, replace

from openapi.codegen.document import Document, Node, RawOperation, ref_name
from openapi.codegen.hints import field as field_code
from openapi.codegen.hints import hint
from openapi.codegen.naming import constant, docstring, pascal, snake, status_name
from openapi.codegen.policies import operation_policy
from openapi.codegen.schemas import (
    FORM,
    JSON,
    MULTIPART,
    PROBLEM,
    flatten,
    is_error,
    is_file,
    is_stream,
    parameter_name,
    text_types,
)

# Headers that the guard, the runtime or the edge write; handlers give all others.
_WRITTEN_ELSEWHERE = frozenset(
    "cache-control content-type content-length date deprecation idempotent-replayed pragma ratelimit "
    "ratelimit-policy request-id retry-after sunset vary www-authenticate x-accel-buffering".split()
)
# Headers that the guard or the runtime read; they are validated, but no argument of a handler.
_READ_ELSEWHERE = frozenset(
    {"authorization", "idempotency-key", "if-modified-since", "if-none-match", "request-id", "traceparent"}
)
_ALWAYS_GIVEN = frozenset({"location", "etag"})


@dataclass(frozen=True)
class SchemaView:
    """Schema of a reply: its TypedDict and the module's adapter for it."""

    name: str
    constant: str


@dataclass(frozen=True)
class HeaderView:
    """Response header that a handler sets."""

    name: str
    wire: str
    required: bool


@dataclass(frozen=True)
class ReplyView:
    """Reply class of one operation and status."""

    class_name: str
    doc: str
    status: int
    schema: SchemaView | None
    media: str
    files: tuple[str, ...]
    """Media types of a file; empty where the reply is none."""
    is_text: bool
    """Mark of a text, which stands beside a reply in JSON."""
    is_stream: bool
    """Mark of a stream, whose schema is of the data of each event."""
    headers: tuple[HeaderView, ...]


@dataclass(frozen=True)
class ParameterView:
    """Parameter and the code that reads it."""

    name: str
    wire: str
    read: str


@dataclass(frozen=True)
class ArgumentView:
    """Argument of a handler, and the expression of its value."""

    name: str
    hint: str
    source: str


@dataclass(frozen=True)
class MediaView:
    """Media type of a request body and the code of its reader."""

    type: str
    reader: str


@dataclass(frozen=True)
class BodyView:
    """Request body and its media types."""

    required: bool
    hint: str
    media: tuple[MediaView, ...]


@dataclass(frozen=True)
class OperationView:
    """Operation of a router."""

    function: str
    constant: str
    doc: str
    public: bool
    idempotent: bool
    cached: bool
    open_parameters: bool
    parameters_class: str
    fields: dict[str, tuple[ParameterView, ...]]
    defaults: dict[str, object]
    body: BodyView | None
    arguments: tuple[ArgumentView, ...]
    replies: tuple[ReplyView, ...]
    max_body: int

    @property
    def returns(self) -> str:
        """Return the union of the reply classes."""
        return " | ".join(reply.class_name for reply in self.replies)

    @property
    def uses_input(self) -> bool:
        """Return whether the function uses what was read, which it validates in any case."""
        return bool(self.arguments) or self.idempotent


@dataclass
class RouterView:
    """Router module of one tag."""

    class_name: str
    operations: list[OperationView] = field(default_factory=list)

    @property
    def replies(self) -> list[ReplyView]:
        """Return all reply classes of the tag."""
        return [reply for operation in self.operations for reply in operation.replies]

    @property
    def reply_schemas(self) -> list[SchemaView]:
        """Return the schemas that these replies share, each once."""
        return list(dict.fromkeys(reply.schema for reply in self.replies if reply.schema is not None))


def router_views(document: Document) -> dict[str, RouterView]:
    """Build a view for each tag that has operations."""
    views: dict[str, RouterView] = {}
    for operation in document.operations():
        view = views.setdefault(operation.tag, RouterView(f"Abstract{pascal(operation.tag)}Handlers"))
        view.operations.append(_operation(document, operation))
    return views


def _operation(document: Document, operation: RawOperation) -> OperationView:
    policy = operation_policy(document, operation)
    body = _body(document, operation)
    shared = policy.cache is not None and policy.cache.scope == "public"
    located = {
        location: tuple(_parameter(document, one) for one in operation.parameters if one["in"] == location)
        for location in ("path", "query", "header", "cookie")
    }
    return OperationView(
        function=snake(operation.id),
        constant=constant(operation.id),
        doc=docstring(_text(operation.node), indent=8),
        public=policy.public,
        idempotent=policy.idempotent,
        cached=policy.public and shared,
        open_parameters=policy.open_parameters,
        parameters_class=f"parameters.{pascal(operation.id)}Parameters" if operation.parameters else "NoParameters",
        fields=located,
        defaults={
            parameter_name(one): document.resolve(one["schema"])["default"]
            for one in operation.parameters
            if "default" in document.resolve(one["schema"])
        },
        body=body,
        arguments=_arguments(document, operation, body),
        replies=_replies(document, operation, hashed=shared),
        max_body=policy.max_body,
    )


def _text(node: Node) -> str:
    summary = str(node.get("summary", node.get("operationId", ""))).strip()
    description = str(node.get("description", "")).strip()
    summary = summary if summary.endswith((".", "?", "!")) else f"{summary}."
    return f"{summary}\n\n{description}" if description else summary


def _parameter(document: Document, parameter: Node) -> ParameterView:
    comma = parameter.get("explode") is False or parameter["in"] == "header"
    return ParameterView(
        parameter_name(parameter), parameter["name"], field_code(document, parameter["schema"], comma=comma)
    )


def _arguments(document: Document, operation: RawOperation, body: BodyView | None) -> tuple[ArgumentView, ...]:
    arguments = []
    texts = operation_policy(document, operation).texts
    for parameter in operation.parameters:
        if parameter["in"] == "header" and parameter["name"].lower() in _READ_ELSEWHERE:
            continue
        name = parameter_name(parameter)
        kind = hint(document, parameter["schema"])
        is_always_there = parameter.get("required") or "default" in document.resolve(parameter["schema"])
        arguments.append(ArgumentView(name, kind if is_always_there else f"{kind} | None", f"given.parameters.{name}"))
    if texts:
        offered = ", ".join(f'"{media}"' for media in (JSON, *texts))
        arguments.append(ArgumentView("media_type", f"Literal[{offered}]", f"guard.preferred(request, ({offered}))"))
    if body is not None:
        arguments.append(ArgumentView("body", body.hint if body.required else f"{body.hint} | None", "given.body"))
    return tuple(arguments)


def _body(document: Document, operation: RawOperation) -> BodyView | None:
    if "requestBody" not in operation.node:
        return None
    body = document.resolve(operation.node["requestBody"])
    hints: list[str] = []
    media: list[MediaView] = []
    for kind, content in body["content"].items():
        model = f"models.{ref_name(content['schema']['$ref'])}"
        hints.append(model)
        media.append(MediaView(kind, _reader(document, operation, kind, content["schema"], model)))
    return BodyView(bool(body.get("required")), " | ".join(dict.fromkeys(hints)), tuple(media))


def _reader(document: Document, operation: RawOperation, media: str, schema: Node, model: str) -> str:
    adapter = f"TypeAdapter({model})"
    if media not in {FORM, MULTIPART}:
        return f"JsonMedia({adapter})"
    properties = flatten(document, document.resolve(schema)).get("properties", {})
    fields = ", ".join(f"{name!r}: {field_code(document, one)}" for name, one in properties.items())
    rest = ", open_fields=True" if operation.node.get("x-open-parameters") else ""
    if media == FORM:
        return f"FormMedia({adapter}, UrlencodedForm({{{fields}}}{rest}))"
    files = sorted(name for name, one in properties.items() if _is_file(document, one))
    return f"FormMedia({adapter}, MultipartForm({{{fields}}}, files=frozenset({files!r}){rest}))"


def _is_file(document: Document, schema: Node) -> bool:
    resolved = document.resolve(schema)
    item = document.resolve(resolved["items"]) if resolved.get("type") == "array" else resolved
    return item.get("format") == "binary"


def _replies(document: Document, operation: RawOperation, *, hashed: bool) -> tuple[ReplyView, ...]:
    replies: list[ReplyView] = []
    for status, node in sorted(operation.node["responses"].items()):
        response = document.resolve(node)
        content = response.get("content") or {}
        if PROBLEM in content or is_error(operation, status) or (int(status) >= 400 and not content):
            continue
        files = tuple(content) if is_file(content) else ()
        described = () if files else content.items()
        media, body = next(((kind, one) for kind, one in described if kind != PROBLEM), ("", None))
        name = ref_name(body["schema"]["$ref"]) if body is not None else ""
        replies.append(
            ReplyView(
                class_name=pascal(operation.id) + status_name(int(status)),
                doc=docstring(str(response.get("description", "")), indent=4),
                status=int(status),
                schema=SchemaView(name, constant(name)) if name else None,
                media=media,
                files=files,
                is_text=False,
                is_stream=is_stream(content),
                headers=_headers(document, response, hashed=hashed),
            )
        )
        replies.extend(_text_reply(replies[-1], text) for text in text_types(content))
    return tuple(replies)


def _text_reply(reply: ReplyView, media: str) -> ReplyView:
    return replace(
        reply,
        class_name=reply.class_name + pascal(media.partition("/")[2]),
        schema=None,
        media=f"{media}; charset=utf-8",
        is_text=True,
    )


def _headers(document: Document, response: Node, *, hashed: bool) -> tuple[HeaderView, ...]:
    headers = []
    for wire, node in (response.get("headers") or {}).items():
        lower = wire.lower()
        if lower in _WRITTEN_ELSEWHERE or (hashed and lower == "etag"):
            continue
        required = bool(document.resolve(node).get("required")) or lower in _ALWAYS_GIVEN
        headers.append(HeaderView(lower.replace("-", "_"), lower, required))
    return tuple(headers)
