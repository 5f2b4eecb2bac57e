"""State machine of a schema, as its `x-transitions` draw it: a table, and the questions that are asked of it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True, kw_only=True)
class StateMachine[StateT: StrEnum, StepT: str]:
    """Table of transitions: state before, step, states after; what it does not list cannot be done.

    A step is an operation's id, or what a program does of itself (`worker.end_verifications`). `moves` has every state;
    a step with several states after it leaves the choice to the code that takes it. Things in a `hidden` state are
    answered like things that do not exist. A step of `through` is asked of another thing, whose machine it names and
    which refuses it. A step of `anywhere` is never refused for the state: where the table does not list it, the state
    stays. A `reserved` state is one that nothing leads to yet, so that clients know its name before they meet it.
    """

    states: type[StateT]
    starts: Mapping[StepT, tuple[StateT, ...]]
    moves: Mapping[StateT, Mapping[StepT, tuple[StateT, ...]]]
    hidden: frozenset[StateT]
    through: Mapping[StepT, str]
    anywhere: frozenset[StepT]
    reserved: frozenset[StateT]

    def after(self, state: StateT, step: StepT) -> tuple[StateT, ...]:
        """Return the states to which the step leads from this one; none where it cannot be taken."""
        return self.moves[state].get(step, ())

    def before(self, step: StepT) -> tuple[StateT, ...]:
        """Return the states in which the step can be taken, as for `update ... where state in (...)`."""
        return tuple(state for state, steps in self.moves.items() if step in steps)

    def operations(self, state: StateT) -> tuple[StepT, ...]:
        """Return the ids of the operations that can be asked of a thing in this state."""
        return tuple(step for step in self.moves[state] if step not in self.through and not is_of_a_program(step))

    def steps(self) -> tuple[StepT, ...]:
        """Return all steps that lead from a state, each once, in the order of the contract."""
        return tuple(dict.fromkeys(step for steps in self.moves.values() for step in steps))

    def edges(self) -> Iterator[tuple[StateT, StepT, StateT]]:
        """Yield state before, step and state after of every transition."""
        for state, steps in self.moves.items():
            for step, targets in steps.items():
                for target in targets:
                    yield state, step, target


def is_of_a_program(step: str) -> bool:
    """Return whether a program takes the step of itself; the id of an operation has no dot."""
    return "." in step
