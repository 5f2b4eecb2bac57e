"""Geocoding of addresses: a server that speaks as Photon or Nominatim do, or none."""

import json
import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Literal, Protocol, override

from impl.gateways.http import Answer, HttpClient, Unanswered
from impl.kernel.clock import Clock

type Point = tuple[float, float]
type GeocoderApi = Literal["photon", "nominatim"]

_log = logging.getLogger("hestami.geocoding")
_ANSWER_MAX: Final = 64 * 1024
# Pause after a failure, so that a server which is down costs its time once and not at each write.
_PAUSE: Final = timedelta(seconds=30)
_LONGEST_PAUSE: Final = timedelta(hours=1)
_OK: Final = 200
_TOO_MANY: Final = 429
# What JSON of any kind may raise when it is read: also numbers that are too large for a float.
_UNUSABLE: Final = (ValueError, KeyError, TypeError, IndexError, RecursionError, OverflowError)
_AGENT: Final = "Hestami (geocoding of addresses)"


@dataclass(frozen=True, slots=True)
class PostalAddress:
    """Address to look up."""

    line1: str
    city: str
    region: str | None
    postal_code: str | None
    country: str

    @property
    def text(self) -> str:
        """Return the address on one line."""
        return ", ".join(part for part in (self.line1, self.city, self.region, self.postal_code, self.country) if part)


class Geocoder(Protocol):
    """Finder of the place of an address."""

    async def find(self, address: PostalAddress) -> Point | None:
        """Return degrees north and east, or None if the address is unknown or nobody responds; never raise."""
        ...

    async def close(self) -> None: ...


class NoGeocoder(Geocoder):
    """Geocoder of a service that has none."""

    @override
    async def find(self, address: PostalAddress) -> Point | None:
        return None

    @override
    async def close(self) -> None: ...


class HttpGeocoder(Geocoder):
    """Geocoder over HTTP; it calls the configured address only, and follows no redirect.

    A write waits for it at most `timeout` seconds. After a failure it is paused for a while; a 429 says how long.
    """

    def __init__(self, url: str, api: GeocoderApi, *, clock: Clock, timeout: float) -> None:
        self._url = url.rstrip("/")
        self._api: GeocoderApi = api
        self._clock = clock
        self._client = HttpClient(timeout=timeout, bytes_max=_ANSWER_MAX, keeps_connections=True)
        self._paused_until: datetime | None = None

    @override
    async def find(self, address: PostalAddress) -> Point | None:
        now = self._clock.now()
        if self._paused_until is not None and now < self._paused_until:
            return None
        try:
            answer = await self._ask(address)
            point = _point_in(answer, self._api)
        except _Refused as refusal:
            self._pause(now, refusal.pause, str(refusal))
            return None
        except Unanswered as error:
            self._pause(now, _PAUSE, str(error))
            return None
        except _UNUSABLE as error:
            # By type only: its words may hold the address.
            self._pause(now, _PAUSE, type(error).__qualname__)
            return None
        return point

    @override
    async def close(self) -> None:
        await self._client.close()

    def _pause(self, now: datetime, pause: timedelta, reason: str) -> None:
        self._paused_until = now + pause
        _log.warning("the geocoder is paused for %d s: %s", pause.total_seconds(), reason)

    async def _ask(self, address: PostalAddress) -> object:
        path, query = _request(address, self._api)
        answer = await self._client.ask("GET", self._url + path, query=query, headers={"User-Agent": _AGENT})
        if answer.status != _OK:
            raise _Refused(answer)
        return json.loads(answer.body)


class _Refused(Exception):
    """Raised for an answer that is no result."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(f"it answered {answer.status}")
        seconds = answer.headers.get("retry-after", "")
        says_when = answer.status == _TOO_MANY and seconds.isascii() and seconds.isdecimal()
        self.pause = min(timedelta(seconds=int(seconds[:6])), _LONGEST_PAUSE) if says_when else _PAUSE


def _request(address: PostalAddress, api: GeocoderApi) -> tuple[str, dict[str, str]]:
    if api == "photon":
        return "/api", {"q": address.text, "limit": "1"}
    return "/search", {
        "q": ", ".join(part for part in (address.line1, address.city, address.region, address.postal_code) if part),
        "countrycodes": address.country.lower(),
        "format": "jsonv2",
        "limit": "1",
    }


def _point_in(answer: Any, api: GeocoderApi) -> Point | None:  # noqa: ANN401 - what another server has sent
    """Read the first result; raise one of _UNUSABLE for an unusable one."""
    if api == "photon":
        features = answer["features"]
        if not features:
            return None
        east, north = features[0]["geometry"]["coordinates"][:2]
    else:
        if not answer:
            return None
        north, east = answer[0]["lat"], answer[0]["lon"]
    latitude, longitude = float(north), float(east)
    # Also no NaN, which compares with nothing.
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        raise ValueError("no point of the earth")
    return latitude, longitude
