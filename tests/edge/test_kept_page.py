"""A page that is kept: how old it is, whether it is true, and what is stored and answered of it."""

from __future__ import annotations

import gzip
from dataclasses import replace

from impl.edge.page_cache import Page
from openapi.runtime.wire import CompressedReply, Reply

_HEADERS = {"etag": '"1"', "content-type": "application/json"}
_PAGE = Page(1000.0, {"a": 1, "b": 2}, _HEADERS, b"x" * 5000, None, 5000)


def test_a_page_is_shown_for_its_time_and_clocks_may_differ_by_a_second() -> None:
    shown = {999.0: False, 999.01: True, 1000.0: True, 1000.25: True, 1059.9: True, 1060.0: False}
    assert {now: _PAGE.is_young(now, 60) for now in shown} == shown


def test_a_page_is_current_while_all_that_it_was_read_from_is_the_same() -> None:
    for current in ({"a": 1, "b": 2}, {"a": 1, "b": 2, "c": 3}):
        assert _PAGE.is_current(current)
    for current in ({"a": 1, "b": 3}, {"a": 0, "b": 2}, {"a": 1}):
        assert not _PAGE.is_current(current)
    # After many changes, too: numbers are compared as another process tells them.
    many = 70_001
    assert replace(_PAGE, versions={"a": many}).is_current({"a": int(str(many))})


async def test_a_page_is_stored_and_answered_plain_or_compressed() -> None:
    small = await _PAGE.compressed("gzip")
    assert (gzip.decompress(small.body), small.coding, small.plain_size) == (_PAGE.body, "gzip", 5000)
    assert [Page.parse(page.serialize()) for page in (_PAGE, small)] == [_PAGE, small]
    for now, age in ((999.01, "0"), (1000.0, "0"), (1000.1, "1"), (1002.0, "2")):
        plain, compressed = _PAGE.reply(now), small.reply(now)
        headers = {**_PAGE.headers, "age": age}
        assert (type(plain), plain.status, plain.headers, plain.body) == (Reply, 200, headers, _PAGE.body)
        assert isinstance(compressed, CompressedReply)
        assert (compressed.status, compressed.headers, compressed.body) == (200, headers, small.body)
        assert (compressed.coding, compressed.plain_size) == ("gzip", 5000)
