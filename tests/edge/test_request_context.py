"""Ids and names that a client offers, each taken or replaced."""

from __future__ import annotations

import re

import pytest

from impl.edge.request_context import parent, request_id, trace_id, user_agent

_TRACE, _SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"


@pytest.mark.parametrize(
    ("offered", "is_valid"),
    [
        (f"00-{_TRACE}-{_SPAN}-01", True),
        (f"00-{_TRACE}-{_SPAN}-00", True),
        (f"cc-{_TRACE}-{_SPAN}-01-of a later version", False),
        (f"cc-{_TRACE}-{_SPAN}-01-of-a-later-version", True),
        (f"ff-{_TRACE}-{_SPAN}-01", False),
        (f"00-{'0' * 32}-{_SPAN}-01", False),
        (f"00-{_TRACE}-{'0' * 16}-01", False),
        (f"00-{'0' * 32}-{'0' * 16}-01", False),
        (f"00-{'0' * 31}1-{'0' * 15}1-01", True),
        (f"00-{_TRACE.upper()}-{_SPAN}-01", False),
        (f"00-{_TRACE}-{_SPAN}", False),
        ("", False),
    ],
)
def test_a_trace_goes_on_where_its_parent_is_one(offered: str, *, is_valid: bool) -> None:
    assert parent(offered.encode()) == (offered if is_valid else None)
    found = trace_id(offered.encode())
    assert (found == offered[3:35]) is is_valid
    assert re.fullmatch(r"[0-9a-f]{32}", found)


def test_a_request_without_ids_gets_new_ones() -> None:
    assert parent(None) is None
    assert len({trace_id(None), trace_id(None), request_id(None), request_id(None)}) == 4
    assert request_id(b"asked-by-me") == "asked-by-me"
    assert request_id(b"asked") != "asked"


def test_a_user_agent_is_cut_to_what_is_stored() -> None:
    assert user_agent(None) == ""
    assert user_agent(b"x" * 256) == "x" * 256
    assert user_agent(b"\xff" * 257) == "\xff" * 256
