"""Ratings equal a recount at any time, and a few reviews weigh less than many."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING
from uuid import UUID

import pytest
from sqlalchemy import select

from impl.kernel.tables import core_table
from impl.marketplace.capabilities.pages.tables import ProviderPage
from impl.marketplace.capabilities.ratings.service import UNRATED, mean, score
from impl.marketplace.capabilities.ratings.tables import ASPECTS, Rating
from tests.marketplace.payloads import approve_business

if TYPE_CHECKING:
    from impl.marketplace.capabilities.ratings.service import Stars
    from tests.harness.accounts import Accounts
    from tests.harness.service import Service

STEPS = 2_500  # of which each kind has hundreds
_COUNTED_EVERY = 50


def _drawn(draw: random.Random) -> Stars:
    """Return the stars of a review, some of which leave aspects out."""
    said = [draw.choice((None, 1, 2, 3, 4, 5)) for _ in ASPECTS]
    return {"rating": draw.randint(1, 5), "punctuality": said[0], "quality": said[1], "value": said[2]}


def _recount(shown: list[Stars]) -> tuple[int, ...]:
    sums = [len(shown), sum(one["rating"] for one in shown)]
    for aspect in ("punctuality", "quality", "value"):
        said = [stars for one in shown if (stars := one[aspect]) is not None]
        sums += [len(said), sum(said)]
    return tuple(sums)


@pytest.mark.both_engines
async def test_sums_equal_a_recount_after_a_long_history(accounts: Accounts, service: Service) -> None:
    """Publish, hide, reinstate and change reviews at random, and recount those that are published on the way.

    What the list of businesses sorts and filters by follows each step as well.
    """
    seller = await accounts.make("SERVICE_PROVIDER")
    profile = UUID((await approve_business(seller))["id"])
    whose = UUID((await seller.client.get("/users/me")).json()["id"])
    draw = random.Random(11)  # noqa: S311 - the same history each time, and no secret
    ratings = service.services.marketplace.ratings
    shown: list[Stars] = []
    hidden: list[Stars] = []
    table, pages = core_table(Rating), core_table(ProviderPage)
    sums = select(*(table.c[name] for name in UNRATED)).where(table.c.provider_id == whose)
    followed = select(pages.c.rating_rank, pages.c.rating_tenths).where(pages.c.profile_id == profile)
    for last in range(_COUNTED_EVERY, STEPS + 1, _COUNTED_EVERY):
        # In one transaction, PostgreSQL keeps every version of the rows that each step changes, and looks through them.
        async with service.services.database.begin() as tx:
            for _ in range(_COUNTED_EVERY):
                match draw.choice(("publish", "hide", "reinstate", "change")):
                    case "hide" if shown:
                        hidden.append(shown.pop(draw.randrange(len(shown))))
                        await ratings.change(tx, whose, hidden[-1], None)
                    case "reinstate" if hidden:
                        shown.append(hidden.pop(draw.randrange(len(hidden))))
                        await ratings.change(tx, whose, None, shown[-1])
                    case "change" if shown:
                        place, after = draw.randrange(len(shown)), _drawn(draw)
                        await ratings.change(tx, whose, shown[place], after)
                        shown[place] = after
                    case _:
                        shown.append(_drawn(draw))
                        await ratings.change(tx, whose, None, shown[-1])
            expected = _recount(shown)
            assert tuple((await tx.execute(sums)).one()) == expected, f"after {last} steps"
            rank, tenths = (await tx.execute(followed)).one()
            assert rank == int(1000 * score(*expected[:2]) + 1e-9)
            assert tenths == round(10 * (mean(expected[1], expected[0]) or 0))


def test_a_single_review_is_no_better_than_many_that_are_nearly_as_good() -> None:
    assert score(0, 0) == 4
    assert score(1, 5) < score(20, 96) < score(200, 1000)
    assert score(1, 1) > score(20, 20)


def test_the_mean_is_to_a_tenth() -> None:
    assert mean(0, 0) is None
    assert (mean(14, 3), mean(9, 4), mean(99, 25)) == (4.7, 2.3, 4.0)
