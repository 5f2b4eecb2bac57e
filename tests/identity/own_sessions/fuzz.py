"""Real values for the fuzzer: one's own sessions."""

from __future__ import annotations

from tests.fuzz.cases import Case, name_in_path, phase
from tests.fuzz.entries import Fuzzing, Spent
from tests.fuzz.pools import Item, Pool, Seeds
from tests.identity.own_sessions.successes import other_session_of
from tests.identity.sessions.fuzz import session


async def _other_session(seeds: Seeds) -> Item:
    person = await seeds.stage.person()
    return {"authorization": person.headers["Authorization"], "id": await other_session_of(seeds.stage, person)}


_TO_END = Pool("own_sessions_to_end", _other_session)
_EVERYWHERE = Pool("sessions_to_end_everywhere", session, share=1.5)


def _their_own(case: Case, item: Item) -> None:
    """Name a session of the person; the id may else be the run's own, out of an earlier answer."""
    if phase(case) != "stateful":
        name_in_path(case, session_id=item["id"])


FUZZING = Fuzzing(
    pools=[_TO_END, _EVERYWHERE],
    spent={"endOwnSession": Spent(_TO_END, _their_own), "logoutEverywhere": Spent(_EVERYWHERE)},
)
