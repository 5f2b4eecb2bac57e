"""The one decision on transitions: whether the contract's table lets a thing take a step in its present state."""

from enum import StrEnum

from impl.kernel.errors import InvalidTransition
from openapi.runtime.states import StateMachine


def next_state[StateT: StrEnum, StepT: str](
    machine: StateMachine[StateT, StepT], state: StateT, step: StepT, *, to: StateT | None = None
) -> StateT:
    """Return the state after the step; raise InvalidTransition where the table does not lead from here.

    `to` says which state is meant where the table has several; where it has one, it is checked.
    """
    targets = machine.after(state, step)
    if not targets or (to is not None and to not in targets):
        raise refused(machine, state)
    if to is not None:
        return to
    if len(targets) > 1:
        raise TypeError(f"{step} leads from {state} to {', '.join(targets)}: say to which")
    return targets[0]


def state_after[StateT: StrEnum, StepT: str](
    machine: StateMachine[StateT, StepT], state: StateT, step: StepT, *, to: StateT | None = None
) -> StateT:
    """Return the state after a step of `anywhere`: the present one where the table does not lead on from it."""
    if step not in machine.anywhere:
        raise TypeError(f"{step} may be refused: ask next_state")
    return next_state(machine, state, step, to=to) if machine.after(state, step) else state


def refused[StateT: StrEnum, StepT: str](machine: StateMachine[StateT, StepT], state: StateT) -> InvalidTransition:
    """Return the problem of a step that cannot be taken in this state, with those that can."""
    return InvalidTransition(state, machine.operations(state))
