"""Staff see what happened on each day, whatever of it was erased since, and spreadsheets see no formula."""

from __future__ import annotations

import csv
import io
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from impl.operations.usage.handlers import as_cell
from impl.operations.usage.service import DAYS_MOST, UsageService, is_stale
from impl.operations.usage.tables import FIGURES
from tests.harness.accounts import Account, Accounts
from tests.harness.client import assert_problem
from tests.harness.databases import Databases, Engine
from tests.harness.service import Service, run_service

_PATH = "/admin/usage"


async def _report(staff: Account, **query: str) -> dict[str, Any]:
    answer = await staff.client.get(_PATH, params=query)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def _count(service: Service) -> None:
    """Count as a worker that has just begun."""
    await UsageService(service.services.database).count_up()


async def test_a_day_is_counted(databases: Databases, engine: Engine, worker_id: str) -> None:
    async with run_service(databases, engine, f"usage_{worker_id}") as running:
        accounts = Accounts(running)
        staff = await accounts.staff()
        before = running.clock.now().astimezone(UTC).date()
        await accounts.sign_up()
        running.clock.advance(timedelta(minutes=6))
        await _count(running)
        day = running.clock.now().astimezone(UTC).date()
        report = await _report(staff, days="2")
        assert (report["from_date"], report["to_date"]) == ((day - timedelta(days=1)).isoformat(), day.isoformat())
        figures = report["totals"]
        assert figures["accounts"] == 1, "staff are made by an operator"
        assert figures["logins"] >= 2
        assert report["days"][-1]["counted_at"] is not None or before != day
        assert report["funnel"][0] == {"step": "INQUIRY", "count": 0, "per_previous": None}

        # A day that is over is counted once more, and then it stays.
        running.clock.advance(timedelta(days=2))
        await _count(running)
        await accounts.login(staff)
        (last,) = (await _report(staff, from_date=day.isoformat(), days="1"))["days"]
        assert last["figures"]["accounts"] <= 1
        await _count(running)
        (again,) = (await _report(staff, from_date=day.isoformat(), days="1"))["days"]
        assert again == last
        await accounts.close()


@pytest.mark.parametrize(
    ("counted_at", "stale_at"),
    [
        ("2026-03-01T12:00", "2026-03-01T12:05"),
        ("2026-03-01T23:58", "2026-03-02T00:03"),
        ("2026-03-02T00:08", "2026-03-02T00:10"),
    ],
)
def test_a_day_is_counted_every_five_minutes_and_once_more_ten_minutes_after_its_end(
    counted_at: str, stale_at: str
) -> None:
    """All times are of UTC."""
    day = date(2026, 3, 1)
    counted, stale = (datetime.fromisoformat(one).replace(tzinfo=UTC) for one in (counted_at, stale_at))
    assert not is_stale(day, counted, stale - timedelta(seconds=1))
    assert is_stale(day, counted, stale)
    assert is_stale(day, counted, stale + timedelta(days=1))


def test_a_day_that_was_counted_after_its_end_stays_and_one_that_was_not_counted_does_not() -> None:
    day, whole = date(2026, 3, 1), datetime(2026, 3, 2, 0, 10, tzinfo=UTC)
    assert not is_stale(day, whole, whole + timedelta(days=30))
    assert is_stale(day, None, whole)


async def test_a_year_is_the_most_and_days_without_a_count_have_zeros(accounts: Accounts) -> None:
    staff = await accounts.staff()
    report = await _report(staff, from_date="1999-12-31", days=str(DAYS_MOST))
    assert len(report["days"]) == DAYS_MOST
    assert report["to_date"] == "2000-12-30"
    assert set(report["totals"].values()) == {0}
    assert {day["counted_at"] for day in report["days"]} == {None}
    assert_problem(await staff.client.get(_PATH, params={"days": str(DAYS_MOST + 1)}), 422, "validation-failed")
    moderator = await accounts.staff("STAFF_MODERATOR")
    for accept in ("application/json", "text/csv"):
        assert_problem(await moderator.client.get(_PATH, headers={"Accept": accept}), 403, "forbidden")


async def test_a_spreadsheet_gets_the_same(accounts: Accounts, service: Service) -> None:
    staff = await accounts.staff()
    await _count(service)
    answer = await staff.client.get(_PATH, params={"days": "3"}, headers={"Accept": "text/csv"})
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    names, *lines = csv.reader(io.StringIO(answer.text))
    assert names == ["day", *FIGURES]
    days = (await _report(staff, from_date=lines[0][0], days="3"))["days"]
    assert [line[0] for line in lines] == [day["day_date"] for day in days]
    assert all(cell.isdigit() for line in lines for cell in line[1:])


async def test_accept_decides_between_json_and_a_table(accounts: Accounts) -> None:
    client = (await accounts.staff()).client
    for accept, media_type in (
        ("*/*", "application/json"),
        ("text/csv, application/json", "application/json"),
        ("text/csv;q=0.9, application/json;q=0.8", "text/csv"),
        ("text/*, application/json;q=0.5", "text/csv"),
        ("text/csv;q=0, */*", "application/json"),
    ):
        for method in ("GET", "HEAD"):
            answer = await client.request(method, _PATH, headers={"Accept": accept})
            assert (answer.status_code, answer.headers["vary"]) == (200, "Accept"), accept
            assert answer.headers["content-type"].partition(";")[0] == media_type, accept
    for accept in ("text/html", "text/csv;q=0", "application/json;q=0, text/csv;q=0, */*;q=0"):
        refused = await client.get(_PATH, headers={"Accept": accept})
        assert_problem(refused, 406, "not-acceptable")
        assert "application/json, text/csv" in refused.json()["detail"]


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_no_cell_is_a_formula(text: str) -> None:
    assert as_cell(text) == f"'{text}"
    assert as_cell("2031-03-05") == "2031-03-05"
