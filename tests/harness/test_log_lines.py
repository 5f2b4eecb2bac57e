"""The harness waits for a log line that is written after its request was answered."""

from __future__ import annotations

import asyncio
import logging
import threading

from tests.harness.log_lines import log_lines


async def test_a_line_that_comes_late_is_waited_for() -> None:
    is_waited_for = threading.Event()

    def write_late() -> None:
        is_waited_for.wait()
        logging.getLogger("hestami.access").info("request 7")

    with log_lines() as lines:
        writer = threading.Thread(target=write_late)
        writer.start()
        waiting = asyncio.create_task(lines.up_to("request", "7"))
        await asyncio.sleep(0)
        assert not waiting.done()
        is_waited_for.set()
        assert '"request 7"' in await waiting
        writer.join()


async def test_what_others_log_and_what_comes_later_is_no_line_of_it() -> None:
    with log_lines() as lines:
        logging.getLogger("another").warning("not ours")
        logging.getLogger("hestami.worker").info("ours")
        written = await lines.up_to("ours")
    logging.getLogger("hestami.worker").warning("too late")
    assert "not ours" not in written
    assert "too late" not in await lines.up_to("ours")
