"""Lines at which a change can be noticed: its own, or where a constant, a default or a decorator comes into use."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping

type Line = tuple[str, int]


def lines_of(module: str, line: int, sources: Mapping[str, str]) -> set[Line]:
    """Return the lines, with their modules, whose tests can notice a change of one line; sources are all of `impl`."""
    tree = ast.parse(sources[module])
    around = [node for node in ast.walk(tree) if isinstance(node, ast.stmt) and _holds(node, line)]
    functions = [node for node in around if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    if functions:
        if made := _made_by(tree, line):
            return {*_numbers(module, [min(functions, key=lambda node: node.lineno)]), *_mentions(made, sources)}
        innermost = max(functions, key=lambda node: node.lineno)
        if line >= innermost.body[0].lineno:
            statement = max(around, key=lambda node: node.lineno)
            own = [] if _is_block(statement) else _numbers(module, [statement])
            return {(module, line), *own, *_uses(module, innermost, _kept(statement), sources)}
        kept = {
            name for node in innermost.body if _reads(node, _parameters_on(innermost, line)) for name in _kept(node)
        }
        return {*_numbers(module, innermost.body), *_uses(module, innermost, kept, sources)}
    if lambdas := _lambdas(tree, line):
        return set(_numbers(module, [lambdas[-1].body]))
    names = {name for node in around for name in _assigned(node)}
    if names and not any(isinstance(node, ast.ClassDef) for node in around):
        return set(_mentions(names, sources))
    outermost: list[ast.stmt] = [node for node in around if isinstance(node, ast.ClassDef)] or tree.body
    return set(_numbers(module, outermost))


def is_done_at_import(source: str, line: int) -> bool:
    """Return whether a line is run as the module is imported.

    Outside of functions it is, but for that of a lambda; within one, if a constant of the module is made by it.
    """
    tree = ast.parse(source)
    return bool(_made_by(tree, line)) if _is_in_body(tree, line) else not _lambdas(tree, line)


def _is_in_body(tree: ast.Module, line: int) -> bool:
    functions = (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
    return any(node.body[0].lineno <= line <= (node.end_lineno or 0) for node in functions)


def _made_by(tree: ast.Module, line: int) -> set[str]:
    """Return the constants of a module that are made by calling the function in whose body the line stands."""
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef) and _is_in_body_of(node, line)]
    names = {node.name for node in functions}
    return {
        made
        for node in tree.body
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None and _calls(node.value, names)
        for made in _assigned(node)
    }


def _is_in_body_of(function: ast.FunctionDef, line: int) -> bool:
    return function.body[0].lineno <= line <= (function.end_lineno or 0)


def _calls(node: ast.AST, names: set[str]) -> bool:
    """Return whether something calls one of the functions at once, and not in a lambda."""
    if isinstance(node, ast.Lambda):
        return False
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names:
        return True
    return any(_calls(one, names) for one in ast.iter_child_nodes(node))


def _lambdas(tree: ast.Module, line: int) -> list[ast.Lambda]:
    """Return the lambdas in whose body the line stands, the innermost last."""
    found = [node for node in ast.walk(tree) if isinstance(node, ast.Lambda)]
    holding = [node for node in found if node.body.lineno <= line <= (node.body.end_lineno or 0)]
    return sorted(holding, key=lambda node: (node.body.lineno, node.body.col_offset))


def _holds(node: ast.stmt, line: int) -> bool:
    decorators: Iterable[ast.expr] = getattr(node, "decorator_list", [])
    first = min([node.lineno, *(one.lineno for one in decorators)])
    return first <= line <= (node.end_lineno or first)


def _uses(module: str, function: ast.stmt, kept: set[str], sources: Mapping[str, str]) -> Iterator[Line]:
    """Yield where a module reads what one of its objects keeps: most are made once, for all tests of a process."""
    if kept and getattr(function, "name", "") == "__init__":
        yield from _mentions(kept, {module: sources[module]})


def _kept(node: ast.stmt) -> set[str]:
    """Return the names under which a statement keeps something in its object."""
    return {one.attr for one in ast.walk(node) if isinstance(one, ast.Attribute) and isinstance(one.ctx, ast.Store)}


def _parameters_on(function: ast.FunctionDef | ast.AsyncFunctionDef, line: int) -> set[str]:
    """Return the parameters that stand on a line."""
    declared = function.args
    return {one.arg for one in [*declared.posonlyargs, *declared.args, *declared.kwonlyargs] if one.lineno == line}


def _reads(node: ast.stmt, names: set[str]) -> bool:
    return any(isinstance(one, ast.Name) and one.id in names for one in ast.walk(node))


def _is_block(node: ast.stmt) -> bool:
    return bool(getattr(node, "body", None))


def _numbers(module: str, nodes: Iterable[ast.stmt | ast.expr]) -> Iterator[Line]:
    for node in nodes:
        yield from ((module, number) for number in range(node.lineno, (node.end_lineno or node.lineno) + 1))


def _assigned(node: ast.stmt) -> Iterator[str]:
    targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
    for target in targets:
        yield from (one.id for one in ast.walk(target) if isinstance(one, ast.Name))


def _mentions(names: set[str], sources: Mapping[str, str]) -> Iterator[Line]:
    wanted = re.compile(rf"\b({'|'.join(map(re.escape, names))})\b")
    for module, source in sources.items():
        if wanted.search(source):
            for number, text in enumerate(source.splitlines(), 1):
                if wanted.search(text):
                    yield module, number
