"""Caller of these tests."""

from __future__ import annotations

import pytest

from impl.kernel.caller import AnonymousClient


@pytest.fixture
def anonymous() -> AnonymousClient:
    return AnonymousClient(address="203.0.113.9", user_agent="a browser", request_id="request-1")
