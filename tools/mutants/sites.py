"""Mutants of modules, listed and made with cosmic-ray; tools/mutants runs it in an environment of its own."""

from __future__ import annotations

import ast
import json
import sys
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, override

import cosmic_ray.plugins
import parso
from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.ast.ast_query import ASTQuery
from cosmic_ray.mutating import mutate_code
from cosmic_ray.operators.operator import Example, Operator

from tools.mutants.tuning import REMEMBERED, TUNING

# What changes no behaviour, or only that of a checker or the time that something takes: a mutant of these would
# survive every test there could be.
_UNSEEN_DECORATORS = frozenset({"override", "abstractmethod", "overload", "final", "cache", "lru_cache"})
# Named arguments that make a mistake visible or a thing smaller, and change nothing else.
_UNSEEN_ARGUMENTS = {
    "dataclass": {"frozen", "slots", "kw_only", "repr"},
    "zip": {"strict"},
    # SQLAlchemy's `in_` makes its parameter one of many by itself.
    "bindparam": {"expanding"},
    "ConfigDict": {"frozen"},
    "SettingsConfigDict": {"frozen"},
}
# SQLAlchemy's marks that the text of a statement may be remembered, which it makes anew otherwise.
_REMEMBERED_TEXTS = frozenset({"cache_ok", "inherit_cache"})
# What a table says of its columns; tests/migrations compare it with the migrated database.
_COLUMNS = frozenset({"mapped_column", "CheckConstraint", "Index", "UniqueConstraint", "ForeignKeyConstraint"})
_LOGS = frozenset({"_log", "log", "logger", "_logger"})
_NONE: frozenset[str] = frozenset()
# Comparisons with a sentinel (`None`, a member of an enum) say the same by equality as by identity, and linters ask for
# the one that stands there.
_SAME_OPERATORS = ("ReplaceComparisonOperator_Is_Eq", "ReplaceComparisonOperator_IsNot_NotEq")
# The order of words says nothing: whether it stands for their equality depends on which words there are.
_ORDERS = ("_Lt", "_LtE", "_Gt", "_GtE")
# Python has one object of each text of one letter at most: identity is equality.
_IDENTITIES = ("_Eq_Is", "_NotEq_IsNot")
# The clock of a process stands at a bound for a moment that nobody can wait for.
_BOUNDS = ("_Lt_LtE", "_LtE_Lt", "_Gt_GtE", "_GtE_Gt")
_CLOCKS = ("monotonic", "loop.time", "loop().time")
_EQUALITIES = tuple(f"ReplaceComparisonOperator_{name}_" for name in ("Eq", "NotEq", "Is", "IsNot"))


class LeaveOut(Operator):  # type: ignore[misc]  # cosmic-ray has no types
    """Remove a statement that is only a call, or raises, as if somebody had forgotten it."""

    @override
    def mutation_positions(self, node: Any) -> Iterator[tuple[tuple[int, int], tuple[int, int]]]:
        if node.type == "simple_stmt" and _is_step(node.children[0]):
            yield node.children[0].start_pos, node.children[0].end_pos

    @override
    def mutate(self, node: Any, index: int) -> Any:
        first = node.children[0]
        lines = "\n" * (first.end_pos[0] - first.start_pos[0])
        node.children[0] = parso.parse(f"{first.get_first_leaf().prefix}pass{lines}").children[0]
        return node

    @classmethod
    @override
    def examples(cls) -> tuple[Example, ...]:
        return (Example("f(x)\n", "pass\n"),)


def _is_step(node: Any) -> bool:  # noqa: ANN401 - parso's tree has no types
    code = node.get_code(include_prefix=False)
    if node.type == "raise_stmt":
        # An AssertionError says that the place is never reached.
        return not code.startswith("raise AssertionError")
    return node.type in {"atom_expr", "power"} and code.endswith(")") and code.partition(".")[0] not in _LOGS


def main() -> None:
    """Print the mutants of the modules named (`list PATH...`), or the sources of those given as JSON (`apply`)."""
    command, *paths = sys.argv[1:]
    if command == "list":
        print(json.dumps([site for path in paths for site in _sites(Path(path))]))
        return
    made = []
    for site in json.load(sys.stdin):
        operator = _operators()[site["operator"]]
        try:
            made.append(mutate_code(Path(site["path"]).read_text(encoding="utf-8"), operator, site["occurrence"]) or "")
        except AttributeError:
            # cosmic-ray replaces no exception of a dotted name within several.
            made.append("")
    print(json.dumps(made))


@cache
def _operators() -> dict[str, Operator]:
    operators = {name: cosmic_ray.plugins.get_operator(name) for name in cosmic_ray.plugins.operator_names()}
    chosen = {name: one() for name, one in operators.items() if _is_tried(name, one)}
    return {"hestami/LeaveOut": LeaveOut(), **chosen}


def _is_tried(name: str, operator: Any) -> bool:  # noqa: ANN401 - cosmic-ray has no types
    return not operator.arguments() and not name.endswith(("/NoOp", *_SAME_OPERATORS))


def _sites(path: Path) -> Iterator[dict[str, Any]]:
    source = path.read_text(encoding="utf-8")
    tree = ast.parse(source)
    silent = list(_silent_ranges(tree, str(path)))
    bodies = list(_bodies(tree))
    words = list(_comparisons(tree, _is_word))
    letters = list(_comparisons(tree, _is_letter))
    moments = list(_comparisons(tree, _is_moment))
    nodes = list(ast_nodes(get_ast(source)))
    for name, operator in _operators().items():
        places = ((node, *place) for node in nodes for place in operator.mutation_positions(node))
        for occurrence, (node, start, end) in enumerate(places):
            is_order = any(one in name for one in _EQUALITIES) and name.endswith(_ORDERS)
            unseen = [*silent, *(words if is_order else moments if name.endswith(_BOUNDS) else [])]
            unseen += letters if name.endswith(_IDENTITIES) else []
            if any(first <= start and end <= last for first, last in unseen):
                continue
            yield {
                "path": str(path),
                "operator": name,
                "occurrence": occurrence,
                "line": start[0],
                "column": start[1],
                "definition": ASTQuery(node).get_definition_name() or "",
                "in_function": any(first <= start and end <= last for first, last in bodies),
            }


type _Place = tuple[int, int]


def _comparisons(tree: ast.Module, is_such: Callable[[ast.expr], bool]) -> Iterator[tuple[_Place, _Place]]:
    """Yield where something is compared with such an expression."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare) and any(map(is_such, [node.left, *node.comparators])):
            yield (node.lineno, node.col_offset), (node.end_lineno or 0, node.end_col_offset or 0)


def _is_moment(node: ast.expr) -> bool:
    """Return whether an expression reads the clock of the process, or of its loop."""
    return any(isinstance(one, ast.Call) and ast.unparse(one.func).endswith(_CLOCKS) for one in ast.walk(node))


def _is_word(node: ast.expr) -> bool:
    """Return whether an expression is a text, or a member of an enum, all of which are texts."""
    is_text = isinstance(node, ast.Constant) and isinstance(node.value, str | bytes)
    # A constant of a module (`signal.SIGTERM`) is a number.
    is_member = isinstance(node, ast.Attribute) and node.attr.isupper() and ast.unparse(node.value)[0].isupper()
    return is_text or is_member


def _is_letter(node: ast.expr) -> bool:
    """Return whether an expression is a text of one letter at most."""
    return isinstance(node, ast.Constant) and isinstance(node.value, str | bytes) and len(node.value) <= 1


def _bodies(tree: ast.Module) -> Iterator[tuple[_Place, _Place]]:
    """Yield where the bodies of functions stand, which can be exchanged in a process that has imported the module."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield (node.body[0].lineno, node.body[0].col_offset), (node.end_lineno or 0, node.end_col_offset or 0)


def _silent_ranges(tree: ast.Module, module: str) -> Iterator[tuple[_Place, _Place]]:
    """Yield the places of code that no test can observe.

    Annotations, type aliases, imports for types only, decorators of no effect, loops that only write to the log; and
    the bare `*` or `/` of a signature, which cosmic-ray takes for an operator.
    """
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield from _markers(node)
        for one in _silent_parts(node, module):
            if isinstance(one, ast.expr | ast.stmt | ast.type_param):
                if one in getattr(node, "decorator_list", []):
                    # cosmic-ray's decorator is the line, from its sign to the next line.
                    yield (one.lineno, max(0, one.col_offset - 1)), ((one.end_lineno or one.lineno) + 1, 0)
                else:
                    yield (one.lineno, one.col_offset), (one.end_lineno or one.lineno, one.end_col_offset or 0)


def _silent_parts(node: ast.AST, module: str) -> list[ast.AST | None]:
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            unseen = [one for one in node.decorator_list if _named(one) in _UNSEEN_DECORATORS]
            return [node.returns, *node.type_params, *unseen]
        case ast.ClassDef():
            return [*node.type_params]
        case ast.arg():
            return [node.annotation]
        case ast.AnnAssign() | ast.Assign():
            return _of_assignment(node, TUNING.get(module, _NONE))
        case ast.TypeAlias():
            return [node]
        case ast.If():
            return [node] if ast.unparse(node.test) == "TYPE_CHECKING" else _of_choice(node.test)
        case ast.For():
            return [node] if all(map(_is_logging, node.body)) else []
        case ast.Compare():
            remembered = REMEMBERED.get(module, _NONE)
            return [node] if any(isinstance(one, ast.Name) and one.id in remembered for one in node.comparators) else []
        case ast.Call():
            return [*_of_call(node)]
        case _:
            return []


def _is_logging(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and ast.unparse(node).partition(".")[0] in _LOGS


def _of_assignment(node: ast.AnnAssign | ast.Assign, tuning: frozenset[str]) -> list[ast.AST | None]:
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    names = {one.id for target in targets for one in ast.walk(target) if isinstance(one, ast.Name)}
    silent: list[ast.AST | None] = [node.annotation] if isinstance(node, ast.AnnAssign) else []
    return [*silent, node.value] if names and names <= tuning | _REMEMBERED_TEXTS else silent


def _of_choice(test: ast.expr) -> list[ast.AST | None]:
    """Return the choice between two releases of Python, of which the tests run on one."""
    return [test] if isinstance(test, ast.Compare) and ast.unparse(test.left) == "sys.version_info" else []


def _named(decorator: ast.expr) -> str:
    return ast.unparse(decorator.func if isinstance(decorator, ast.Call) else decorator)


def _of_call(node: ast.Call) -> list[ast.expr]:
    called = ast.unparse(node.func)
    if called in {"cast", "asyncio.sleep"}:
        return node.args[:1]
    if called == "lru_cache":
        # How much is remembered of what can be made again.
        return [*node.args, *(one.value for one in node.keywords)]
    if called in _COLUMNS:
        return [node]
    if called.partition(".")[0] in _LOGS:
        return [node]
    unseen = _UNSEEN_ARGUMENTS.get(called, set())
    return [one.value for one in node.keywords if one.arg in unseen]


def _markers(node: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[tuple[_Place, _Place]]:
    """Yield the gaps of a signature behind its positional parameters and before the next ones."""
    given = node.args
    positional = [*given.posonlyargs, *given.args]
    named: list[ast.arg | ast.expr | ast.stmt] = [
        one for one in (given.vararg, *given.kwonlyargs, given.kwarg, node.returns, node.body[0]) if one
    ]
    gaps = [(given.posonlyargs, [*given.args, *named])] if given.posonlyargs else []
    gaps += [(positional, named)] if given.kwonlyargs and given.vararg is None else []
    for before, after in gaps:
        until: list[ast.arg | ast.expr] = [*before, *given.defaults]
        ends = [(one.end_lineno or 0, one.end_col_offset or 0) for one in until]
        yield max(ends, default=(node.lineno, node.col_offset)), (after[0].lineno, after[0].col_offset)


if __name__ == "__main__":
    main()
