"""Rules about state machines: the table of transitions on the schema of a state (`x-transitions`)."""

import re
from collections.abc import Iterator

from openapi.codegen.document import Document, Node
from openapi.codegen.machines import Machine, machines, programs
from openapi.codegen.rules.rule import Rule, Table, unless
from openapi.codegen.schemas import TRANSITIONS, is_enum, lists_problem

_KEYS = frozenset({"starts", "moves", "hidden", "through", "anywhere", "reserved"})
_PROGRAM = re.compile(r"(worker|cli|service)\.[a-z][a-z_]*")
_REFUSAL = "invalid-transition"


def _tables(document: Document) -> Iterator[tuple[str, Node]]:
    for name, schema in document.schemas.items():
        if TRANSITIONS in schema:
            yield f"#/components/schemas/{name}", schema


def _machines(document: Document) -> Iterator[tuple[str, Machine]]:
    """Yield the machines whose tables are well formed; the first rule reports the others."""
    if not any(list(_form(document, schema)) for _, schema in _tables(document)):
        for machine in machines(document):
            yield f"#/components/schemas/{machine.name}", machine


def _form(document: Document, schema: Node) -> Iterator[str]:
    table = schema[TRANSITIONS]
    yield from unless(is_enum(schema), "the schema is no enum")
    if not isinstance(table, dict) or not table.get("starts") or "moves" not in table:
        yield "it has starts and moves"
        return
    yield from (str(key) for key in table if key not in _KEYS)
    parts = [table["starts"], table["moves"], table.get("through", {}), *_values(table["moves"])]
    yield from unless(all(isinstance(part, dict) for part in parts), "starts, moves and through are mappings")
    lists = [table.get(key, []) for key in ("hidden", "anywhere", "reserved")]
    yield from unless(all(isinstance(part, list) for part in lists), "hidden, anywhere and reserved are lists")


def _values(node: object) -> list[object]:
    return list(node.values()) if isinstance(node, dict) else []


def _states(document: Document, machine: Machine) -> Iterator[str]:
    table = document.schemas[machine.name][TRANSITIONS]
    targets = [
        state for steps in [machine.starts, *machine.moves.values()] for after in steps.values() for state in after
    ]
    named = dict.fromkeys([*table["moves"], *machine.hidden, *machine.reserved, *targets])
    yield from (state for state in named if state not in machine.states)
    yield from (f"{state} is hidden and moves" for state in machine.hidden if machine.moves.get(state))
    yield from (f"{state} is reserved and moves" for state in machine.reserved if machine.moves.get(state))


def _reached(document: Document, machine: Machine) -> Iterator[str]:
    seen: set[str] = set()
    waiting = [state for after in machine.starts.values() for state in after]
    while waiting:
        state = waiting.pop()
        if state not in seen:
            seen.add(state)
            waiting.extend(after for targets in machine.moves.get(state, {}).values() for after in targets)
    yield from (state for state in machine.states if state not in seen and state not in machine.reserved)
    yield from (f"{state} is reserved" for state in machine.reserved if state in seen)


def _steps(document: Document, machine: Machine) -> Iterator[str]:
    known = {operation.id for operation in document.operations()}
    yield from (step for step in programs(machine) if not _PROGRAM.fullmatch(step))
    yield from (step for step in machine.steps if step not in known and step not in programs(machine))


def _through(document: Document, machine: Machine) -> Iterator[str]:
    others = {other.name: other for other in machines(document)}
    for step, name in machine.through.items():
        moves = others[name].moves if name in others and name != machine.name else {}
        yield from unless(step in machine.steps and any(step in steps for steps in moves.values()), f"{step}: {name}")


def _anywhere(document: Document, machine: Machine) -> Iterator[str]:
    moving = {step for steps in machine.moves.values() for step in steps}
    yield from (step for step in machine.anywhere if step not in moving or step in machine.through)


def _refusals(document: Document, machine: Machine) -> Iterator[str]:
    """Require a 409 of every operation that some state refuses, unless another machine refuses it."""
    shown = [state for state in machine.states if state not in {*machine.hidden, *machine.reserved}]
    operations = {operation.id: operation for operation in document.operations()}
    for step in machine.steps:
        moving = any(step in steps for steps in machine.moves.values())
        if step not in operations or step in machine.through or step in machine.anywhere or not moving:
            continue
        refused = any(step not in machine.moves[state] for state in shown)
        responses = operations[step].node.get("responses") or {}
        yield from unless(not refused or lists_problem(document, responses.get("409") or {}, _REFUSAL), step)


FORM = Table(
    _tables,
    (
        Rule(
            "transitions",
            "x-transitions of an enum has starts, moves, and perhaps hidden, through, anywhere, reserved.",
            _form,
        ),
    ),
)
SECTION = Table(
    _machines,
    (
        Rule(
            "transition-states",
            "Transitions lead between states of the enum, and none from a hidden or reserved one.",
            _states,
        ),
        Rule("transition-reached", "Every state is reached from a start, or else reserved.", _reached),
        Rule(
            "transition-steps",
            "A step is an operation's id, or a program's: worker.do_this, cli.do_this, service.do_this.",
            _steps,
        ),
        Rule("transition-through", "A step of through is also one of the other machine that it names.", _through),
        Rule("transition-anywhere", "A step of anywhere leads from some state, and is not of through.", _anywhere),
        Rule("transition-refusals", "An operation that a state refuses lists 409 with invalid-transition.", _refusals),
    ),
)
