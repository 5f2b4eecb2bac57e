"""Checks of the contract against the policy file: each breach names the operation and the expectation."""

import re
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase, translate

from openapi.codegen.document import Document, Node, RawOperation
from openapi.codegen.policies import is_public, policies
from openapi.codegen.policy_file import Family, PolicyFile, is_below, nearest
from openapi.codegen.rules.rule import Finding
from openapi.codegen.schemas import flatten, lists_problem, reachable

_FILE = "policy.yaml"
_LIMIT = "limit-reached"


def breaches(document: Document, policy: PolicyFile) -> list[Finding]:
    """List where a contract that keeps the generator's rules falls below the policy file."""
    found: list[Finding] = []
    for operation in document.operations():
        where = f"{operation.where} ({operation.id})"
        for check in (_access, _audit, _limit, _idempotency, _bound, _if_match, _open_parameters):
            found.extend(
                Finding(where, f"policy-{name}", text, "") for name, text in check(document, policy, operation)
            )
    found.extend(_roles(document, policy))
    found.extend(_quotas(document, policy))
    found.extend(_personal(document, policy))
    found.extend(_filters(document, policy))
    found.extend(_stale(document, policy))
    return found


type _Breaches = Iterator[tuple[str, str]]


def _is_read(operation: RawOperation) -> bool:
    return operation.method == "get"


def _access(document: Document, policy: PolicyFile, operation: RawOperation) -> _Breaches:
    if is_public(document, operation):
        if operation.id not in policy.public:
            yield "public", "It may not be public: it asks for no sign-in."
        return
    path = nearest(operation.path, list(policy.permissions))
    if path is None:
        yield "permissions", f"No line of {_FILE} says who may use this path."
        return
    family = policy.permissions[path]
    if not isinstance(family, Family):
        return
    wanted = family.read if _is_read(operation) else family.change
    stated = operation.node.get("x-permissions") or []
    if wanted is None:
        yield "permissions", f"No line of {_FILE} says who may {'read' if _is_read(operation) else 'change'} {path}."
    elif wanted not in stated:
        yield "permissions", f"It must ask for {wanted}, as everything of its kind below {path}; it asks for {stated}."


def _audit(document: Document, policy: PolicyFile, operation: RawOperation) -> _Breaches:
    if operation.node.get("x-audit") is not None or operation.id in policy.audited.except_:
        return
    if operation.id in policy.audited.reads:
        yield "audited", "It must be audited (x-audit): it is one of the reads that leave an event."
    elif not _is_read(operation) and (path := nearest(operation.path, policy.audited.changes)):
        yield "audited", f"It must be audited (x-audit), as every change below {path}."
    elif (
        _is_read(operation)
        and not _is_own(policy, operation)
        and (path := nearest(operation.path, policy.audited.reads_below))
    ):
        yield "audited", f"It must be audited (x-audit), as every read below {path} of what is another's."


def _is_own(policy: PolicyFile, operation: RawOperation) -> bool:
    path = nearest(operation.path, list(policy.permissions))
    return path is not None and policy.permissions[path] == "own"


def _limit(document: Document, policy: PolicyFile, operation: RawOperation) -> _Breaches:
    limits = policy.limits
    stated = str(operation.node.get("x-rate-limit"))
    named = limits.named.get(operation.id)
    if named is not None:
        if stated != named:
            yield "limits", f"It must stand under the limit {named}, not {stated}."
        return
    guessable = sorted(_members(document, operation, limits.guessable.fields))
    if guessable and operation.id not in limits.except_ and stated not in limits.guessable.under:
        wanted = " or ".join(limits.guessable.under)
        yield "limits", f"It takes {', '.join(guessable)}, so it must stand under the limit {wanted}, not {stated}."
    elif not _is_read(operation) and stated in limits.reads_only:
        yield "limits", f"It changes something, so it may not stand under the limit {stated}, which is for reading."


def _members(document: Document, operation: RawOperation, patterns: list[str]) -> set[str]:
    """Return the members of the request's bodies, at any depth, whose names fit one of the patterns."""
    body = document.resolve(operation.node.get("requestBody") or {})
    schemas = reachable(document, [content.get("schema") for content in (body.get("content") or {}).values()])
    names = {name for schema in schemas for name in flatten(document, document.schemas[schema]).get("properties", {})}
    return {name for name in names if _fits(name, patterns)}


def _fits(name: str, patterns: Iterable[str]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)


def _creates(document: Document, operation: RawOperation) -> bool:
    return operation.method == "post" and "201" in operation.node["responses"] and not is_public(document, operation)


def _idempotency(document: Document, policy: PolicyFile, operation: RawOperation) -> _Breaches:
    is_exempt = operation.node.get("x-idempotent") or operation.id in policy.idempotent.except_
    if _creates(document, operation) and not is_exempt:
        yield "idempotent", "It creates something, so it must take an Idempotency-Key (x-idempotent)."


def _bound(document: Document, policy: PolicyFile, operation: RawOperation) -> _Breaches:
    if not _creates(document, operation) or operation.id in policy.bounded.except_:
        return
    if not lists_problem(document, operation.node["responses"].get("409") or {}, _LIMIT):
        yield "bounded", f"It creates something, so it must list {_LIMIT} (409): nobody makes as many as they like."


def _if_match(document: Document, policy: PolicyFile, operation: RawOperation) -> _Breaches:
    """Check If-Match: only a PUT, PATCH or DELETE of a thing that can be read has an ETag to name."""
    path = nearest(operation.path, policy.if_match_required)
    own = nearest(operation.path, [one for one, family in policy.permissions.items() if family == "own"])
    readable = document.root["paths"][operation.path].get("get") or {}
    tagged = "ETag" in _success_headers(document, readable)
    if path is None or own is not None or operation.method not in {"put", "patch", "delete"} or not tagged:
        return
    if "428" not in operation.node["responses"]:
        yield "if-match", f"It must require If-Match and list 428, as every change of what has an ETag below {path}."


def _success_headers(document: Document, node: Node) -> Node:
    response = document.resolve((node.get("responses") or {}).get("200") or {})
    headers: Node = response.get("headers") or {}
    return headers


def _open_parameters(document: Document, policy: PolicyFile, operation: RawOperation) -> _Breaches:
    if operation.node.get("x-open-parameters") and operation.id not in policy.open_parameters:
        yield "open-parameters", "It may not ignore parameters that the contract does not list."


def _roles(document: Document, policy: PolicyFile) -> Iterator[Finding]:
    roles = {role.name: role for role in policies(document).roles}
    for name, role in roles.items():
        held, waiting = set(role.permissions), list(role.inherits)
        while waiting:
            ancestor = roles[waiting.pop()]
            held.update(ancestor.permissions)
            waiting.extend(ancestor.inherits)
        allowed = policy.roles.get(name, [])
        for permission in sorted(one for one in held if not _fits(one, allowed)):
            yield Finding(f"#/x-roles/{name}", "policy-roles", f"The role may not hold {permission}.", "")


def _quotas(document: Document, policy: PolicyFile) -> Iterator[Finding]:
    for stated in policies(document).rate_limits:
        where = f"#/x-rate-limit-policies/{stated.name}"
        most = policy.limits.policies.get(stated.name)
        if most is None:
            yield Finding(where, "policy-limits", f"No line of {_FILE} says how much it may allow.", "")
            continue
        generous = stated.quota * most.window > most.quota * stated.window or stated.quota > most.quota
        if generous or stated.partition != most.partition:
            text = f"It may allow {most.quota} requests in {most.window} seconds by {most.partition}, and not more."
            yield Finding(where, "policy-limits", text, "")


def _personal(document: Document, policy: PolicyFile) -> Iterator[Finding]:
    # Nearly all names fit no pattern, which one expression says faster than a hundred.
    fits = re.compile("|".join(map(translate, policy.personal)) or "(?!)").match
    for schema_name, schema in document.schemas.items():
        for name, property_ in flatten(document, schema).get("properties", {}).items():
            if not fits(name) and not fits(f"{schema_name}.{name}"):
                continue
            fitting = [
                pattern
                for pattern in policy.personal
                if fnmatchcase(name, pattern) or fnmatchcase(f"{schema_name}.{name}", pattern)
            ]
            exempt = any(schema_name in policy.personal[pattern] for pattern in fitting)
            if exempt or property_.get("x-pii") is True:
                continue
            if document.resolve(property_).get("type") != "boolean":
                where = f"#/components/schemas/{schema_name}/properties/{name}"
                yield Finding(where, "policy-personal", f"A property called {name} is personal (x-pii).", "")


def _filters(document: Document, policy: PolicyFile) -> Iterator[Finding]:
    """Compare the members of a schema with the query parameters that they stand for."""
    operations = {one.id: one for one in document.operations()}
    for name, query in policy.filters.items():
        if name not in document.schemas or query.of not in operations:
            continue
        members = {
            member: _meaning(document, schema)
            for member, schema in flatten(document, document.schemas[name]).get("properties", {}).items()
        }
        filters = {
            one["name"]: _meaning(document, one["schema"])
            for one in operations[query.of].parameters
            if one["in"] == "query" and one["name"] not in query.without
        }
        for member in sorted(members.keys() | filters.keys()):
            if members.get(member) != filters.get(member):
                where = f"#/components/schemas/{name}/properties/{member}"
                text = f"It must be what the query parameter of {query.of} is, there or not there."
                yield Finding(where, "policy-filters", text, "")


def _meaning(document: Document, schema: Node) -> Node:
    """Return what a schema allows beside null, without words for readers, marks and defaults."""
    variants = [one for one in schema.get("anyOf", []) if one != {"type": "null"}]
    whole = flatten(document, document.resolve(variants[0] if len(variants) == 1 else schema))
    kinds = whole.get("type")
    if isinstance(kinds, list) and len(rest := [one for one in kinds if one != "null"]) == 1:
        whole = {**whole, "type": rest[0]}
    left_out = {"description", "examples", "default", "x-pii"}
    return {key: value for key, value in whole.items() if key not in left_out}


def _stale(document: Document, policy: PolicyFile) -> Iterator[Finding]:
    """Report entries without an operation: one that is gone would come back unreviewed."""
    operations = {one.id: one for one in document.operations()}
    paths = {one.path for one in operations.values()}
    listed = {
        "public": [one for one in policy.public if one in operations and not is_public(document, operations[one])],
        "operations": [one for one in _named_operations(policy) if one not in operations],
        "paths": [one for one in _named_paths(policy) if not any(is_below(path, one) for path in paths)],
        "roles": [one for one in policy.roles if one not in (document.root.get("x-roles") or {})],
        "limits": [
            one for one in _named_limits(policy) if one not in (document.root.get("x-rate-limit-policies") or {})
        ],
        "schemas": [one for one in _named_schemas(policy) if one not in document.schemas],
    }
    for kind, names in listed.items():
        for name in dict.fromkeys(names):
            text = "It is not public any more." if kind == "public" else "The contract has no such thing any more."
            yield Finding(f"{_FILE} {name}", "policy-stale", text, "" if kind == "public" else kind)


def _named_operations(policy: PolicyFile) -> list[str]:
    return [
        *policy.public,
        *policy.audited.except_,
        *policy.audited.reads,
        *policy.limits.except_,
        *policy.limits.named,
        *policy.idempotent.except_,
        *policy.bounded.except_,
        *policy.open_parameters,
        *(query.of for query in policy.filters.values()),
    ]


def _named_schemas(policy: PolicyFile) -> list[str]:
    return [*policy.filters, *(name for names in policy.personal.values() for name in names)]


def _named_paths(policy: PolicyFile) -> list[str]:
    return [*policy.permissions, *policy.audited.changes, *policy.audited.reads_below, *policy.if_match_required]


def _named_limits(policy: PolicyFile) -> list[str]:
    limits = policy.limits
    return [*limits.policies, *limits.reads_only, *limits.guessable.under, *limits.named.values()]
