"""Outcomes of attempts: what is written down of an answer, when the next attempt is, and which was the last one."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from typing import Any, Final, cast

import pytest
from pydantic import ValidationError

from impl.gateways.webhooks import Sent
from impl.marketplace.capabilities.webhook_endpoints.service import body_of, new_secret, outcome_of, signed
from impl.marketplace.capabilities.webhook_endpoints.tables import DeliveryRow

_NOW = datetime(2026, 5, 4, 8, tzinfo=UTC)


def _of(
    status: int | None = 500,
    *,
    round_attempts: int = 0,
    jitter: float = 0.0,
    **sent: Any,  # noqa: ANN401 - parts of what was sent
) -> dict[str, Any]:
    answer: dict[str, Any] = {"failure": None, "retry_after": None, "seconds": 0.1234, **sent}
    delivery = cast("DeliveryRow", {"attempts": 20 + round_attempts, "round_attempts": round_attempts})
    return {**outcome_of(delivery, Sent(status, **answer), _NOW, jitter=jitter)}


@pytest.mark.parametrize("status", [200, 204, 299])
def test_an_answer_of_success_ends_a_delivery(status: int) -> None:
    assert _of(status, round_attempts=3) == {
        "status": "DELIVERED",
        "attempts": 24,
        "round_attempts": 4,
        "response_status": status,
        "latency_ms": 123,
        "error": None,
        "next_attempt_at": None,
        "last_attempt_at": _NOW,
        "delivered_at": _NOW,
    }


@pytest.mark.parametrize("status", [199, 300, 302, 404, 409, 500])
def test_any_other_answer_is_tried_again(status: int) -> None:
    assert _of(status) == {
        "status": "PENDING",
        "attempts": 21,
        "round_attempts": 1,
        "response_status": status,
        "latency_ms": 123,
        "error": "REFUSED",
        "next_attempt_at": _NOW + timedelta(seconds=5),
        "last_attempt_at": _NOW,
        "delivered_at": None,
    }


def test_pauses_grow_until_the_last_attempt() -> None:
    pauses = [_of(round_attempts=number)["next_attempt_at"] for number in range(10)]
    seconds = [5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400]
    assert pauses == [*(_NOW + timedelta(seconds=one) for one in seconds), None]
    assert [_of(round_attempts=number)["status"] for number in (8, 9)] == ["PENDING", "FAILED"]


def test_chance_adds_up_to_a_tenth() -> None:
    assert _of(round_attempts=1, jitter=1.0)["next_attempt_at"] == _NOW + timedelta(minutes=5.5)


def test_whatever_went_wrong_is_named_and_gone_is_for_good() -> None:
    failed = _of(None, failure="TIMEOUT")
    assert (failed["status"], failed["error"], failed["response_status"]) == ("PENDING", "TIMEOUT", None)
    gone = _of(410)
    assert (gone["status"], gone["error"], gone["next_attempt_at"]) == ("FAILED", "REFUSED", None)


# What an answer may say of the next attempt, and the pause that is made of it.
_RETRY_AFTER: Final[dict[str | None, int]] = {
    None: 0,
    "": 0,
    "0": 0,
    "120": 120,
    "86400": 86_400,
    "86401": 86_400,
    "999999999": 86_400,
    "9999999999": 0,
    "-5": 0,
    "1.5": 0,
    "\u0661": 0,
    "Mon, 04 May 2026 08:01:00 GMT": 60,
    "Mon, 04 May 2026 07:59:00 GMT": 0,
    "Mon, 04 May 2027 08:00:00 GMT": 86_400,
    "Mon, 04 May 2026 08:01:00": 0,
    "Mon, 04 May 2026 08:01:00 -0000": 0,
    "never": 0,
    "Mon, 04 May 99999999999 08:01:00 GMT": 0,
}


def test_an_answer_may_ask_to_wait_for_a_day_at_most() -> None:
    pauses = {asked: _of(retry_after=asked)["next_attempt_at"] - _NOW for asked in _RETRY_AFTER}
    assert pauses == {asked: timedelta(seconds=max(seconds, 5)) for asked, seconds in _RETRY_AFTER.items()}


def test_a_body_is_signed_as_standard_webhooks_says() -> None:
    secret = new_secret()
    key = base64.b64decode(secret.removeprefix("whsec_"))
    assert (secret[:6], len(key)) == ("whsec_", 24)
    mac = hmac.new(key, b"id-1.1700000000.{}", hashlib.sha256).digest()
    assert signed(secret, "id-1", 1_700_000_000, "{}") == f"v1,{base64.b64encode(mac).decode()}"


def test_a_body_is_what_the_contract_says_of_its_event() -> None:
    data = {"webhook_id": "0198f1c2-7d7a-7c11-8e9b-0f6f8a1d2c3b", "url": "https://hooks.example.com/"}
    body = {"type": "ping", "timestamp": "2026-05-04T08:00:00Z", "data": data}
    assert json.loads(body_of("ping", _NOW, data)) == body
    for other in ({}, {**data, "secret": "told"}):
        with pytest.raises(ValidationError):
            body_of("ping", _NOW, other)
