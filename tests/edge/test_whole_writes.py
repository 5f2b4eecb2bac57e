"""Writes of a response: its head and the first part of its body go out together, and no head waits for a body."""

from __future__ import annotations

import asyncio

from impl.edge.connections import WholeWrites
from tests.edge.application import Packets

_HEAD, _BODY, _MORE = b"HTTP/1.1 200 OK\r\n\r\n", b"body", b"more"


async def _turn() -> None:
    """Let the event loop do all that is to be done in this turn."""
    turned = asyncio.get_running_loop().create_future()
    asyncio.get_running_loop().call_soon(turned.set_result, None)
    await turned


async def test_a_head_goes_out_with_the_body_that_follows_at_once() -> None:
    packets = Packets()
    response = WholeWrites(packets, asyncio.get_running_loop())
    response.write(_HEAD)
    assert packets.sent == []
    response.write(_BODY)
    assert packets.sent == [_HEAD + _BODY]
    response.write(_MORE)
    await _turn()
    assert packets.sent == [_HEAD + _BODY, _MORE]


async def test_a_head_waits_for_no_body() -> None:
    packets = Packets()
    response = WholeWrites(packets, asyncio.get_running_loop())
    response.write(_HEAD)
    await _turn()
    assert packets.sent == [_HEAD]
    response.write(_BODY)
    assert packets.sent == [_HEAD, _BODY]


async def test_a_head_is_not_lost_when_the_response_ends_with_it() -> None:
    packets = Packets()
    response = WholeWrites(packets, asyncio.get_running_loop())
    response.write(_HEAD)
    assert not response.is_closing()
    response.close()
    assert (packets.sent, response.is_closing()) == ([_HEAD], True)
    await _turn()
    assert packets.sent == [_HEAD]


async def test_nothing_is_written_to_a_connection_that_is_lost() -> None:
    """Drop what is written after the end: of several requests sent at once, only the last one hears of it."""
    packets = Packets()
    begun, new = (WholeWrites(packets, asyncio.get_running_loop()) for _ in range(2))
    begun.write(_HEAD)
    packets.close()
    for response in (begun, new):
        response.write(_BODY)
        response.close()
    await _turn()
    assert packets.sent == []
