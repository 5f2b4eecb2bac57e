"""Preferred work goes first without starving the rest, nobody waits too long, and no place is ever lost."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable

import pytest

from impl.kernel import presence
from impl.kernel.errors import Unavailable
from impl.kernel.presence import ClientGone, Presence
from impl.kernel.semaphore import PrioritySemaphore
from tests.harness.patience import PATIENCE

FULL = "Too many at once."


class _Watch:
    """Clock that stands until a test moves it."""

    def __init__(self) -> None:
        self.time = 0.0

    def __call__(self) -> float:
        return self.time


def _semaphore(
    places: int = 1, *, patience: float = PATIENCE, usual: float = 0.0, now: _Watch | None = None
) -> PrioritySemaphore:
    return PrioritySemaphore(places, patience=patience, usual=usual, refusal=FULL, now=now or _Watch())


async def _in_time[T](work: Awaitable[T]) -> T:
    async with asyncio.timeout(PATIENCE):
        return await work


async def test_preferred_work_goes_first_and_lets_every_fourth_pass() -> None:
    semaphore, served = _semaphore(), list[str]()

    async def work(name: str, *, preferred: bool) -> None:
        entered_at = await semaphore.enter(preferred=preferred)
        served.append(name)
        semaphore.leave(entered_at)

    taken = await semaphore.enter(preferred=False)
    waiting = [asyncio.create_task(work(f"other {number}", preferred=False)) for number in range(4)]
    waiting += [asyncio.create_task(work(f"first {number}", preferred=True)) for number in range(5)]
    await asyncio.sleep(0)
    semaphore.leave(taken)
    await _in_time(asyncio.gather(*waiting))

    assert " ".join(served) == "first 0 first 1 first 2 other 0 first 3 first 4 other 1 other 2 other 3"


async def test_no_more_are_inside_than_there_are_places() -> None:
    semaphore, inside, most = _semaphore(3), 0, 0

    async def work(number: int) -> None:
        nonlocal inside, most
        entered_at = await semaphore.enter(preferred=number % 3 == 0)
        inside += 1
        most = max(most, inside)
        await asyncio.sleep(0)
        inside -= 1
        semaphore.leave(entered_at)

    await _in_time(asyncio.gather(*map(work, range(60))))
    assert most == 3


async def test_who_would_wait_too_long_is_refused_at_once_and_told_how_long() -> None:
    """A second of work each: two wait at the only place, and the third would wait for three seconds."""
    semaphore = _semaphore(patience=2.0, usual=1.0)
    taken = await semaphore.enter(preferred=False)
    waiting = [asyncio.create_task(semaphore.enter(preferred=False)) for _ in range(2)]
    await asyncio.sleep(0)
    with pytest.raises(Unavailable, match=FULL) as refusal:
        await semaphore.enter(preferred=False)
    assert refusal.value.headers == {"Retry-After": "3"}

    known = asyncio.create_task(semaphore.enter(preferred=True))
    await asyncio.sleep(0)
    semaphore.leave(taken)
    assert await _in_time(known) == 0.0, "strangers' queue is not theirs"
    for task in waiting:
        task.cancel()


@pytest.mark.parametrize(
    ("first", "others", "preferred", "seconds"),
    [
        (3, 0, True, 20),
        (3, 4, True, 25),
        (6, 4, True, 45),
        (6, 1, True, 40),
        (0, 4, False, 25),
        (3, 4, False, 40),
    ],
)
async def test_who_is_served_before_counts(first: int, others: int, preferred: bool, seconds: int) -> None:
    """Work of ten seconds at two places: preferred work waits for its like, and lets every fourth of others pass."""
    semaphore = _semaphore(2, patience=seconds - 1, usual=10.0)
    semaphore.refuse_rush(preferred=preferred)
    for _ in range(2):
        await semaphore.enter(preferred=False)
    waiting = [asyncio.create_task(semaphore.enter(preferred=False)) for _ in range(others)]
    waiting += [asyncio.create_task(semaphore.enter(preferred=True)) for _ in range(first)]
    await asyncio.sleep(0)
    assert semaphore.waiting == first + others
    with pytest.raises(Unavailable, match=FULL) as refusal:
        semaphore.refuse_rush(preferred=preferred)
    assert refusal.value.headers == {"Retry-After": str(seconds)}
    for task in waiting:
        task.cancel()


async def test_what_the_last_work_took_is_an_eighth_of_what_is_expected() -> None:
    now = _Watch()
    semaphore = _semaphore(patience=1.0, usual=50.0, now=now)
    entered_at = await semaphore.enter(preferred=False)
    now.time += 130.0
    semaphore.leave(entered_at)
    await semaphore.enter(preferred=False)
    with pytest.raises(Unavailable) as refusal:
        semaphore.refuse_rush(preferred=False)
    assert refusal.value.headers == {"Retry-After": "60"}


async def test_the_expected_wait_follows_what_the_work_takes() -> None:
    now = _Watch()
    semaphore = _semaphore(patience=1.0, usual=0.5, now=now)
    for _ in range(30):
        entered_at = await semaphore.enter(preferred=False)
        now.time += 5.0
        semaphore.leave(entered_at)
    taken = await semaphore.enter(preferred=True)
    with pytest.raises(Unavailable):
        await semaphore.enter(preferred=True)
    for _ in range(60):
        semaphore.leave(taken)
        taken = await semaphore.enter(preferred=True)
        now.time = taken
    waiting = asyncio.create_task(semaphore.enter(preferred=True))
    await asyncio.sleep(0)
    semaphore.leave(taken)
    await _in_time(waiting)


async def test_who_has_waited_too_long_nevertheless_is_refused_and_takes_nobodys_place() -> None:
    semaphore = _semaphore(patience=0.01)
    taken = await semaphore.enter(preferred=True)
    for preferred in (True, False):
        with pytest.raises(Unavailable, match=FULL) as refusal:
            await semaphore.enter(preferred=preferred)
        assert refusal.value.headers == {"Retry-After": "1"}
    semaphore.leave(taken)
    assert await _in_time(semaphore.enter(preferred=False)) == 0.0


@pytest.mark.parametrize("has_been_called", [False, True], ids=["waiting", "called"])
async def test_who_goes_away_leaves_the_place_to_the_next(has_been_called: bool) -> None:
    semaphore = _semaphore()
    taken = await semaphore.enter(preferred=False)
    impatient = asyncio.create_task(semaphore.enter(preferred=True))
    patient = asyncio.create_task(semaphore.enter(preferred=False))
    await asyncio.sleep(0)
    if has_been_called:
        semaphore.leave(taken)
        impatient.cancel()
    else:
        impatient.cancel()
        semaphore.leave(taken)
    entered_at = await _in_time(patient)

    assert impatient.cancelled()
    semaphore.leave(entered_at)
    assert await _in_time(semaphore.enter(preferred=False)) == 0.0


async def test_who_is_refused_and_goes_away_at_once_frees_no_place() -> None:
    semaphore, loop = _semaphore(patience=0.0), asyncio.get_running_loop()
    taken = await semaphore.enter(preferred=True)
    visitor = asyncio.create_task(semaphore.enter(preferred=False))
    await asyncio.sleep(0)
    # Right behind the refusal, before the visitor hears of it.
    loop.call_at(loop.time(), visitor.cancel)
    with pytest.raises(asyncio.CancelledError):
        await visitor
    assert semaphore.waiting == 0
    late = asyncio.create_task(semaphore.enter(preferred=False))
    await asyncio.sleep(0)
    assert semaphore.waiting == 1, "the only place is still taken"
    semaphore.leave(taken)
    assert await _in_time(late) == 0.0


@pytest.mark.parametrize("preferred", [False, True])
async def test_who_serves_a_client_that_has_gone_gets_no_place_and_nobody_is_refused_for_its_sake(
    preferred: bool,
) -> None:
    semaphore, gone = _semaphore(patience=2.5, usual=1.0), set[str]()

    async def work(name: str, *, can_undo: bool = False) -> str:
        presence.attach(Presence(lambda: name in gone))
        presence.finish_anyway()
        semaphore.leave(await semaphore.enter(preferred=preferred, can_undo=can_undo))
        return name

    taken = await semaphore.enter(preferred=False)
    waiting = [asyncio.create_task(work(name, can_undo=name == "leaves")) for name in ("leaves", "has begun")]
    await asyncio.sleep(0)
    with pytest.raises(Unavailable):
        await work("newcomer")
    gone |= {"leaves", "has begun", "came too late"}
    waiting.append(asyncio.create_task(work("newcomer")))
    await asyncio.sleep(0)
    waiting.append(asyncio.create_task(work("came too late", can_undo=True)))
    assert semaphore.waiting == 2
    semaphore.leave(taken)
    ends = await _in_time(asyncio.gather(*waiting, return_exceptions=True))

    assert [type(end) for end in ends] == [ClientGone, str, str, ClientGone]
    assert semaphore.waiting == 0
