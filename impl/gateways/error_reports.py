"""Reports of unexpected exceptions to a server that speaks Sentry's protocol; loaded only where one is set."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import sentry_sdk
from sentry_sdk.utils import event_from_exception

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sentry_sdk.types import Event, Hint

CLOSING_SECONDS: Final = 2.0
# All that leaves; the library adds the host's name and more, and may add other things in its next release.
_EVENT: Final = ("event_id", "timestamp", "level", "logger", "release", "environment", "platform", "tags", "sdk")
_EXCEPTION: Final = ("type", "module", "mechanism")
_FRAME: Final = ("filename", "function", "module", "lineno", "in_app", "context_line", "pre_context", "post_context")
_MECHANISM: Final = ("type", "handled", "exception_id", "parent_id", "is_exception_group", "source")


class ErrorReports:
    """Reports of one process, sent by a thread of their own from a queue of bounded length.

    An exception is told by its type and the places in our code, with the lines of code there. Its text is left out,
    because drivers quote the row that they refused, and so are variables, the request and the machine.
    """

    def __init__(self, dsn: str, *, release: str, environment: str) -> None:
        self._client = sentry_sdk.Client(
            dsn=dsn,
            release=release,
            environment=environment,
            # No hooks into other libraries, which would find requests, breadcrumbs and local variables to tell.
            default_integrations=False,
            auto_enabling_integrations=False,
            include_local_variables=False,
            max_request_body_size="never",
            max_breadcrumbs=0,
            server_name="",
            send_client_reports=False,
            auto_session_tracking=False,
            enable_backpressure_handling=False,
            spotlight=False,
            before_send=_reduced,
            shutdown_timeout=CLOSING_SECONDS,
        )

    def send(self, error: BaseException, *, logger: str, tags: Mapping[str, str]) -> None:
        """Queue a report; nothing happens when too many wait."""
        event, hint = event_from_exception(error, client_options=self._client.options)
        event["logger"] = logger
        event["tags"] = dict(tags)
        self._client.capture_event(event, hint)

    def close(self) -> None:
        """Send what waits, within seconds."""
        self._client.close(timeout=CLOSING_SECONDS)


def _reduced(event: Event, _: Hint) -> Event:
    found: dict[str, Any] = dict(event)
    values = found.get("exception", {}).get("values", ())
    reduced: dict[str, Any] = _of(found, _EVENT)
    reduced["exception"] = {"values": [_exception(value) for value in values]}
    return reduced  # type: ignore[return-value]  # the library's type has these keys and more


def _exception(value: Mapping[str, Any]) -> dict[str, Any]:
    frames = (value.get("stacktrace") or {}).get("frames", ())
    reduced = _of(value, _EXCEPTION)
    if "mechanism" in reduced:
        reduced["mechanism"] = _of(reduced["mechanism"] or {}, _MECHANISM)
    return {**reduced, "stacktrace": {"frames": [_of(frame, _FRAME) for frame in frames]}}


def _of(found: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {name: found[name] for name in names if name in found}
