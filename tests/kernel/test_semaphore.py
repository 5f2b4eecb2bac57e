"""The semaphore admits waiters in turn, and loses no place."""

import asyncio

import pytest

from impl.kernel import presence
from impl.kernel.errors import Unavailable
from impl.kernel.presence import ClientGone, Presence
from impl.kernel.repeats import forbid_repeat
from impl.kernel.semaphore import FairSemaphore, Load
from tests.harness.patience import PATIENCE

FULL = "All places are taken."


async def test_who_comes_first_is_served_first() -> None:
    semaphore, served = FairSemaphore(2, 5.0, refusal=FULL), list[int]()

    async def visit(number: int) -> None:
        async with semaphore:
            served.append(number)
            await asyncio.sleep(0)

    await asyncio.gather(*map(visit, range(50)))

    assert served == list(range(50))


async def test_who_waits_too_long_is_told_so_and_takes_nobodys_place() -> None:
    semaphore = FairSemaphore(1, 0.01, refusal=FULL)
    async with semaphore:
        with pytest.raises(Unavailable, match=FULL):
            async with semaphore:
                pytest.fail("the only place is taken")
    async with asyncio.timeout(PATIENCE), semaphore:
        pass


@pytest.mark.parametrize("has_been_called", [False, True], ids=["waiting", "called"])
async def test_who_goes_away_leaves_the_place_to_the_next(has_been_called: bool) -> None:
    semaphore, served = FairSemaphore(1, PATIENCE, refusal=FULL), list[str]()

    async def visit(name: str) -> None:
        async with semaphore:
            served.append(name)

    await semaphore.__aenter__()
    impatient, patient = asyncio.create_task(visit("impatient")), asyncio.create_task(visit("patient"))
    await asyncio.sleep(0)
    if has_been_called:
        await semaphore.__aexit__()
        impatient.cancel()
    else:
        impatient.cancel()
        await semaphore.__aexit__()
    async with asyncio.timeout(PATIENCE):
        await patient
        async with semaphore:
            served.append("late")

    assert impatient.cancelled()
    assert served == ["patient", "late"]


async def test_its_load_tells_who_has_a_place_and_who_waits() -> None:
    semaphore = FairSemaphore(2, PATIENCE, refusal=FULL)
    assert semaphore.load == Load(places=2, taken=0, waiting=0)

    async def visit() -> None:
        async with semaphore:
            pass

    async with semaphore, semaphore:
        waiting = [asyncio.create_task(visit()) for _ in range(3)]
        await asyncio.sleep(0)
        assert semaphore.load == Load(places=2, taken=2, waiting=3)
        waiting[0].cancel()
        await asyncio.sleep(0)
        assert semaphore.load == Load(places=2, taken=2, waiting=2)
    await asyncio.gather(*waiting[1:])

    assert semaphore.load == Load(places=2, taken=0, waiting=0)


async def test_who_is_refused_and_goes_away_at_once_frees_no_place() -> None:
    semaphore, loop = FairSemaphore(1, 0.0, refusal=FULL), asyncio.get_running_loop()

    async def visit() -> None:
        async with semaphore:
            pytest.fail("the only place is taken")

    async with semaphore:
        visitor = asyncio.create_task(visit())
        await asyncio.sleep(0)
        # Right behind the refusal, before the visitor hears of it.
        loop.call_at(loop.time(), visitor.cancel)
        with pytest.raises(asyncio.CancelledError):
            await visitor
        assert semaphore.load == Load(places=1, taken=1, waiting=0)


async def test_who_serves_a_client_that_has_gone_gets_no_place_and_holds_up_nobody() -> None:
    semaphore, served, gone = FairSemaphore(1, PATIENCE, refusal=FULL), list[str](), set[str]()

    async def visit(name: str, *, begun: bool = False) -> None:
        presence.attach(Presence(lambda: name in gone))
        if begun:
            # As of a change that may have been committed.
            forbid_repeat()
        async with semaphore:
            served.append(name)

    async with semaphore:
        waiting = [asyncio.create_task(visit(name)) for name in ("leaves", "stays")]
        waiting.append(asyncio.create_task(visit("has begun", begun=True)))
        await asyncio.sleep(0)
        gone |= {"leaves", "has begun", "came too late"}
    ends = await asyncio.gather(*waiting, visit("came too late"), return_exceptions=True)

    assert [type(end) for end in ends] == [ClientGone, type(None), type(None), ClientGone]
    assert served == ["stays", "has begun"]
    assert semaphore.load == Load(places=1, taken=0, waiting=0)


async def test_what_a_request_does_beside_itself_is_done_for_others_as_well() -> None:
    semaphore = FairSemaphore(1, PATIENCE, refusal=FULL)

    async def visit() -> None:
        async with semaphore:
            pass

    async def serve() -> None:
        presence.attach(Presence(lambda: True))
        await asyncio.create_task(visit())
        with pytest.raises(ClientGone):
            await visit()

    await asyncio.create_task(serve())
