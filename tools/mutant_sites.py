"""Mutants of modules, listed and made with cosmic-ray; tools/mutants.py runs it in an environment of its own."""

from __future__ import annotations

import ast
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cosmic_ray.plugins
from cosmic_ray.commands.init import _all_work_items
from cosmic_ray.mutating import mutate_code

# What changes no behaviour, or only that of a checker: a mutant of these would survive every test there could be.
_UNSEEN_DECORATORS = frozenset({"override", "abstractmethod", "property", "overload"})


def main() -> None:
    """Print the mutants of the modules named (`list PATH...`), or one mutant's source (`apply` with its JSON)."""
    command, *arguments = sys.argv[1:]
    if command == "list":
        print(json.dumps([site for path in arguments for site in _sites(Path(path))]))
        return
    site: dict[str, Any] = json.loads(arguments[0])
    operator = cosmic_ray.plugins.get_operator(site["operator"])(**site["arguments"])
    mutated = mutate_code(Path(site["path"]).read_text(encoding="utf-8"), operator, site["occurrence"])
    print(mutated or "", end="")


def _sites(path: Path) -> Iterator[dict[str, Any]]:
    silent = list(_silent_ranges(ast.parse(path.read_text(encoding="utf-8"))))
    for item in _all_work_items([path], {}):
        (mutation,) = item.mutations
        start, end = tuple(mutation.start_pos), tuple(mutation.end_pos)
        if any(first <= start and end <= last for first, last in silent):
            continue
        yield {
            "path": str(path),
            "operator": mutation.operator_name,
            "arguments": mutation.operator_args,
            "occurrence": mutation.occurrence,
            "line": start[0],
            "definition": mutation.definition_name or "",
        }


type _Place = tuple[int, int]


def _silent_ranges(tree: ast.Module) -> Iterator[tuple[_Place, _Place]]:
    """Yield where annotations, type aliases, imports for types only, and decorators of no effect stand.

    So does the bare `*` or `/` of a signature, which cosmic-ray takes for an operator.
    """
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield from _markers(node)
        silent: list[ast.AST | None] = []
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            silent += [node.returns, *node.type_params]
            silent += [one for one in node.decorator_list if isinstance(one, ast.Name) and one.id in _UNSEEN_DECORATORS]
        elif isinstance(node, ast.arg | ast.AnnAssign):
            silent.append(node.annotation)
        elif isinstance(node, ast.TypeAlias) or (
            isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        ):
            silent.append(node)
        elif isinstance(node, ast.Call) and ast.unparse(node.func) == "cast":
            silent += node.args[:1]
        for one in silent:
            if isinstance(one, ast.expr | ast.stmt | ast.type_param):
                before = 1 if one in getattr(node, "decorator_list", []) else 0
                yield (
                    (one.lineno, max(0, one.col_offset - before)),
                    (one.end_lineno or one.lineno, (one.end_col_offset or 0) + before),
                )


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
