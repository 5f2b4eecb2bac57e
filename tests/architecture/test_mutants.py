"""Numbers that mutation testing leaves out are numbers of the modules that are named with them."""

from __future__ import annotations

import ast

from tests.architecture.sources import parsed
from tests.harness.databases import ROOT
from tools.mutants.reach import is_done_at_import, lines_of
from tools.mutants.tuning import TUNING


def _is_numeric(node: ast.expr | None) -> bool:
    match node:
        case ast.Constant(value=value):
            return isinstance(value, int | float)
        case ast.Tuple(elts=parts):
            return all(map(_is_numeric, parts))
        case ast.BinOp(left=left, right=right):
            return _is_numeric(left) and _is_numeric(right)
        case ast.Call(func=ast.Name(id="timedelta"), keywords=keywords):
            return all(_is_numeric(one.value) for one in keywords)
        case _:
            return False


def _numbers(tree: ast.Module) -> set[str]:
    found: set[str] = set()
    for node in tree.body:
        match node:
            case (
                ast.AnnAssign(target=ast.Name(id=name), value=value)
                | ast.Assign(targets=[ast.Name(id=name)], value=value)
            ) if _is_numeric(value):
                found.add(name)
            case _:
                pass
    return found


def test_each_number_of_tuning_is_a_number_of_its_module() -> None:
    wrong = {module: names - _numbers(parsed(ROOT / module)) for module, names in TUNING.items()}
    assert {module: names for module, names in wrong.items() if names} == {}


def test_what_a_function_makes_for_a_constant_is_noticed_where_that_is_read() -> None:
    source = "def made():\n    return 1\n\n\ndef other():\n    return 2\n\n\nTABLE = made()\nLATER = lambda: other()\n"
    assert [is_done_at_import(source, line) for line in (2, 6, 9, 10)] == [True, False, True, False]
    lines = lines_of("one.py", 2, {"one.py": source, "two.py": "x = TABLE\n"})
    assert lines == {("one.py", 1), ("one.py", 2), ("one.py", 9), ("two.py", 1)}
