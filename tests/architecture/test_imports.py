"""Imports and SQL that import-linter cannot judge: each feature queries its own tables, in its repository."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pathlib import Path
from types import ModuleType

import grimp
from sqlalchemy import ClauseElement
from sqlalchemy.orm import QueryableAttribute

from impl.kernel.tables import Table
from tests.architecture.sources import features, name_of, parsed, python_files
from tests.harness.databases import ROOT

_WRITES = {"insert", "update", "delete"}
# They make the repositories.
_PROGRAMS = {"impl.identity.wiring", "impl.marketplace.wiring", "impl.operations.wiring"}
# By library, the module that alone imports it.
_SWITCHED_ON = {
    "opentelemetry": "impl.gateways.traces",
    "prometheus_client": "impl.edge.metrics",
    "sentry_sdk": "impl.gateways.error_reports",
}
_STATEMENTS = {"select", "insert", "update", "delete", "text", "exists", "union", "union_all"}


@cache
def graph() -> grimp.ImportGraph:
    """Build the graph of all imports of impl once."""
    return grimp.build_graph("impl", cache_dir=None)


def _module(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts)


def _imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    return [node.module or ""] if isinstance(node, ast.ImportFrom) else []


def _feature_of(module: str) -> str:
    return module.rpartition(".")[0]


def _modules(kind: str) -> list[str]:
    return [_module(path) for feature in features() if (path := feature / f"{kind}.py").exists()]


def _in_features() -> list[Path]:
    return [path for feature in features() for path in python_files(below=name_of(feature))]


def _path(module: str) -> Path:
    return ROOT / f"{module.replace('.', '/')}.py"


def test_a_repository_serves_its_own_feature_only() -> None:
    for repository in _modules("repository"):
        importers = graph().find_modules_that_directly_import(repository)
        strangers = {module for module in importers if _feature_of(module) != _feature_of(repository)} - _PROGRAMS
        assert strangers == set(), f"{repository}: another feature asks the service"


def test_what_is_off_by_default_is_not_loaded() -> None:
    """Libraries of what settings switch on are imported by one module, and that one within a function."""
    for library, module in _SWITCHED_ON.items():
        for path in python_files(below="impl"):
            loads = [name for node in parsed(path).body for name in _imported(node)]
            assert _module(path) == module or not any(name.startswith(library) for name in loads), name_of(path)
            assert module not in loads, name_of(path)


def test_handlers_are_for_the_program_only() -> None:
    for handlers in _modules("handlers"):
        assert graph().find_modules_that_directly_import(handlers) <= {"impl.app"}, handlers


def test_a_repository_writes_to_its_own_tables_only() -> None:
    for repository in _modules("repository"):
        foreign = _names_from_foreign_tables(parsed(_path(repository)), _feature_of(repository))
        written = {name for name in _written_names(parsed(_path(repository))) if name in foreign}
        assert written == set(), f"{repository}: join another feature's tables to read; to write, ask its service"


def test_statements_are_built_in_repositories() -> None:
    for path in _in_features():
        if path.stem in {"repository", "tables", "postgresql", "sqlite"}:  # the last two are a repository's own
            continue
        imported = {
            alias.name
            for node in ast.walk(parsed(path))
            if isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == "sqlalchemy"
            for alias in node.names
        }
        assert imported & _STATEMENTS == set(), name_of(path)


def test_transactions_are_opened_by_services_and_ended_by_the_kernel() -> None:
    of_features = set(_in_features())
    for path in python_files(below="impl"):
        if name_of(path).startswith("impl/kernel/"):
            continue
        called = [
            node.func
            for node in ast.walk(parsed(path))
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
        ]
        calls = {function.attr for function in called}
        assert calls & {"commit", "rollback"} == set(), f"{name_of(path)}: the block that begin() opens commits"
        if path in of_features and path.stem != "service":
            assert "begin" not in calls, name_of(path)
            whole = {ast.unparse(function.value) for function in called if function.attr == "run"}
            is_one = any("database" in of for of in whole)
            assert not is_one, f"{name_of(path)}: a statement that is a transaction is one of the service's"


def test_foreign_keys_are_strings_and_relationships_raise() -> None:
    for tables in _modules("tables"):
        for node in ast.walk(parsed(_path(tables))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
                continue
            place = f"{tables}, line {node.lineno}"
            if node.func.id == "ForeignKey":
                assert isinstance(node.args[0], ast.Constant), f"{place}: a key names its target by string"
            if node.func.id == "relationship":
                lazy = [word.value for word in node.keywords if word.arg == "lazy"]
                assert [ast.unparse(value) for value in lazy] == ["'raise'"], place


def test_tables_of_features_do_not_hold_each_other() -> None:
    for tables in _modules("tables"):
        modules, held = _imported_by(tables)
        assert modules == [], f"{tables}: import the names that are needed"
        assert held == [], f"{tables}: no relationship() across features; a foreign key is a string"


def _imported_by(tables: str) -> tuple[list[str], list[str]]:
    """Return the modules that a module of tables imports whole, and the parts of other tables that it imports."""
    imported = {
        f"{node.module}.{alias.name}": getattr(import_module(node.module), alias.name)
        for node in ast.walk(parsed(_path(tables)))
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("impl.")
        for alias in node.names
        if node.module is not None
    }
    modules = [name for name, value in imported.items() if isinstance(value, ModuleType)]
    return modules, [name for name, value in imported.items() if _is_of_a_table(value)]


def _is_of_a_table(value: object) -> bool:
    """Return whether it is a mapped class, or a part of one; columns to mix in, enums and types of values are not."""
    if isinstance(value, type):
        return issubclass(value, Table) and value is not Table
    return isinstance(value, ClauseElement | QueryableAttribute)


def _names_from_foreign_tables(tree: ast.Module, feature: str) -> set[str]:
    return {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        and (node.module or "").endswith(".tables")
        and node.module not in {f"{feature}.tables", "impl.kernel.tables"}
        for alias in node.names
    }


def _written_names(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        if isinstance(node.func, ast.Name) and node.func.id in _WRITES:
            yield from _roots(node.args)
        if isinstance(node.func, ast.Attribute) and node.func.attr in {"add", "add_all", "merge"}:
            yield from _constructed(node.args)


def _roots(arguments: list[ast.expr]) -> Iterator[str]:
    for argument in arguments:
        inner = argument
        while isinstance(inner, ast.Attribute):
            inner = inner.value
        if isinstance(inner, ast.Name):
            yield inner.id


def _constructed(arguments: list[ast.expr]) -> Iterator[str]:
    for argument in arguments:
        for node in ast.walk(argument):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                yield node.func.id
