"""Settings of schemathesis that are merged once for each operation and phase, not for each part of each request."""

from __future__ import annotations

from functools import wraps
from typing import Any, Final

from schemathesis.config import ProjectConfig
from schemathesis.schemas import APIOperation

type _Operation = APIOperation[Any, Any, Any, Any]

# Each goes through all blocks of the settings and merges those that fit. Nothing changes them once a run has begun.
_LOOKUPS: Final = ("checks_config_for", "generation_for", "phases_for")


def remember() -> None:
    """Let schemathesis look the same thing up once: looking it up was a fifth of what the making of requests took."""
    for name in _LOOKUPS:
        setattr(ProjectConfig, name, _remembered(getattr(ProjectConfig, name)))


def _remembered(look_up: Any) -> Any:  # noqa: ANN401 - methods of different types
    known: dict[tuple[int, str, str | None], Any] = {}

    @wraps(look_up)
    def remembering(config: ProjectConfig, *, operation: _Operation | None = None, **of: str | None) -> Any:  # noqa: ANN401 - as above
        if operation is None:
            return look_up(config, operation=None, **of)
        key = id(config), operation.label, of.get("phase")
        if key not in known:
            known[key] = look_up(config, operation=operation, **of)
        return known[key]

    return remembering
