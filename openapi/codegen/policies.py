"""The contract's policy extensions as the policies template prints them."""

from dataclasses import dataclass
from typing import Any

from openapi.codegen.document import Document, Node, RawOperation
from openapi.codegen.naming import constant
from openapi.codegen.schemas import PAGE, flatten

DEFAULT_MAX_BODY = 128 * 1024


@dataclass(frozen=True)
class RoleView:
    """A built-in role."""

    name: str
    inherits: tuple[str, ...]
    permissions: tuple[str, ...]


@dataclass(frozen=True)
class RateLimitView:
    """A rate limit policy."""

    name: str
    quota: int
    window: int
    partition: str


@dataclass(frozen=True)
class ProblemView:
    """A problem type."""

    slug: str
    status: int
    title: str


@dataclass(frozen=True)
class OperationPolicy:
    """The policies of one operation."""

    id: str
    constant: str
    method: str
    path: str
    tag: str
    public: bool
    permissions: tuple[str, ...]
    rate_limit: str
    idempotent: bool
    cache: Node | None
    audit: str | None
    deprecated: bool
    deprecated_at: str | None
    sunset_at: str | None
    open_parameters: bool
    errors: str
    statuses: tuple[int, ...]
    pages: tuple[int, ...]
    max_body: int


@dataclass(frozen=True)
class Policies:
    """All that policies.py holds."""

    prefix: str
    permissions: dict[str, str]
    roles: tuple[RoleView, ...]
    rate_limits: tuple[RateLimitView, ...]
    problems: tuple[ProblemView, ...]
    operations: tuple[OperationPolicy, ...]


def policies(document: Document) -> Policies:
    """Read the extensions of the root and of every operation."""
    root = document.root
    catalogue: Any = root.get("x-permission-catalogue") or {}
    return Policies(
        prefix=document.prefix,
        permissions={name: str(text).strip() for name, text in catalogue.items()},
        roles=tuple(
            RoleView(name, tuple(role.get("inherits") or ()), tuple(role.get("permissions") or ()))
            for name, role in (root.get("x-roles") or {}).items()
        ),
        rate_limits=tuple(
            RateLimitView(name, one["quota"], one["window"], one["partition"])
            for name, one in (root.get("x-rate-limit-policies") or {}).items()
        ),
        problems=problems(document),
        operations=tuple(operation_policy(document, operation) for operation in document.operations()),
    )


def operation_policy(document: Document, operation: RawOperation) -> OperationPolicy:
    """The policies of one operation."""
    node = operation.node
    deprecation = node.get("x-deprecation") or {}
    return OperationPolicy(
        id=operation.id,
        constant=constant(operation.id),
        method=operation.method.upper(),
        path=document.prefix + operation.path,
        tag=operation.tag,
        public=is_public(document, operation),
        permissions=tuple(node.get("x-permissions") or ()),
        rate_limit=str(node.get("x-rate-limit")),
        idempotent=bool(node.get("x-idempotent", False)),
        cache=node.get("x-cache"),
        audit=node.get("x-audit"),
        deprecated=bool(node.get("deprecated", False)),
        deprecated_at=deprecation.get("since"),
        sunset_at=deprecation.get("sunset"),
        open_parameters=bool(node.get("x-open-parameters", False)),
        errors=str(node.get("x-errors", "problem")),
        statuses=tuple(sorted(int(status) for status in node["responses"])),
        pages=tuple(
            sorted(
                int(status)
                for status, response in node["responses"].items()
                if PAGE in (document.resolve(response).get("content") or {})
            )
        ),
        max_body=int(node.get("x-max-body", DEFAULT_MAX_BODY)),
    )


def is_public(document: Document, operation: RawOperation) -> bool:
    """Whether anyone may call; an operation that forgot its security is not public."""
    security = operation.node.get("security", document.root.get("security"))
    return security == []


def problems(document: Document) -> tuple[ProblemView, ...]:
    """Problem types: schemas with a const `type` that is a problem's URI and a const `status`."""
    found = []
    for schema in document.schemas.values():
        properties = flatten(document, schema).get("properties", {})
        uri = str(properties.get("type", {}).get("const", ""))
        status = properties.get("status", {}).get("const")
        if "/problems/" in uri and isinstance(status, int):
            slug = uri.rsplit("/", 1)[-1]
            title = properties.get("title", {}).get("const") or slug.replace("-", " ").capitalize()
            found.append(ProblemView(slug, status, str(title)))
    return tuple(sorted(found, key=lambda problem: (problem.slug, problem.status)))
