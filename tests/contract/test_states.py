"""Take every transition of every state machine, and see every other step refused by naming the state."""

from __future__ import annotations

from collections.abc import AsyncIterator
from enum import StrEnum
from typing import Any

import pytest

from generated import states
from openapi.runtime.states import StateMachine, is_of_a_program
from tests.contract.walks import Edge, Walk, World, file_for, walks
from tests.harness.accounts import Accounts
from tests.harness.client import assert_problem
from tests.harness.databases import ROOT, Databases, Engine
from tests.harness.service import Service, run_service
from tests.marketplace.payloads import Json

type Machine = StateMachine[StrEnum, Any]

MACHINES: dict[str, Machine] = {
    found.states.__name__: found for found in vars(states).values() if isinstance(found, StateMachine)
}
WALKS = walks()


@pytest.fixture(scope="module")
async def world(
    databases: Databases, engine: Engine, worker_id: str, service: Service, accounts: Accounts
) -> AsyncIterator[World]:
    """Return the two services that things of every state come from."""
    async with run_service(databases, engine, f"states_{worker_id}", moderation="staff") as running:
        made = Accounts(running)
        yield World(running, made, service, accounts)
        await made.close()


@pytest.mark.parametrize("name", MACHINES)
def test_every_step_of_a_machine_has_its_request(name: str) -> None:
    machine = MACHINES[name]
    file = file_for([*(step for step in _own_steps(machine) if step not in machine.anywhere), *machine.starts])
    assert name in WALKS, f"{file}: WALKS lacks {name}; tests/contract/walks.py tells what it says"
    missing = [step for step in machine.steps() if step not in WALKS[name].send]
    assert missing == [], f"{file}: WALKS[{name!r}].send lacks {', '.join(missing)}"
    unknown = [step for step in WALKS[name].send if step not in machine.steps()]
    assert unknown == [], f"{file}: no step of {name}: {', '.join(unknown)}"


@pytest.mark.parametrize("name", MACHINES)
def test_every_step_of_a_machine_is_taken_by_the_code(name: str) -> None:
    """Look for each step in the code that decides: one that a table lists and no code asks for is a broken promise."""
    texts = [path.read_text(encoding="utf-8") for path in (ROOT / "impl").rglob("*.py")]
    constant = next(key for key, value in vars(states).items() if value is MACHINES[name])
    deciding = "\n".join(text for text in texts if constant in text or f"{name}Step" in text)
    told = [step for step in _own_steps(MACHINES[name]) if f'"{step}"' not in deciding]
    assert told == [], f"no code asks {constant} about {', '.join(told)}"


@pytest.mark.parametrize("name", sorted(MACHINES.keys() & WALKS.keys()))
async def test_every_transition_leads_where_the_table_says(world: World, name: str) -> None:
    walk = WALKS[name]
    for state, step, target in MACHINES[name].edges():
        told = f"{name}: {state} -> {step} -> {target}"
        thing = await _thing(world, walk, state, Edge(step, target), told)
        answer = await walk.send[step](world, thing, target)
        if answer is not None:
            assert answer.is_success, f"{told}: {answer.status_code} {answer.text}"
        assert await walk.read(world, thing) == _seen(MACHINES[name], target), told


@pytest.mark.parametrize("name", sorted(MACHINES.keys() & WALKS.keys()))
async def test_every_other_step_is_refused_by_naming_the_state(world: World, name: str) -> None:
    walk, machine = WALKS[name], MACHINES[name]
    for state in [state for state in machine.states if state not in machine.reserved]:
        refused = [step for step in _refusable_steps(machine) if not machine.after(state, step)]
        if not refused:
            continue
        thing = await _thing(world, walk, state, None, f"{name}: {state}")
        for step in refused:
            told = f"{name}: {state} -> {step} -> nothing"
            target = next(target for _, other, target in machine.edges() if other == step)
            answer = await walk.send[step](world, thing, target)
            assert answer is not None, told
            if state in machine.hidden or (state, step) in walk.unseen:
                assert answer.status_code == 404, f"{told}: {answer.status_code} {answer.text}"
                continue
            assert answer.status_code == 409, f"{told}: {answer.status_code} {answer.text}"
            problem = assert_problem(answer, 409, "invalid-transition")
            assert (problem["state"], problem["possible"]) == (state, list(machine.operations(state))), told
        assert await walk.read(world, thing) == _seen(machine, state), f"{name}: a refused step changed {state}"


async def _thing(world: World, walk: Walk[Json], state: str, edge: Edge | None, told: str) -> Json:
    thing = await walk.make(world, state, edge)
    seen = await walk.read(world, thing)
    assert seen is None or seen == state, f"{told}: the thing was made as {seen}"
    return thing


def _own_steps(machine: Machine) -> tuple[str, ...]:
    """Return the steps that are asked of the machine's own things."""
    return tuple(step for step in machine.steps() if step not in machine.through)


def _refusable_steps(machine: Machine) -> list[str]:
    """Return the operations that a state refuses, unless the table leads on from it."""
    return [step for step in _own_steps(machine) if step not in machine.anywhere and not is_of_a_program(step)]


def _seen(machine: Machine, state: str) -> str | None:
    return None if state in machine.hidden else state
