"""Enums, problems and roles of the contract equal those of the domain, in both directions."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
from collections import Counter
from collections.abc import Iterator
from enum import StrEnum
from types import ModuleType
from typing import cast

from sqlalchemy import select

import impl
from generated import states
from generated.policies import PROBLEM_TYPES
from impl.edge.problems import INTERNAL_ERROR, TYPE_PREFIX
from impl.identity.capabilities.role_catalogue.tables import Role, RoleInheritance, RolePermission
from impl.kernel.errors import Problem
from tests.contract.contract_operations import PROBLEMS, Node, schemas, section
from tests.harness.databases import ROOT
from tests.harness.service import Service

# Words of the wire that no column is limited to: how lists are sorted and cut, what a text held, the roles of x-roles,
# the lists of ISO. What webhooks tell of is compared where it happens (tests/marketplace/webhooks/test_trade.py).
_WIRE_ONLY = {
    "ActivityBy",
    "AuditSort",
    "ContactKind",
    "CountryCode",
    "CurrencyCode",
    "Dependency",
    "DependencyState",
    "HealthStatus",
    "MessageRemoval",
    "MfaMethod",
    "ModerationClaim",
    "ModerationSort",
    "PropertySort",
    "RegistrationRole",
    "ReportSort",
    "VerificationSort",
    "WebhookEventType",
    "RevisionState",
    "ServiceScope",
    "ServiceSort",
    "UsageStep",
    "UserSort",
}
# Words of the database that no caller acts on: why a session ended, what a mail, a token or a count of failures is for.
# An export has them as plain words, so that a new one breaks no program.
_INSIDE_ONLY = {"EndReason", "MailKind", "NotificationGroup", "Purpose", "Scope"}
# Problems that are raised by the generated code and the framework, or made of a fault, and have no class of ours.
_OF_THE_EDGE = {"method-not-allowed", "not-acceptable", "payload-too-large", "unsupported-media-type", INTERNAL_ERROR}
# Codes of the rules for passwords that no request meets, because the schema has refused it before.
_SAID_BY_THE_SCHEMA = {"password_without_letter", "password_without_digit"}
# What RFC 6749 has its own form for: slugs of these are values of OAuthError.
_OF_OAUTH = "impl.identity.oauth_token.errors"
# Programs of their own: importing them would start what they are for.
_PROGRAMS = {"impl.dev"}


def _modules() -> Iterator[ModuleType]:
    for found in pkgutil.walk_packages(impl.__path__, "impl."):
        if found.name not in _PROGRAMS:
            yield importlib.import_module(found.name)


def _domain_enums() -> dict[str, type[StrEnum]]:
    """Return the enums of the modules that map tables: what the database keeps."""
    return {
        name: found
        for module in _modules()
        if module.__name__.endswith(".tables")
        for name, found in inspect.getmembers(module, inspect.isclass)
        if issubclass(found, StrEnum) and found.__module__ in {module.__name__, states.__name__}
    }


def _contract_enums() -> dict[str, list[str]]:
    found = cast("dict[str, Node]", schemas())
    return {name: cast("list[str]", schema["enum"]) for name, schema in found.items() if "enum" in schema}


def test_the_enums_of_the_wire_are_kept_by_the_domain() -> None:
    assert set(_contract_enums()) - set(_domain_enums()) == _WIRE_ONLY


def test_the_enums_of_the_domain_are_on_the_wire() -> None:
    assert set(_domain_enums()) - set(_contract_enums()) == _INSIDE_ONLY


def test_an_enum_has_the_same_values_on_both_sides() -> None:
    domains = _domain_enums()
    for name, values in _contract_enums().items():
        if name in domains:
            assert [member.value for member in domains[name]] == values, name
        else:
            assert name in _WIRE_ONLY


def _problem_classes() -> dict[str, type[Problem]]:
    for _ in _modules():
        pass
    found: dict[str, type[Problem]] = {}
    waiting = [Problem]
    while waiting:
        for below in waiting.pop().__subclasses__():
            waiting.append(below)
            if "slug" in vars(below):
                if below.__module__ == _OF_OAUTH:
                    continue
                assert below.slug not in found, f"{below} and {found.get(below.slug)} are the same problem"
                found[below.slug] = below
    return found


def _contract_problems() -> dict[str, tuple[int, str]]:
    """Return status and title of each type of problem that the contract defines."""
    found: dict[str, tuple[int, str]] = {}
    for name, schema in cast("dict[str, Node]", schemas()).items():
        if name.endswith("Problem") and "allOf" in schema:
            own = cast("list[Node]", schema["allOf"])[1]
            fixed = {word: cast("Node", value).get("const") for word, value in cast("Node", own["properties"]).items()}
            slug = str(fixed["type"]).removeprefix(PROBLEMS)
            found[slug] = (cast("int", fixed["status"]), str(fixed["title"]))
    return found


def test_every_problem_of_the_contract_has_a_class() -> None:
    assert set(_contract_problems()) - _OF_THE_EDGE == set(_problem_classes()) - _OF_THE_EDGE


def test_every_error_of_oauth_is_one_that_the_contract_lists() -> None:
    properties = cast("Node", cast("Node", schemas()["OAuthError"])["properties"])
    listed = set(cast("list[str]", cast("Node", properties["error"])["enum"]))
    _problem_classes()
    ours = {problem.slug.replace("-", "_") for problem in Problem.__subclasses__() if problem.__module__ == _OF_OAUTH}
    assert listed == ours | {"mfa_required", "temporarily_unavailable", "server_error"}


def test_a_problem_has_the_same_status_and_title_on_both_sides() -> None:
    assert TYPE_PREFIX == PROBLEMS
    classes = _problem_classes()
    for slug, told in _contract_problems().items():
        assert (PROBLEM_TYPES[slug].status, PROBLEM_TYPES[slug].title) == told, slug
        ours = classes.get(slug)
        assert ours is None or (ours.status, ours.title) == told, slug


def test_every_code_of_a_wrong_field_is_named() -> None:
    """Front ends translate them: of a code that nobody named they know nothing."""
    sources = [*(ROOT / "impl").rglob("*.py"), *(ROOT / "openapi" / "runtime").glob("*.py")]
    texts = {source.relative_to(ROOT).as_posix(): source.read_text(encoding="utf-8") for source in sources}
    given = {code for text in texts.values() for code in re.findall(r'FieldError\(\s*"([a-z_]+)"', text)}
    finding = texts["openapi/runtime/findings.py"]
    given |= set(re.findall(r'\("([a-z_]+)", "[a-z]', finding))
    given |= set(re.findall(r"[a-z_]+", re.findall(r"_OWN = frozenset\((.*?)\)", finding, re.DOTALL)[0]))
    policy = texts["impl/identity/capabilities/password_policy/service.py"]
    given |= set(re.findall(r'^    "([a-z_]+)": "', policy, re.MULTILINE)) - _SAID_BY_THE_SCHEMA
    named = set(re.findall(r"`([a-z_]+)`", str(cast("Node", schemas()["FieldErrorCode"])["description"])))
    assert named - {"detail"} == given


async def test_the_seeded_roles_are_the_contracts(service: Service) -> None:
    described = cast("dict[str, Node]", section("x-roles"))
    async with service.services.database.begin() as tx:
        roles = {role.name: role for role in await tx.scalars(select(Role))}
        permissions = {(row.role_name, row.permission) for row in await tx.scalars(select(RolePermission))}
        inherited = {(row.role_name, row.inherits_name) for row in await tx.scalars(select(RoleInheritance))}
    assert {name: role.description for name, role in roles.items() if role.built_in} == {
        name: role["description"] for name, role in described.items()
    }
    # What staff have defined stands beside them, out of the same words.
    assert {pair for pair in permissions if roles[pair[0]].built_in} == _pairs(described, "permissions")
    assert {pair for pair in inherited if roles[pair[0]].built_in} == _pairs(described, "inherits")
    assert {permission for _, permission in permissions} == set(section("x-permission-catalogue"))


def test_permissions_come_from_the_catalogue() -> None:
    catalogue = set(section("x-permission-catalogue"))
    described = cast("dict[str, Node]", section("x-roles"))
    assert {permission for _, permission in _pairs(described, "permissions")} == catalogue


def test_each_tag_is_in_one_group_of_the_reference() -> None:
    """Redoc shows no tag that is in none of `x-tagGroups`."""
    groups = cast("list[dict[str, list[str]]]", section("x-tagGroups"))
    tags = cast("list[dict[str, str]]", section("tags"))
    assert sorted(tag for group in groups for tag in group["tags"]) == sorted(tag["name"] for tag in tags)


def _pairs(described: dict[str, Node], word: str) -> set[tuple[str, str]]:
    return {(name, value) for name, role in described.items() for value in cast("list[str]", role[word])}


def test_client_generators_can_name_every_field_apart() -> None:
    """Some name a type by schema and field: `Job.address_ends_at` and `JobAddress.ends_at` would be the same."""
    fields = Counter(
        schema + "".join(word.capitalize() for word in name.split("_"))
        for schema, node in schemas().items()
        for name, field in _properties(cast("Node", node))
        if "$ref" not in field
    )
    assert [name for name, count in fields.items() if count > 1] == []


def _properties(node: Node) -> Iterator[tuple[str, Node]]:
    yield from cast("dict[str, Node]", node.get("properties", {})).items()
    for part in cast("list[Node]", node.get("allOf", [])):
        yield from _properties(part)
