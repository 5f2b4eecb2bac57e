"""Signed addresses of pictures: the same for five minutes, and good for ten to fifteen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Final
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

from impl.marketplace.capabilities.pictures.service import Audience, PictureAddresses, Signature
from tests.harness.clock import MovableClock

_HASH: Final = "0123456789abcdef" * 2
_PARTY: Final = UUID(int=7)
_MOMENT: Final = timedelta(microseconds=1)


def _signature(addresses: Mapping[str, str]) -> Signature:
    (query,) = {urlsplit(address).query for address in addresses.values()}
    read = {name: values[0] for name, values in parse_qs(query).items()}
    return Signature(read["expires"], read["signature"], read.get("for", ""))


def test_an_address_is_the_same_for_five_minutes_and_good_for_ten_to_fifteen() -> None:
    clock = MovableClock()
    addresses = PictureAddresses(clock=clock, secret_key=b"k" * 32, api_url="https://api.example.com")
    with clock.stopped():
        now = clock.now()
        clock.advance(timedelta(seconds=300 - int(now.timestamp()) % 300) - timedelta(microseconds=now.microsecond))
        first = addresses.signed(_HASH, Audience.OWNER)
        given = _signature(first)
        clock.advance(timedelta(minutes=5) - _MOMENT)
        assert addresses.signed(_HASH, Audience.OWNER) == first
        clock.advance(_MOMENT)
        assert addresses.signed(_HASH, Audience.OWNER) != first
        clock.advance(timedelta(minutes=10) - _MOMENT)
        assert addresses.audience_of(_HASH, given) is Audience.OWNER
        clock.advance(_MOMENT)
        assert addresses.audience_of(_HASH, given) is None


def test_an_address_is_for_one_audience_one_picture_and_one_party() -> None:
    addresses = PictureAddresses(clock=MovableClock(), secret_key=b"k" * 32, api_url="https://api.example.com")
    for audience in Audience:
        given = _signature(addresses.signed_for(_PARTY, _HASH, audience))
        assert (addresses.audience_of(_HASH, given), given.party) == (audience, str(_PARTY))
        later = replace(given, expires=str(int(given.expires) + 1))
        for other in (replace(given, party=""), later, replace(given, value=given.value[:-1])):
            assert addresses.audience_of(_HASH, other) is None
        assert addresses.audience_of(_HASH[::-1], given) is None
        assert addresses.audience_of(_HASH, _signature(addresses.signed(_HASH, audience))) is audience
    assert _signature(addresses.signed_for(_PARTY, _HASH)) == _signature(
        addresses.signed_for(_PARTY, _HASH, Audience.RECIPIENT)
    )
