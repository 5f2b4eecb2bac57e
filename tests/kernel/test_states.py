"""The one decision on transitions, by a table of the contract's kind."""

from __future__ import annotations

from enum import StrEnum

import pytest

from impl.kernel.errors import InvalidTransition
from impl.kernel.states import next_state, state_after
from openapi.runtime.states import StateMachine

type Step = str  # an operation, or what a program does


class Light(StrEnum):
    """States of a traffic light."""

    RED = "RED"
    GREEN = "GREEN"
    DARK = "DARK"


_MACHINE: StateMachine[Light, Step] = StateMachine(
    states=Light,
    starts={"add": (Light.RED,)},
    moves={
        Light.RED: {"change": (Light.GREEN,), "worker.end": (Light.DARK,), "ofAnother": (Light.DARK,)},
        Light.GREEN: {"change": (Light.RED, Light.DARK)},
        Light.DARK: {},
    },
    hidden=frozenset(),
    through={"ofAnother": "Crossing"},
    anywhere=frozenset({"worker.end"}),
    reserved=frozenset(),
)


def test_a_step_leads_where_the_table_says() -> None:
    assert next_state(_MACHINE, Light.RED, "change") is Light.GREEN
    assert next_state(_MACHINE, Light.RED, "change", to=Light.GREEN) is Light.GREEN
    assert next_state(_MACHINE, Light.GREEN, "change", to=Light.DARK) is Light.DARK
    with pytest.raises(TypeError, match="change leads from GREEN to RED, DARK: say to which"):
        next_state(_MACHINE, Light.GREEN, "change")


@pytest.mark.parametrize(
    ("state", "step", "to", "possible"),
    [
        (Light.DARK, "change", None, []),
        (Light.GREEN, "worker.end", None, ["change"]),
        (Light.RED, "change", Light.DARK, ["change"]),
        (Light.RED, "unknown", Light.GREEN, ["change"]),
    ],
)
def test_a_step_that_the_table_does_not_list_is_refused_with_those_that_it_does(
    state: Light, step: Step, to: Light | None, possible: list[str]
) -> None:
    with pytest.raises(InvalidTransition) as refused:
        next_state(_MACHINE, state, step, to=to)
    assert refused.value.members == {"state": str(state), "possible": possible}


def test_a_step_of_anywhere_leaves_the_state_as_it_is_where_the_table_does_not_list_it() -> None:
    assert state_after(_MACHINE, Light.RED, "worker.end") is Light.DARK
    assert state_after(_MACHINE, Light.GREEN, "worker.end") is Light.GREEN
    with pytest.raises(TypeError, match="change may be refused"):
        state_after(_MACHINE, Light.RED, "change")
