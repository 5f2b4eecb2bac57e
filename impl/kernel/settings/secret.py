"""Secrets in settings: checks that refuse weak ones in production, and generation of those for development."""

import json
import os
import secrets
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from pydantic import SecretStr

from impl.kernel.secrets import derive_token

SECRET_MIN: Final = 32
# Fewest distinct characters in a random text of 32 or more.
_DISTINCT_MIN: Final = 10
_PLACEHOLDERS: Final = (
    "change",
    "default",
    "example",
    "insecure",
    "password",
    "placeholder",
    "secret",
    "todo",
    "your-",
)
_MADE: Final = ("secret_key", "password_pepper", "jwt_keys", "encryption_keys", "audit_keys")


def weakness(secret: SecretStr) -> str | None:
    """Describe the weakness of a secret without showing it."""
    value = secret.get_secret_value()
    if not value:
        return "is missing"
    if len(value) < SECRET_MIN:
        return f"is shorter than {SECRET_MIN} characters"
    if len(set(value)) < _DISTINCT_MIN or is_placeholder(value):
        return "is a default or a placeholder"
    return None


def is_placeholder(value: str) -> bool:
    return any(word in value.lower() for word in _PLACEHOLDERS)


def add_missing(given: dict[str, Any], folder: Path) -> None:
    """Generate missing secrets once and store them, so that development needs no configuration."""
    missing = [name for name in _MADE if not given.get(name)]
    if not missing:
        return
    kept = _read_stored(folder / "secrets.json")
    made = {
        **kept,
        "jwt_keys": {"development": {"key": kept["jwt_key"]}},
        "encryption_keys": (derive_token(kept["secret_key"].encode(), "development", "encryption"),),
        "audit_keys": (derive_token(kept["secret_key"].encode(), "development", "audit"),),
    }
    given.update({name: made[name] for name in missing})


def _read_stored(path: Path) -> dict[str, str]:
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        made = {name: secrets.token_urlsafe(48) for name in ("secret_key", "password_pepper", "jwt_key")}
        # Linked atomically, because two programs may start together and only one may create the file.
        with tempfile.NamedTemporaryFile("w", dir=path.parent, encoding="utf-8") as draft:
            json.dump(made, draft)
            draft.flush()
            with suppress(FileExistsError):
                os.link(draft.name, path)
    kept: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
    return kept
