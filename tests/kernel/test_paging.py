"""Cursors cannot be read, changed or moved, and pages follow one another without gaps."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from uuid import UUID

import pytest
from sqlalchemy import bindparam, select

from impl.kernel import audit
from impl.kernel.audit import AuditEvent
from impl.kernel.caller import AnonymousClient
from impl.kernel.database import Database
from impl.kernel.errors import InvalidCursor, JsonScalar
from impl.kernel.ids import new_id
from impl.kernel.paging import COUNTED, Cursors, Page, after_position, capped, fetched
from tests.contract.contract_operations import section
from tests.harness.queries import UntypedQuery

CURSORS = Cursors(b"a root secret of more than 32 bytes")
LONGEST_CURSOR = int(str(section("components", "schemas", "NextCursor")["maxLength"]))
SCOPE = "listThings?city=Berlin"


def test_a_position_comes_back_as_it_was() -> None:
    position: list[JsonScalar] = ["2026-01-01T00:00:00+00:00", 12, 0.5, None, True, "ünï"]
    assert CURSORS.decode(CURSORS.encode(position, scope=SCOPE), scope=SCOPE) == position


def test_a_cursor_is_read_up_to_its_bound() -> None:
    longest = CURSORS.encode(["x" * 1516], scope=SCOPE)
    assert len(longest) == LONGEST_CURSOR == 2048
    assert CURSORS.decode(longest, scope=SCOPE) == ["x" * 1516]
    with pytest.raises(InvalidCursor):
        CURSORS.decode(CURSORS.encode(["x" * 1517], scope=SCOPE), scope=SCOPE)


def test_a_position_is_made_of_what_json_has() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        CURSORS.encode([float("nan")], scope=SCOPE)


def test_the_same_page_has_the_same_cursor_and_another_list_another() -> None:
    assert CURSORS.encode([1], scope=SCOPE) == CURSORS.encode([1], scope=SCOPE)
    assert CURSORS.encode([1], scope=SCOPE) != CURSORS.encode([1], scope="other")


def test_a_cursor_shows_nothing_of_its_position() -> None:
    token = CURSORS.encode(["a-secret-quality"], scope=SCOPE)
    assert b"secret" not in base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))


def test_a_cursor_is_good_for_its_scope_and_its_root_only() -> None:
    token = CURSORS.encode([1], scope=SCOPE)
    with pytest.raises(InvalidCursor):
        CURSORS.decode(token, scope=SCOPE + "&limit=3")
    with pytest.raises(InvalidCursor):
        Cursors(b"another root").decode(token, scope=SCOPE)


def test_no_single_change_of_a_cursor_is_accepted() -> None:
    token = CURSORS.encode([1, "x"], scope=SCOPE)
    for place in range(len(token) - 1):
        changed = token[:place] + ("A" if token[place] != "A" else "B") + token[place + 1 :]
        with pytest.raises(InvalidCursor):
            CURSORS.decode(changed, scope=SCOPE)


@pytest.mark.parametrize("token", ["", "a", "====", "ü", "a b", "AAAA", "A" * 5000, "\x00", "\ud800", "+/+/", "A" * 64])
def test_nonsense_is_an_invalid_cursor(token: str) -> None:
    with pytest.raises(InvalidCursor):
        CURSORS.decode(token, scope=SCOPE)


def test_the_longest_name_of_any_script_is_a_position() -> None:
    position = ["\U0001f527" * 360, str(new_id())]
    token = CURSORS.encode(position, scope=SCOPE)
    assert len(token) <= LONGEST_CURSOR
    assert CURSORS.decode(token, scope=SCOPE) == position


def test_a_page_knows_whether_more_follow() -> None:
    assert fetched(20) == 21
    assert Page.of([1, 2], 2) == Page([1, 2])
    assert Page.of([1, 2, 3], 2) == Page([1, 2], more=True)


def test_a_list_by_time_goes_on_behind_its_last_row() -> None:
    first, last = ((datetime(2026, 1, 2, 3, 4, second, 678, tzinfo=UTC), new_id()) for second in (6, 5))
    token = CURSORS.encode_next_moment(Page([first, last], more=True), lambda moment: moment, scope=SCOPE)
    assert token is not None
    assert CURSORS.decode_moment(token, scope=SCOPE) == last


def test_the_last_page_gives_no_cursor_and_the_first_takes_none() -> None:
    nothing: Page[tuple[datetime, UUID]] = Page([])
    assert CURSORS.encode_next_moment(nothing, lambda moment: moment, scope=SCOPE) is None
    assert CURSORS.decode_moment(None, scope=SCOPE) is None


@pytest.mark.parametrize(
    ("count", "total", "is_capped"), [(None, None, False), (0, 0, False), (COUNTED, COUNTED, False)]
)
def test_a_total_that_was_counted_is_told(count: int | None, total: int | None, is_capped: bool) -> None:
    assert capped(count) == {"total": total, "total_capped": is_capped}


def test_a_total_beyond_the_bound_is_told_as_the_bound() -> None:
    assert capped(COUNTED + 1) == {"total": COUNTED, "total_capped": True}


@pytest.mark.parametrize("descending", [False, True])
async def test_pages_by_row_comparison_meet_each_row_once(database: Database, descending: bool) -> None:
    who = AnonymousClient(address="192.0.2.1", user_agent="test", request_id="test")
    async with database.begin() as tx:
        # All of one instant, as the clock of the tests stands still.
        ids = [await audit.record(tx, "thing.happened", who) for _ in range(7)]
    key = {"last_at": AuditEvent.occurred_at, "last_id": AuditEvent.id}
    order = [column.desc() if descending else column.asc() for column in key.values()]
    base = select(AuditEvent.id, AuditEvent.occurred_at).order_by(*order).limit(bindparam("limit"))
    first, following = UntypedQuery(base), UntypedQuery(base.where(after_position(key, descending=descending)))
    page = Page.of(await database.reader.all(first, limit=4), 3)
    found: list[UUID] = [row["id"] for row in page.items]
    while page.more:
        last = page.items[-1]
        rows = await database.reader.all(following, limit=4, last_at=last["occurred_at"], last_id=last["id"])
        page = Page.of(rows, 3)
        found += [row["id"] for row in page.items]
    assert found == sorted(ids, reverse=descending)
