"""State machines of the contract, read from `x-transitions`, and the page that draws them."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from openapi.codegen.document import Document, Node
from openapi.codegen.naming import constant
from openapi.codegen.schemas import TRANSITIONS
from openapi.runtime.states import is_of_a_program

type Steps = dict[str, tuple[str, ...]]

_HEAD = """# State machines

Generated from `x-transitions` of `openapi/hestami.yaml` by `make generate`; never edited by hand. The code decides
by these tables and nothing else ([adding-an-operation.md](adding-an-operation.md#a-state-machine) tells how). The tests
walk every transition, and see every other step refused with 409 `invalid-transition`.

A step is an operation, or what a program does of itself (`worker.` and a name), also to another thing than the one that
was asked (`service.` and a name). What leaves the state as it is stands in the table, not in the drawing.
"""


@dataclass(frozen=True)
class Machine:
    """State machine of one schema; `steps` are all that it knows, each once."""

    name: str
    constant: str
    description: str
    states: tuple[str, ...]
    starts: Steps
    moves: dict[str, Steps]
    hidden: tuple[str, ...]
    through: dict[str, str]
    anywhere: tuple[str, ...]
    reserved: tuple[str, ...]

    @property
    def steps(self) -> tuple[str, ...]:
        """Return all steps, those that begin it included, each once."""
        return tuple(dict.fromkeys([*self.starts, *(step for steps in self.moves.values() for step in steps)]))


def machines(document: Document) -> tuple[Machine, ...]:
    """Read the machines of a contract that keeps the rules, in its order."""
    return tuple(_machine(name, schema) for name, schema in document.schemas.items() if TRANSITIONS in schema)


def _machine(name: str, schema: Node) -> Machine:
    table: Node = schema[TRANSITIONS]
    return Machine(
        name=name,
        constant=f"{constant(name)}_MACHINE",
        description=str(schema.get("description", "")).strip(),
        states=tuple(schema["enum"]),
        starts=_steps(table["starts"]),
        moves={state: _steps(table["moves"].get(state) or {}) for state in schema["enum"]},
        hidden=tuple(table.get("hidden") or ()),
        through=dict(table.get("through") or {}),
        anywhere=tuple(table.get("anywhere") or ()),
        reserved=tuple(table.get("reserved") or ()),
    )


def _steps(node: Node) -> Steps:
    return {step: targets_of(after) for step, after in node.items()}


def targets_of(after: object) -> tuple[str, ...]:
    """Return the states after a step, which the contract writes as one or as a list."""
    return tuple(map(str, after)) if isinstance(after, list) else (str(after),)


def page(document: Document) -> str:
    """Return the document that draws the machines."""
    return "\n".join([_HEAD, *(line for machine in machines(document) for line in _section(machine))])


def _section(machine: Machine) -> Iterator[str]:
    yield f"## {machine.name}\n"
    yield f"{machine.description}\n"
    yield "```mermaid\nstateDiagram-v2"
    for step, targets in machine.starts.items():
        yield from (f"    [*] --> {target} : {step}" for target in targets)
    drawn: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for state, steps in machine.moves.items():
        for step, targets in steps.items():
            for target in targets:
                if target != state:
                    drawn[state, target].append(step)
    yield from (f"    {state} --> {target} : {', '.join(steps)}" for (state, target), steps in drawn.items())
    yield "```\n"
    yield "| state | step | state after |\n|---|---|---|"
    for state, steps in machine.moves.items():
        for step, targets in steps.items():
            by = f" (of `{machine.through[step]}`)" if step in machine.through else ""
            yield f"| `{state}` | `{step}`{by} | {', '.join(f'`{target}`' for target in targets)} |"
        if not steps:
            yield f"| `{state}` | {_without_steps(machine, state)} | |"
    if machine.anywhere:
        named = ", ".join(f"`{step}`" for step in machine.anywhere)
        yield f"\nNo state refuses {named}: where the table does not list them, the state stays."
    yield ""


def _without_steps(machine: Machine, state: str) -> str:
    if state in machine.reserved:
        return "none: nothing leads here yet"
    return "none; 404 for everyone" if state in machine.hidden else "none: the end"


def programs(machine: Machine) -> tuple[str, ...]:
    """Return the steps that programs take of themselves."""
    return tuple(step for step in machine.steps if is_of_a_program(step))
