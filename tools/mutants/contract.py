"""Mutants of the contract's policies, each weakened in one place and checked by the generator's rules."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from openapi.codegen.document import Document, RawOperation
from openapi.codegen.policy_checks import breaches
from openapi.codegen.policy_file import PolicyFile
from openapi.codegen.rules import findings

_FOLDER = Path(__file__).resolve().parents[2] / "openapi"
_STAFF_ONLY = ("account:", "role:", "audit:")


@dataclass(frozen=True, slots=True)
class Weakening:
    """Change of one value of the contract; None removes it."""

    where: str
    change: str
    path: tuple[str, ...]
    value: object = None


def weaker_contracts() -> Iterator[tuple[Weakening, bool]]:
    """Yield each weakening of the contract, and whether a rule of the generator noticed it."""
    contract = Document.load(_FOLDER / "hestami.yaml")
    policy = PolicyFile.load(_FOLDER / "policy.yaml")
    for weakening in weakenings(contract):
        document = weakened(contract, weakening)
        caught = bool(breaches(document, policy) or findings(document))
        yield weakening, caught


def weakened(contract: Document, weakening: Weakening) -> Document:
    """Return the contract with one value changed or removed."""
    root = copy.deepcopy(contract.root)
    node: Any = root
    for key in weakening.path[:-1]:
        node = node[key]
    if weakening.value is None:
        del node[weakening.path[-1]]
    else:
        node[weakening.path[-1]] = weakening.value
    return Document(root)


def weakenings(contract: Document) -> Iterator[Weakening]:
    """Yield every way in which one line can make the contract weaker."""
    for operation in contract.operations():
        yield from _of_operation(operation)
    for name, stated in contract.root["x-rate-limit-policies"].items():
        yield Weakening(name, "twice the quota", ("x-rate-limit-policies", name, "quota"), 2 * stated["quota"])
    yield from _of_roles(contract)
    for name, schema in contract.schemas.items():
        for member, described in (schema.get("properties") or {}).items():
            if described.get("x-pii"):
                path = ("components", "schemas", name, "properties", member, "x-pii")
                yield Weakening(f"{name}.{member}", "without x-pii", path)


def _of_operation(operation: RawOperation) -> Iterator[Weakening]:
    path = ("paths", operation.path, operation.method)
    stated = operation.node.get("x-permissions") or []
    for permission in stated:
        kept = [one for one in stated if one != permission]
        yield Weakening(operation.id, f"without {permission}", (*path, "x-permissions"), kept)
        if permission.endswith(":write"):
            weaker = [*kept, permission.replace(":write", ":read")]
            yield Weakening(operation.id, f"{permission} for reading only", (*path, "x-permissions"), weaker)
    if operation.node["security"]:
        yield Weakening(operation.id, "public", (*path, "security"), [])
    for extension in ("x-audit", "x-idempotent"):
        if extension in operation.node:
            yield Weakening(operation.id, f"without {extension}", (*path, extension))


def _of_roles(contract: Document) -> Iterator[Weakening]:
    """Yield each role of the marketplace with one permission of staff more."""
    for name, role in contract.root["x-roles"].items():
        if name.startswith("STAFF_"):
            continue
        for permission in contract.root["x-permission-catalogue"]:
            if permission.startswith(_STAFF_ONLY):
                grown = [*role.get("permissions", []), permission]
                yield Weakening(name, f"with {permission}", ("x-roles", name, "permissions"), grown)
