"""Policy extensions of the contract as values of the runtime's types, and the code that makes these values."""

from dataclasses import MISSING, dataclass, fields, is_dataclass
from typing import Any

from openapi.codegen.document import Document, RawOperation
from openapi.codegen.naming import constant
from openapi.codegen.schemas import PAGE, flatten, text_types
from openapi.runtime.wire import MAX_BODY, CachePolicy, Operation, ProblemType, RateLimitPolicy, Role


@dataclass(frozen=True)
class Policies:
    """Content of policies.py; operations by the names of their constants."""

    prefix: str
    permissions: dict[str, str]
    roles: tuple[Role, ...]
    rate_limits: tuple[RateLimitPolicy, ...]
    problems: tuple[ProblemType, ...]
    operations: dict[str, Operation]


def policies(document: Document) -> Policies:
    """Read the extensions of the root and of every operation."""
    root = document.root
    catalogue: Any = root.get("x-permission-catalogue") or {}
    return Policies(
        prefix=document.prefix,
        permissions={name: str(text).strip() for name, text in catalogue.items()},
        roles=tuple(
            Role(name, tuple(role.get("inherits") or ()), tuple(role.get("permissions") or ()))
            for name, role in (root.get("x-roles") or {}).items()
        ),
        rate_limits=tuple(_rate_limits(document).values()),
        problems=problems(document),
        operations={constant(one.id): operation_policy(document, one) for one in document.operations()},
    )


def operation_policy(document: Document, operation: RawOperation) -> Operation:
    """Read the policies of one operation."""
    node = operation.node
    deprecation = node.get("x-deprecation") or {}
    cache = node.get("x-cache")
    return Operation(
        id=operation.id,
        method=operation.method.upper(),
        path=document.prefix + operation.path,
        tag=operation.tag,
        public=is_public(document, operation),
        permissions=tuple(node.get("x-permissions") or ()),
        rate_limit=_rate_limits(document)[str(node.get("x-rate-limit"))],
        idempotent=bool(node.get("x-idempotent", False)),
        cache=CachePolicy(cache["scope"], cache["max_age"], shared=cache.get("shared", True)) if cache else None,
        audit=node.get("x-audit"),
        deprecated=bool(node.get("deprecated", False)),
        deprecated_at=deprecation.get("since"),
        sunset_at=deprecation.get("sunset"),
        open_parameters=bool(node.get("x-open-parameters", False)),
        errors=node.get("x-errors", "problem"),
        statuses=frozenset(int(status) for status in node["responses"]),
        pages=tuple(
            sorted(
                int(status)
                for status, response in node["responses"].items()
                if PAGE in (document.resolve(response).get("content") or {})
            )
        ),
        texts=tuple(
            dict.fromkeys(
                media
                for response in node["responses"].values()
                for media in text_types(document.resolve(response).get("content") or {})
            )
        ),
        max_body=int(node.get("x-max-body", MAX_BODY)),
    )


def code(value: object) -> str:
    """Return the expression that makes the value: of a dataclass, only the fields that differ from their defaults.

    The rate limit of an operation is the one in policies.py, so that each stands there once.
    """
    if isinstance(value, frozenset):
        return f"frozenset({{{', '.join(map(repr, sorted(value)))}}})"
    if not is_dataclass(value) or isinstance(value, type):
        return repr(value)
    arguments = []
    for field in fields(value):
        own = getattr(value, field.name)
        if field.default is MISSING or own != field.default:
            named = isinstance(value, Operation) and isinstance(own, RateLimitPolicy)
            arguments.append(f"{field.name}={f'RATE_LIMIT_POLICIES[{own.name!r}]' if named else code(own)}")
    return f"{type(value).__name__}({', '.join(arguments)})"


def _rate_limits(document: Document) -> dict[str, RateLimitPolicy]:
    return {
        name: RateLimitPolicy(name, one["quota"], one["window"], one["partition"])
        for name, one in (document.root.get("x-rate-limit-policies") or {}).items()
    }


def is_public(document: Document, operation: RawOperation) -> bool:
    """Return whether anyone may call; an operation that forgot its security is not public."""
    security = operation.node.get("security", document.root.get("security"))
    return security == []


def problems(document: Document) -> tuple[ProblemType, ...]:
    """Collect the problem types: schemas with a const `type` that is a problem's URI and a const `status`."""
    found = []
    for schema in document.schemas.values():
        properties = flatten(document, schema).get("properties", {})
        uri = str(properties.get("type", {}).get("const", ""))
        status = properties.get("status", {}).get("const")
        if "/problems/" in uri and isinstance(status, int):
            slug = uri.rsplit("/", 1)[-1]
            title = properties.get("title", {}).get("const") or slug.replace("-", " ").capitalize()
            found.append(ProblemType(slug, status, str(title)))
    return tuple(sorted(found, key=lambda problem: (problem.slug, problem.status)))
