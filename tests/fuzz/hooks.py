"""Hooks of schemathesis: real values from the pools for valid requests, and three checks of our own.

Only requests that are meant to be valid are filled in, and one in four is left as it was generated. What would end the
session that the whole run lives on, or change its person's password, is never sent as that person. What staff alone may
do is sent as an administrator.
"""

from __future__ import annotations

import gc
import os
from collections import Counter
from pathlib import Path
from typing import Any
from uuid import uuid4

import schemathesis
from schemathesis import CheckContext, DeserializationContext, HookContext, Response
from schemathesis.core.parameters import ParameterLocation
from schemathesis.generation.meta import CoveragePhaseData, CoverageScenario
from schemathesis.specs.openapi.object_authorization import check_object_level_authorization

from tests.contract.contract_operations import OPERATIONS, is_public, needs, permissions_of
from tests.contract.features import file_for
from tests.fuzz import features, lookups, pools, texts
from tests.fuzz.cases import Case, is_valid, operation_id, phase
from tests.fuzz.left_out import is_left_out
from tests.fuzz.parts import STATEFUL
from tests.fuzz.seeding import BOTH
from tests.harness.events import events_of

POOLS = pools.read(Path(os.environ["FUZZ_POOLS"]))
PROBLEMS = "https://api.hestami.ai/problems/"
_THOROUGH = os.environ.get("FUZZ") == "long"
_valid: Counter[tuple[str, str]] = Counter()
_prepared: set[tuple[str, str]] = set()

_OF_STAFF = {
    operation.id
    for operation in OPERATIONS
    if not is_public(operation) and not needs(operation) <= frozenset().union(*map(permissions_of, BOTH))
}

# The collector looks rarely: what is read of the contract lives to the end, and to look through it after every 700 new
# objects, as Python does by itself, was a quarter of the run.
_OBJECTS = 50_000

lookups.remember()
texts.spell_what_is_too_long()
gc.freeze()
gc.set_threshold(_OBJECTS, 10, 50)


@schemathesis.deserializer("text/html", "text/csv")
def a_text(_ctx: DeserializationContext, response: Response) -> str:
    """Read a page, where somebody's browser would be shown one, or a table, as the text that its schema describes."""
    return response.content.decode()


@schemathesis.deserializer("text/event-stream")
def the_events(_ctx: DeserializationContext, response: Response) -> list[object]:
    """Read a stream as the data of its events, each of which is held against the schema."""
    return [event.json for event in events_of(response.content)]


schemathesis.openapi.format("one-line", texts.lines())
schemathesis.openapi.format(texts.WEB_ADDRESS, texts.web_addresses())


@schemathesis.hook
def before_load_schema(_context: HookContext, raw_schema: dict[str, Any]) -> None:
    """Say what the contract says in the words of which values are made fastest."""
    for part in ("components", "paths"):
        raw_schema[part] = texts.prepared(raw_schema[part])


def _spare_the_session(case: Case, operation: str) -> None:
    """Let somebody else do what nobody can do twice, whatever the request is meant to be."""
    spent = features.spent().get(operation)
    if spent is None or case.headers.get("Authorization") != POOLS.values["run"][0]["authorization"]:
        return
    # The last one stays for all that is not meant to work, or no longer can: anything but the run's own.
    item = (POOLS.take(spent.pool, phase(case)) if is_valid(case) else None) or POOLS.last(spent.pool)
    case.headers["Authorization"] = item["authorization"]
    if is_valid(case) and spent.fill is not None:
        spent.fill(case, item)


def _as_staff(case: Case, operation: str) -> None:
    """Send as an administrator what the run's own people may not do; not in place of no token, or of another one."""
    is_own = case.headers.get("Authorization") == POOLS.values["run"][0]["authorization"]
    if operation in _OF_STAFF and is_own:
        case.headers["Authorization"] = POOLS.values["staff"][0]["authorization"]


def _is_left_alone(operation: str, of_phase: str) -> bool:
    """Return whether a case is sent as it is: one in four, never the first ones, which may be the only ones."""
    if operation in features.always_filled():
        return False
    _valid[operation, of_phase] += 1
    return of_phase != "examples" and _valid[operation, of_phase] % 4 == 0


@schemathesis.hook
def filter_case(_context: HookContext, case: Case) -> bool:
    """Send, in the short profile, what no other request and no other test shows (`left_out.py`)."""
    if case.meta is None or not isinstance(case.meta.phase.data, CoveragePhaseData):
        return True
    data = case.meta.phase.data
    if _only_adds_a_header(data) and _has_a_header_of_no_text(case):
        return False
    return _THOROUGH or not is_left_out(case, data)


def _only_adds_a_header(data: CoveragePhaseData) -> bool:
    return (
        data.scenario is CoverageScenario.OBJECT_UNEXPECTED_PROPERTIES
        and data.parameter_location is ParameterLocation.HEADER
    )


def _has_a_header_of_no_text(case: Case) -> bool:
    """Return whether schemathesis takes any value of some header for a wrong one.

    HTTP allows headers that nobody knows, and so does the check, where the others are right. But it holds a header as
    it is sent against its schema: no text is an integer, so `Last-Event-ID: 0` looks wrong to it.
    """
    declared = case.operation.get_parameter_set(ParameterLocation.HEADER).schema.get("properties", {}).values()
    return any(schema.get("type") in {"integer", "number"} for schema in declared)


@schemathesis.hook
def before_call(_context: HookContext, case: Case, _kwargs: dict[str, Any]) -> None:
    """Give a request what it needs to get somewhere."""
    operation = operation_id(case)
    _spare_the_session(case, operation)
    _as_staff(case, operation)
    if not is_valid(case):
        return
    if phase(case) == STATEFUL:
        # Steps carry what earlier steps made, that is their point. A repeated create would name what is deleted since.
        if "Idempotency-Key" in case.headers:
            case.headers["Idempotency-Key"] = str(uuid4())
        return
    if _is_left_alone(operation, phase(case)):
        return
    for fill in features.fills().get(operation, ()):
        fill(case, POOLS)
        _prepared.add((operation, phase(case)))


# ------------------------------------------------------------------------------------------------------ our checks


@schemathesis.check
class EnsureReachability:
    """Checks that every operation has succeeded, in each phase in which it was given real values.

    What was never reached was never tested; and a phase that an earlier one has starved tests refusals only.
    """

    def __init__(self) -> None:
        """Begin with nothing reached."""
        self.reached: set[tuple[str, str]] = set()
        self.phases: set[str] = set()

    def after_response(self, _context: CheckContext, response: Response, case: Case) -> None:
        """Note a phase, and a success."""
        self.phases.add(phase(case))
        if 200 <= response.status_code < 300 or response.status_code == 303:
            self.reached.add((operation_id(case), phase(case)))

    def after_run(self, _context: CheckContext) -> None:
        """Name what never succeeded."""
        if self.phases == {STATEFUL}:
            return  # by links alone few operations are reached
        reached = {name for name, _ in self.reached}
        missed = [found for found in features.chosen() if found.id not in reached]
        places = [f"{found.id} ({file_for(found, features.FILE)})" for found in missed]
        assert not missed, f"never answered 2xx, for want of a fill or of a rule that is met: {', '.join(places)}"
        starved = [f"{name} ({of_phase})" for name, of_phase in sorted(_prepared - self.reached)]
        assert not starved, f"never answered 2xx in a phase: {', '.join(starved)}"


@schemathesis.check
def hidden_from_others(context: CheckContext, response: Response, case: Case) -> None:
    """Check that nobody else reads a thing in a state in which its operation shows it to its owner alone.

    Schemathesis itself makes this check of all other operations, and in whatever state a thing is.
    """
    states = features.shared().get(operation_id(case))
    if states is not None and response.status_code == 200 and response.json()["state"] not in states:
        check_object_level_authorization(context, response, case)


@schemathesis.check
def refused_by_a_rule(_context: CheckContext, response: Response, case: Case) -> None:
    """Check that a valid request is refused only for what JSON Schema cannot say, and that the problem names it."""
    if response.status_code not in {400, 412, 422, 428} or not is_valid(case):
        return
    told = response.json()
    slug = str(told.get("type", told.get("error"))).removeprefix(PROBLEMS)
    allowed = features.rules().get(operation_id(case), set()) | _rules_of_headers(case)
    assert slug in allowed, f"a valid request was refused as {slug}: {response.text}"


def _rules_of_headers(case: Case) -> set[str]:
    rules: set[str] = set()
    if "If-Match" in case.headers:
        rules |= {"malformed-request", "precondition-failed"}
    else:
        rules.add("precondition-required")
    if "Idempotency-Key" in case.headers:
        rules.add("idempotency-key-reused")
    if "cursor" in case.query:
        rules.add("invalid-cursor")
    return rules
