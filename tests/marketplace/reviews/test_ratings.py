"""Ratings equal a recount at any time, and a few reviews weigh less than many."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import select

from impl.kernel.tables import core_table
from impl.marketplace.capabilities.ratings.service import average, score
from impl.marketplace.capabilities.ratings.tables import Rating

if TYPE_CHECKING:
    from tests.harness.accounts import Accounts
    from tests.harness.service import Service

STEPS = 10_000


async def test_sums_equal_a_recount_after_a_long_history(accounts: Accounts, service: Service) -> None:
    """Publish, hide, reinstate and change reviews at random, and recount those that are published after each step."""
    whose = UUID((await (await accounts.make("SERVICE_PROVIDER")).client.get("/users/me")).json()["id"])
    draw = random.Random(11)  # noqa: S311 - the same history each time, and no secret
    ratings = service.services.marketplace.ratings
    shown: list[int] = []
    hidden: list[int] = []
    table = core_table(Rating)
    sums = select(table.c.review_count, table.c.star_sum).where(table.c.provider_id == whose)
    async with service.services.database.begin() as tx:
        for step in range(STEPS):
            match draw.choice(("publish", "hide", "reinstate", "change")):
                case "hide" if shown:
                    hidden.append(shown.pop(draw.randrange(len(shown))))
                    await ratings.discount(tx, whose, hidden[-1])
                case "reinstate" if hidden:
                    shown.append(hidden.pop(draw.randrange(len(hidden))))
                    await ratings.count(tx, whose, shown[-1])
                case "change" if shown:
                    place, after = draw.randrange(len(shown)), draw.randint(1, 5)
                    await ratings.change(tx, whose, shown[place], after)
                    shown[place] = after
                case _:
                    shown.append(draw.randint(1, 5))
                    await ratings.count(tx, whose, shown[-1])
            if step % 50 == 0:
                assert tuple((await tx.execute(sums)).one()) == (len(shown), sum(shown))
        assert tuple((await tx.execute(sums)).one()) == (len(shown), sum(shown))


def test_a_single_review_is_no_better_than_many_that_are_nearly_as_good() -> None:
    assert score(0, 0) == 4
    assert score(1, 5) < score(20, 96) < score(200, 1000)
    assert score(1, 1) > score(20, 20)


def test_the_mean_is_to_a_tenth() -> None:
    assert average(None) is None
