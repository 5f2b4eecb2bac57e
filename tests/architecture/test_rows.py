"""Rows and values have types, and services leave other features' columns and all statements to repositories."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import impl.assembly  # noqa: F401 - every mapped class
from impl.kernel.tables import Table
from tests.architecture.sources import features, name_of, parsed, python_files
from tests.harness.databases import ROOT

_UNTYPED = {"object", "Any"}
_MAPPINGS = {"dict", "Mapping", "MutableMapping"}
_SESSION_METHODS = {
    "add", "add_all", "connection", "delete", "execute", "flush", "get", "get_one", "merge", "refresh", "scalar",
    "scalars", "stream",
}  # fmt: skip
# The export is of all tables at once; its handler has the contract's type validate what it sends.
_EXPORT = ROOT / "impl/identity/export/service.py"
# The values of a mail's template, which Jinja takes by name.
_LETTERS = {
    ROOT / "impl/identity/capabilities/letters/service.py",
    ROOT / "impl/marketplace/capabilities/notice_mails/service.py",
}

IN_FEATURES = [path for feature in features() for path in python_files(below=name_of(feature))]
SERVICES = [path for path in IN_FEATURES if path.stem == "service"]


def test_handlers_and_services_pass_no_mapping_of_anything() -> None:
    for path in IN_FEATURES:
        if path.stem not in {"handlers", "service"} or path in {_EXPORT, *_LETTERS}:
            continue
        lines = [node.lineno for node in _untyped_mappings(parsed(path))]
        assert lines == [], f"{name_of(path)}: name the columns in a TypedDict"


def test_repositories_take_and_give_no_mapping_of_anything() -> None:
    for path in IN_FEATURES:
        if path.stem != "repository":
            continue
        methods = [
            node
            for owner in ast.walk(parsed(path))
            if isinstance(owner, ast.ClassDef)
            for node in owner.body
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        ]
        hints = [hint for method in methods for hint in _hints(method)]
        lines = [node.lineno for hint in hints for node in _untyped_mappings(hint)]
        assert lines == [], f"{name_of(path)}: name the columns in a TypedDict"


def test_rows_without_a_type_stay_in_the_kernel() -> None:
    for path in python_files(below="impl"):
        if name_of(path).startswith("impl/kernel/"):
            continue
        called = {
            node.func.attr
            for node in ast.walk(parsed(path))
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
        }
        untyped = called & {"mappings", "fetchrow", "fetchval"}
        assert untyped == set(), f"{name_of(path)}: a Query names the type of its rows"


def test_a_service_executes_no_statement() -> None:
    for path in SERVICES:
        calls = [
            node
            for node in ast.walk(parsed(path))
            if isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in _SESSION_METHODS
            and isinstance(node.func.value, ast.Name)
            and node.func.value.id == "tx"
        ]
        called = [f"{name_of(path)}:{call.lineno}: {ast.unparse(call.func)}" for call in calls]
        assert called == [], "that is the repository's"


def test_a_service_writes_the_columns_of_its_own_feature() -> None:
    for path in SERVICES:
        own, foreign = _columns(path.parent)
        others = foreign - own
        written = [
            f"{name_of(path)}:{target.lineno}: {ast.unparse(target)}"
            for target in _assigned(parsed(path))
            if not _is_of_self(target) and target.attr in others
        ]
        blind = [node.lineno for node in ast.walk(parsed(path)) if isinstance(node, ast.Name) and node.id == "setattr"]
        assert written == [], "ask the service of the feature that the column belongs to"
        assert blind == [], f"{name_of(path)}: name the columns that are written"


def test_a_service_has_its_repository_under_one_name() -> None:
    found = [
        f"{name_of(path)}:{node.lineno} {ast.unparse(node.targets[0])}"
        for path in SERVICES
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call)
        if ast.unparse(node.value.func).endswith("Repository") and ast.unparse(node.targets[0]) != "self._repository"
    ]

    assert found == [], "a reader looks for self._repository"


def _hints(method: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[ast.expr]:
    arguments = method.args
    for argument in [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]:
        if argument.annotation is not None:
            yield argument.annotation
    if method.returns is not None:
        yield method.returns


def _untyped_mappings(tree: ast.AST) -> Iterator[ast.Subscript]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name) and node.value.id in _MAPPINGS:
            parameters = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
            if isinstance(last := parameters[-1], ast.Name) and last.id in _UNTYPED:
                yield node


def _assigned(tree: ast.Module) -> Iterator[ast.Attribute]:
    for node in ast.walk(tree):
        targets: list[ast.expr] = []
        if isinstance(node, ast.Assign):
            targets = node.targets
        elif isinstance(node, ast.AugAssign | ast.AnnAssign):
            targets = [node.target]
        for target in targets:
            parts = target.elts if isinstance(target, ast.Tuple) else [target]
            yield from (part for part in parts if isinstance(part, ast.Attribute))


def _is_of_self(target: ast.Attribute) -> bool:
    return isinstance(target.value, ast.Name) and target.value.id == "self"


@cache
def _columns_by_module() -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for mapper in Table.registry.mappers:
        found.setdefault(mapper.class_.__module__, set()).update(mapper.columns.keys())
    return found


def _columns(feature: Path) -> tuple[set[str], set[str]]:
    """Return the columns of the feature's own tables, and those of all others."""
    module = ".".join(feature.relative_to(ROOT).parts)
    own = {f"{module}.tables"}
    foreign = [names for name, names in _columns_by_module().items() if name not in own]
    return _columns_by_module().get(f"{module}.tables", set()), set().union(*foreign)
