"""Rules about the root: servers, tags, permissions, roles, rate limits, paths."""

import re
from collections.abc import Iterator
from itertools import combinations

from openapi.codegen.document import METHODS, Document, Node
from openapi.codegen.rules.rule import Rule, Table, unless

_PERMISSION = re.compile(r"[a-z][a-z_]*:[a-z][a-z_]*")
_ROLE = re.compile(r"[A-Z][A-Z0-9_]*")
_STATIC = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_PARAMETER = re.compile(r"\{[a-z][a-z0-9_]*\}")
_ITEM_KEYS = frozenset({*METHODS, "parameters", "summary", "description"})
_PARTITIONS = ("address", "caller")


def _root(document: Document) -> Iterator[tuple[str, Node]]:
    yield "#", document.root


def _version(document: Document, root: Node) -> Iterator[str]:
    yield from unless(str(root.get("openapi", "")).startswith("3.1"), str(root.get("openapi")))


def _server(document: Document, root: Node) -> Iterator[str]:
    urls = [server.get("url", "") for server in root.get("servers") or []]
    yield from unless(len(urls) == 1 and re.fullmatch(r"(/[a-z0-9]+)+", urls[0]), str(urls))


def _catalogue(document: Document, root: Node) -> Iterator[str]:
    catalogue = root.get("x-permission-catalogue")
    if not isinstance(catalogue, dict):
        yield "there is none"
        return
    yield from (name for name in catalogue if not _PERMISSION.fullmatch(name))


def _roles(document: Document, root: Node) -> Iterator[str]:
    roles: Node = root.get("x-roles") or {}
    known = root.get("x-permission-catalogue") or {}
    for name, role in roles.items():
        yield from unless(_ROLE.fullmatch(name), name)
        yield from (f"{name}: permission {one}" for one in role.get("permissions") or [] if one not in known)
        yield from (f"{name}: inherits {one}" for one in role.get("inherits") or [] if one not in roles)
        yield from unless(not _is_its_own_ancestor(roles, name), f"{name} inherits itself")


def _is_its_own_ancestor(roles: Node, name: str) -> bool:
    seen: set[str] = set()
    waiting = list(roles[name].get("inherits") or [])
    while waiting:
        role = waiting.pop()
        if role in seen or role not in roles:
            continue
        seen.add(role)
        waiting.extend(roles[role].get("inherits") or [])
    return name in seen


def _rate_limits(document: Document, root: Node) -> Iterator[str]:
    for name, policy in (root.get("x-rate-limit-policies") or {}).items():
        numbers = [policy.get("quota"), policy.get("window")]
        positive = all(isinstance(number, int) and number > 0 for number in numbers)
        yield from unless(positive and policy.get("partition") in _PARTITIONS, name)


def _paths(document: Document, root: Node) -> Iterator[str]:
    for path in root.get("paths") or {}:
        segments = path.removeprefix("/").split("/")
        well_formed = all(_STATIC.fullmatch(one) or _PARAMETER.fullmatch(one) for one in segments)
        yield from unless(path.startswith("/") and well_formed, path)
        yield from unless(sum(one.startswith("{") for one in segments) <= 2, f"{path} has more than two ids")


def _path_items(document: Document, root: Node) -> Iterator[str]:
    for path, item in (root.get("paths") or {}).items():
        yield from (f"{path}: {key}" for key in item if key not in _ITEM_KEYS)


def _shapes(document: Document, root: Node) -> Iterator[str]:
    shapes = [(re.sub(r"\{[^}]*\}", "{}", path), path) for path in root.get("paths") or {}]
    yield from (f"{one} and {other}" for (a, one), (b, other) in combinations(shapes, 2) if a == b)


SECTION = Table(
    _root,
    (
        Rule("openapi-31", "The contract is OpenAPI 3.1.", _version),
        Rule("one-server", "There is one server, a path like /api/v1 without a trailing slash.", _server),
        Rule("permission-catalogue", "x-permission-catalogue lists permissions as resource:action.", _catalogue),
        Rule(
            "roles",
            "x-roles are UPPER_SNAKE, inherit known roles without a circle, and have known permissions.",
            _roles,
        ),
        Rule(
            "rate-limits", "A rate limit policy has a quota, a window, and partition address or caller.", _rate_limits
        ),
        Rule("paths", "Paths are lower kebab-case, at most two ids deep, without a trailing slash.", _paths),
        Rule("path-items", "A path has only operations (get, put, post, patch, delete) and parameters.", _path_items),
        Rule("distinct-paths", "Two paths differ in more than the names of their ids.", _shapes),
    ),
)
