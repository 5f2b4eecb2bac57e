"""Staff read what processes have warned of, and nothing of it names anybody; to keep it never fails a request."""

from __future__ import annotations

import asyncio
import logging
from datetime import datetime, timedelta
from typing import Any

import pytest

from impl.edge.log_entries import WAITING_MOST, LogEntries
from impl.kernel.clock import SystemClock
from impl.kernel.engines.connecting import connect
from impl.kernel.ids import new_id
from impl.operations.logs.repository import Filters, LogEntryRow
from impl.operations.logs.service import LogsService
from impl.operations.logs.tables import LogLevel
from tests.harness.accounts import Account, Accounts, unique
from tests.harness.client import assert_problem
from tests.harness.patience import PATIENCE
from tests.harness.service import Service

_PATH = "/admin/logs"


async def _listed(staff: Account, **filters: str) -> dict[str, Any]:
    answer = await staff.client.get(_PATH, params=filters)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


@pytest.fixture
def entries(service: Service) -> LogEntries:
    """Return a handler of the test's own, with no loggers but those that it is given."""
    return LogEntries(service.services.operations.logs.add, service.clock)


def _logger(entries: LogEntries, name: str) -> logging.Logger:
    logger = logging.getLogger(name)
    logger.handlers[:], logger.propagate = [entries], False
    return logger


async def test_what_a_running_service_warns_of_is_read_by_staff(service: Service, accounts: Accounts) -> None:
    staff = await accounts.staff()
    name = f"hestami.{unique()}"
    logging.getLogger(name).warning("a warning of the test %d", 1)
    async with asyncio.timeout(PATIENCE):
        while not (found := await _listed(staff, logger=name))["items"]:
            pass
    entry = found["items"][0]
    assert (entry["level"], entry["program"], entry["message"]) == ("WARNING", "api", "a warning of the test 1")
    assert (entry["error"], entry["operation"], entry["request_id"]) == (None, None, None)


async def test_nothing_personal_is_kept(entries: LogEntries, accounts: Accounts) -> None:
    staff, word = await accounts.staff(), unique()
    ours, theirs = _logger(entries, f"hestami.{word}"), _logger(entries, f"library.{word}")
    try:
        raise ValueError("helen.secret@example.com")
    except ValueError:
        ours.exception("refused %s from 203.0.113.7 or 2001:db8::17\x00\nat 10:15:20", "<helen.secret@example.com>")
    theirs.warning("refused helen.secret@example.com")
    assert await entries.write()
    (of_ours,) = (await _listed(staff, logger=ours.name))["items"]
    (of_library,) = (await _listed(staff, logger=theirs.name))["items"]
    assert of_ours["message"] == "refused <[left out]> from [left out] or [left out]\ufffd\nat 10:15:20"
    assert of_ours["error"].startswith("builtins.ValueError\n  ")
    assert of_library["message"].startswith("A library says something at test_logs.")
    assert "helen" not in str((of_ours, of_library))


async def test_filters_narrow_and_pages_go_on(service: Service, accounts: Accounts) -> None:
    staff, name = await accounts.staff(), f"hestami.{unique()}"
    now, request_id = service.clock.now(), f"request-{unique()}"
    levels = (LogLevel.WARNING, LogLevel.ERROR, LogLevel.CRITICAL)
    await service.services.operations.logs.add(
        [_row(name, now - timedelta(minutes=age), levels[age], request_id if age else None) for age in range(3)]
    )
    assert [one["level"] for one in (await _listed(staff, logger=name))["items"]] == list(levels)
    (error,) = (await _listed(staff, logger=name, level="ERROR"))["items"]
    assert error["level"] == "ERROR"
    assert len((await _listed(staff, request_id=request_id))["items"]) == 2
    begun = await _listed(staff, logger=name, logged_from=error["logged_at"], include_total="true")
    assert ([one["level"] for one in begun["items"]], begun["total"]) == (["WARNING", "ERROR"], 2)
    (earlier,) = (await _listed(staff, logger=name, logged_before=error["logged_at"]))["items"]
    assert earlier["level"] == "CRITICAL"
    first = await _listed(staff, logger=name, limit="2")
    rest = await _listed(staff, logger=name, limit="2", cursor=first["next_cursor"])
    assert [one["level"] for one in (*first["items"], *rest["items"])] == list(levels)
    assert rest["next_cursor"] is None


async def test_only_who_may_see_it_does(accounts: Accounts) -> None:
    moderator = await accounts.staff("STAFF_MODERATOR")
    assert_problem(await moderator.client.get(_PATH), 403, "forbidden")


async def test_too_many_entries_and_a_lost_database_cost_entries_only() -> None:
    gone = connect("postgresql://nobody:nothing@127.0.0.1:1/nothing")
    entries = LogEntries(LogsService(gone).add, SystemClock())
    logger = _logger(entries, f"hestami.{unique()}")
    for number in range(WAITING_MOST + 10):
        logger.warning("number %d", number)
    assert entries.dropped == 10
    # What the attempt itself logs is not kept, or each one would make the next.
    logging.getLogger("hestami").addHandler(entries)
    try:
        assert not await entries.write()
        logger.warning("one more")
    finally:
        logging.getLogger("hestami").removeHandler(entries)
        await gone.close()
    assert entries.dropped == 11, "what could not be written waits again, and there is room for no more"


async def test_what_the_database_refuses_is_not_tried_again(service: Service, entries: LogEntries) -> None:
    logger = _logger(entries, f"hestami.{unique()}")
    entries.program = "of a name that is longer than any column of the table takes"
    logger.warning("refused on PostgreSQL, which holds on to lengths")
    taken = await entries.write()
    assert taken is (service.engine == "sqlite")
    assert entries.dropped == (0 if taken else 1)
    assert await entries.write(), "nothing waits"


async def test_an_argument_that_does_not_fit_raises_nothing(entries: LogEntries) -> None:
    logger = _logger(entries, f"hestami.{unique()}")
    logger.warning("%d", "no number")
    assert entries.dropped == 1


async def test_the_oldest_go_when_there_are_too_many(service: Service) -> None:
    database, name = service.services.database, f"hestami.{unique()}"
    now = service.clock.now()
    await LogsService(database).add([_row(name, now + timedelta(seconds=age), LogLevel.ERROR) for age in range(5)])
    (trim,) = LogsService(database, kept=3).cleanup_jobs.values()
    assert (await trim())["log_entries"] >= 2
    left = await LogsService(database).page(Filters(logger=name), after=None, limit=10)
    assert len(left.items) <= 3


def _row(name: str, at: datetime, level: LogLevel, request_id: str | None = None) -> LogEntryRow:
    return {
        "id": new_id(),
        "logged_at": at,
        "level": level,
        "program": "api",
        "logger": name,
        "message": "a message",
        "error": None,
        "operation": None,
        "request_id": request_id,
    }


async def test_what_is_logged_after_a_write_waits_for_the_next(entries: LogEntries) -> None:
    logger = _logger(entries, f"hestami.{unique()}")
    for message in ("one", "two"):
        logger.warning(message)
        assert [entry["message"] for entry in entries.waiting] == [message]
        assert await entries.write()
        assert not entries.waiting


async def test_what_is_being_written_when_the_program_ends_waits_again(entries: LogEntries) -> None:
    _logger(entries, f"hestami.{unique()}").warning("one")
    writing = asyncio.create_task(entries.write())
    await asyncio.sleep(0)
    writing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await writing
    assert [entry["message"] for entry in entries.waiting] == ["one"]
