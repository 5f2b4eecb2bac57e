"""A line that makes the contract weaker is refused by name, though the contract alone would still be in order."""

from __future__ import annotations

import copy
import json
import shutil
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from openapi.codegen.__main__ import main
from openapi.codegen.document import ContractError, Document, RawOperation
from openapi.codegen.policy_checks import breaches
from openapi.codegen.policy_file import PolicyFile, nearest
from openapi.codegen.rules import findings
from tests.harness.databases import ROOT

FOLDER = ROOT / "openapi"
POLICY = PolicyFile.load(FOLDER / "policy.yaml")
REMOVED = object()


@cache
def contract() -> Document:
    return Document.load(FOLDER / "hestami.yaml")


def mutated(*path: str, value: object) -> Document:
    """Return the contract with one value replaced, or removed."""
    root = copy.copy(contract().root)
    node: Any = root
    for key in path[:-1]:
        node[key] = copy.copy(node[key])  # what stands beside the path is shared, and nobody changes it
        node = node[key]
    if value is REMOVED:
        del node[path[-1]]
    else:
        node[path[-1]] = value
    return Document(root)


def in_operation(id_: str, key: str, value: object) -> tuple[Document, str]:
    """Return the contract with one value of an operation replaced, and the operation's place."""
    found = next(one for one in contract().operations() if one.id == id_)
    return mutated("paths", found.path, found.method, key, value=value), f"{found.where} ({id_})"


def lines(document: Document, policy: PolicyFile = POLICY) -> list[str]:
    return [str(finding) for finding in breaches(document, policy)]


def test_the_contract_is_what_the_policy_file_expects() -> None:
    assert lines(contract()) == []


# operation, key, value, what the message says, and the name of the rule
WEAKER: list[tuple[str, str, object, str, str]] = [
    (
        "listUsers",
        "x-permissions",
        [],
        "It must ask for account:read, as everything of its kind below /users",
        "permissions",
    ),
    ("suspendUser", "x-permissions", ["account:read"], "It must ask for account:write", "permissions"),
    ("replaceUserRoles", "x-permissions", ["role:read"], "It must ask for role:write", "permissions"),
    ("replaceUserRoles", "x-permissions", ["account:write"], "It must ask for role:write", "permissions"),
    ("listAuditEvents", "x-permissions", ["account:read"], "It must ask for audit:read", "permissions"),
    ("getProperty", "security", [], "It may not be public", "public"),
    (
        "changePassword",
        "x-rate-limit",
        "read",
        "It takes current_password, new_password, so it must stand under",
        "limits",
    ),
    (
        "login",
        "x-rate-limit",
        "token",
        "It takes password, so it must stand under the limit sign-in or credential",
        "limits",
    ),
    ("confirmTotpEnrolment", "x-rate-limit", "write", "It takes code, so it must stand under", "limits"),
    ("register", "x-rate-limit", "sign-in", "It must stand under the limit mail, not sign-in", "limits"),
    (
        "deleteProperty",
        "x-rate-limit",
        "read",
        "It changes something, so it may not stand under the limit read",
        "limits",
    ),
    ("suspendUser", "x-audit", REMOVED, "It must be audited (x-audit), as every change below /users", "audited"),
    ("login", "x-audit", REMOVED, "It must be audited (x-audit), as every change below /auth", "audited"),
    ("getJobAddress", "x-audit", REMOVED, "It must be audited (x-audit): it is one of the reads", "audited"),
    ("getUser", "x-audit", REMOVED, "It must be audited (x-audit), as every read below /users of", "audited"),
    ("getDispute", "x-audit", REMOVED, "It must be audited (x-audit), as every read below /admin of", "audited"),
    ("createUser", "x-idempotent", REMOVED, "It creates something, so it must take an Idempotency-Key", "idempotent"),
    (
        "createProperty",
        "responses",
        {"201": {"$ref": "#/components/responses/PropertyCreated"}},
        "It creates something, so it must list limit-reached (409)",
        "bounded",
    ),
    ("getAccount", "x-open-parameters", True, "It may not ignore parameters", "open-parameters"),
]


@pytest.mark.parametrize(("id_", "key", "value", "says", "rule"), WEAKER)
def test_an_operation_that_has_become_weaker_is_refused_by_name(
    id_: str, key: str, value: object, says: str, rule: str
) -> None:
    document, where = in_operation(id_, key, value)
    found = [line for line in lines(document) if line.startswith(f"{where}: {says}")]
    assert len(found) == 1, lines(document)
    assert found[0].endswith(f"[policy-{rule}]")


def test_a_change_of_what_several_people_edit_requires_if_match() -> None:
    found = next(one for one in contract().operations() if one.id == "replaceRole")
    document = mutated("paths", found.path, "put", "responses", "428", value=REMOVED)
    says = "It must require If-Match and list 428, as every change of what has an ETag below /roles."
    assert lines(document) == [f"{found.where} (replaceRole): {says} [policy-if-match]"]


@pytest.mark.parametrize(
    ("schema", "name"), [("Registration", "phone"), ("Property", "notes"), ("EmailChangeRequest", "new_email")]
)
def test_a_personal_property_without_its_mark_is_refused(schema: str, name: str) -> None:
    document = mutated("components", "schemas", schema, "properties", name, "x-pii", value=REMOVED)
    where = f"#/components/schemas/{schema}/properties/{name}"
    assert lines(document) == [f"{where}: A property called {name} is personal (x-pii). [policy-personal]"]


@pytest.mark.parametrize(("mark", "rule"), [("x-audit", "audited"), ("x-idempotent", "idempotent")])
def test_no_mark_of_an_operation_can_be_taken_away_unseen(mark: str, rule: str) -> None:
    document = Document(copy.deepcopy(contract().root))
    marked = [operation for operation in document.operations() if operation.node.pop(mark, None)]
    found = {one.where for one in breaches(document, POLICY) if one.rule == f"policy-{rule}"}
    assert marked
    assert {f"{one.where} ({one.id})" for one in marked} - found == set()


def test_no_mark_of_a_personal_property_can_be_taken_away_unseen() -> None:
    document = Document(copy.deepcopy(contract().root))
    marked = {
        f"#/components/schemas/{name}/properties/{member}"
        for name, schema in document.schemas.items()
        for member, described in (schema.get("properties") or {}).items()
        if described.pop("x-pii", None)
    }
    found = {one.where for one in breaches(document, POLICY) if one.rule == "policy-personal"}
    assert marked
    assert marked - found == set()


def test_a_role_may_not_grow_neither_itself_nor_by_what_it_inherits() -> None:
    own = mutated("x-roles", "HOMEOWNER", "permissions", value=["property:read", "account:read"])
    inherited = mutated("x-roles", "SERVICE_PROVIDER", "inherits", value=["STAFF_SUPPORT"])
    assert "#/x-roles/HOMEOWNER: The role may not hold account:read. [policy-roles]" in lines(own)
    assert "#/x-roles/SERVICE_PROVIDER: The role may not hold account:read. [policy-roles]" in lines(inherited)


@pytest.mark.parametrize(
    "looser", [{"quota": 21}, {"window": 59}, {"quota": 200, "window": 600}, {"partition": "address"}]
)
def test_a_limit_may_not_become_more_generous(looser: dict[str, object]) -> None:
    stated = contract().root["x-rate-limit-policies"]["credential"]
    document = mutated("x-rate-limit-policies", "credential", value={**stated, **looser})
    says = "It may allow 20 requests in 60 seconds by caller, and not more."
    assert lines(document) == [f"#/x-rate-limit-policies/credential: {says} [policy-limits]"]


@pytest.mark.parametrize(
    ("schema", "member", "value"),
    [
        ("ServiceFilters", "category", REMOVED),
        ("ServiceFilters", "rating", {"type": "integer"}),
        ("ServiceFilters", "radius_km", {"type": "integer", "format": "int32", "minimum": 1, "maximum": 500}),
        ("SavedFilters", "q", {"anyOf": [{"$ref": "#/components/schemas/Slug"}, {"type": "null"}], "x-pii": True}),
    ],
)
def test_filters_that_are_kept_are_those_of_the_query(schema: str, member: str, value: object) -> None:
    document = mutated("components", "schemas", schema, "properties", member, value=value)
    where = f"#/components/schemas/{schema}/properties/{member}"
    says = "It must be what the query parameter of searchServices is, there or not there."
    assert lines(document) == [f"{where}: {says} [policy-filters]"]


def test_a_filter_that_the_query_gains_is_missed_where_filters_are_kept() -> None:
    found = next(one for one in contract().operations() if one.id == "searchServices")
    more = [*found.node["parameters"], {"name": "rating", "in": "query", "schema": {"type": "integer"}}]
    document, _ = in_operation("searchServices", "parameters", more)
    assert {line.split(":")[0] for line in lines(document)} == {
        f"#/components/schemas/{schema}/properties/rating" for schema in ("ServiceFilters", "SavedFilters")
    }


def test_a_limit_may_become_stricter() -> None:
    stated = contract().root["x-rate-limit-policies"]["credential"]
    assert lines(mutated("x-rate-limit-policies", "credential", value={**stated, "quota": 5})) == []


def test_a_new_limit_and_a_new_path_are_decided_here_first() -> None:
    limit = mutated("x-rate-limit-policies", "fast", value={"quota": 9000, "window": 1, "partition": "address"})
    assert lines(limit) == [
        "#/x-rate-limit-policies/fast: No line of policy.yaml says how much it may allow. [policy-limits]"
    ]
    listed = contract().root["paths"]["/users"]["get"]
    path = mutated("paths", "/invoices", value={"get": {**listed, "operationId": "listInvoices"}})
    assert lines(path) == [
        "GET /invoices (listInvoices): No line of policy.yaml says who may use this path. [policy-permissions]"
    ]
    change = mutated("paths", "/permissions", "post", value={**listed, "operationId": "addPermission"})
    assert "POST /permissions (addPermission): No line of policy.yaml says who may change /permissions." in "\n".join(
        lines(change)
    )


@pytest.mark.parametrize(
    ("part", "value", "name"),
    [
        ("public", [*POLICY.public, "getAccount"], "getAccount"),
        ("public", [*POLICY.public, "getEverything"], "getEverything"),
        ("permissions", {**POLICY.permissions, "/invoices": "own"}, "/invoices"),
        ("roles", {**POLICY.roles, "AUDITOR": []}, "AUDITOR"),
        ("open_parameters", [*POLICY.open_parameters, "gone"], "gone"),
        ("personal", {**POLICY.personal, "email": ["Gone"]}, "Gone"),
    ],
)
def test_a_line_that_nothing_answers_to_is_refused(part: str, value: object, name: str) -> None:
    found = lines(contract(), POLICY.model_copy(update={part: value}))
    assert any(line.startswith(f"policy.yaml {name}: ") and line.endswith("[policy-stale]") for line in found), found


def test_what_the_file_holds_the_contract_to_is_no_rule_already() -> None:
    """Without the file these weaker contracts are in order: this is why it is there."""
    for id_, key, value in (("listUsers", "x-permissions", []), ("login", "x-audit", REMOVED)):
        assert findings(in_operation(id_, key, value)[0]) == []


def _is_change_of_another_person(operation: RawOperation) -> bool:
    return operation.method != "get" and operation.path.startswith("/users/{user_id}")


def test_the_file_itself_asks_for_write_and_audit_on_every_change_of_another_person() -> None:
    changes = [one for one in contract().operations() if _is_change_of_another_person(one)]
    assert len(changes) >= 8
    for operation in changes:
        path = nearest(operation.path, list(POLICY.permissions))
        family = POLICY.permissions[path or ""]
        assert family != "own"
        assert str(getattr(family, "change", "")).endswith(":write")
        assert nearest(operation.path, POLICY.audited.changes)
        assert operation.id not in POLICY.audited.except_


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"publik": []}, "publik"),
        ({"public": None}, "public"),
        ({"audited": {"changes": [], "except": {"login": "no"}, "reads": []}}, "audited.except.login"),
    ],
)
def test_a_file_that_says_what_nobody_checks_is_refused(tmp_path: Path, change: dict[str, object], says: str) -> None:
    content = yaml.safe_load((FOLDER / "policy.yaml").read_text(encoding="utf-8"))
    path = tmp_path / "policy.yaml"
    path.write_text(yaml.safe_dump(content | change), encoding="utf-8")
    with pytest.raises(ContractError, match=says):
        PolicyFile.load(path)


def test_the_generator_refuses_a_weaker_contract_and_a_missing_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    weaker = tmp_path / "hestami.yaml"
    document, _ = in_operation("listUsers", "x-permissions", [])
    weaker.write_text(json.dumps(document.root), encoding="utf-8")  # which is YAML, and written in no time
    policy = shutil.copy(FOLDER / "policy.yaml", tmp_path)
    arguments = ["--contract", str(weaker), "--output", str(tmp_path / "out"), "--policy"]
    assert main([*arguments, str(policy)]) == 1
    assert "GET /users (listUsers): It must ask for account:read" in capsys.readouterr().err
    assert main([*arguments, str(tmp_path / "none.yaml")]) == 1
    assert "the policy file none.yaml cannot be used" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
