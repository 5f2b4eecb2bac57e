"""Signatures of audit rows: keyed digests that only the service can make, by the newest key of a ring."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hmac import compare_digest
from typing import Final
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from impl.kernel.errors import JsonValue
from impl.kernel.secrets import derive

KEY_ID_LENGTH: Final = 16


@dataclass(frozen=True, slots=True)
class SignedEvent:
    """Content of an audit event as it is signed."""

    id: UUID
    occurred_at: datetime
    event: str
    actor_id: UUID | None
    subject_type: str | None
    subject_id: UUID | None
    request_id: str
    data: Mapping[str, JsonValue]

    def canonical(self) -> bytes:
        """Serialize the content, alike for both engines."""
        return canonical(
            str(self.id),
            instant(self.occurred_at),
            self.event,
            _text(self.actor_id),
            self.subject_type,
            _text(self.subject_id),
            self.request_id,
            self.data,
        )


@dataclass(frozen=True, slots=True)
class SignedPersonal:
    """Content of the personal row of an event as it is signed."""

    event_id: UUID
    address: str
    user_agent: str
    data: Mapping[str, JsonValue]

    def canonical(self) -> bytes:
        """Serialize the content, alike for both engines."""
        return canonical(str(self.event_id), self.address, self.user_agent, self.data)


class AuditKeys:
    """Ring of keys: the first one signs, and the others still verify what they have signed.

    Digests for different purposes differ, so that none can be passed off as another.
    """

    def __init__(self, keys: Sequence[bytes]) -> None:
        self._ring = {derive(key, "audit.key-id").hex()[:KEY_ID_LENGTH]: key for key in keys}

    @property
    def newest(self) -> str:
        """Return the id of the key that signs."""
        if not self._ring:
            raise LookupError("audit events need a key: give the database AUDIT_KEYS")
        return next(iter(self._ring))

    @property
    def ids(self) -> list[str]:
        """Return the ids of all keys."""
        return list(self._ring)

    def find(self, key_id: str) -> bytes | None:
        """Return the key of this id."""
        return self._ring.get(key_id)

    def commit_to(self, personal: SignedPersonal, *, key_id: str) -> bytes:
        """Digest a personal row with a key: addresses are few, and a plain digest could be reversed by trying all."""
        return derive(self._ring[key_id], "audit.personal.1", personal.canonical())

    def sign_event(self, event: SignedEvent, personal_digest: bytes | None, *, key_id: str) -> bytes:
        """Sign an event and the digest of its personal row."""
        return derive(self._ring[key_id], "audit.event.1", event.canonical(), personal_digest or b"")

    def sign_erasure(self, event_id: UUID, erased_by: UUID, *, key_id: str) -> bytes:
        """Sign that the personal row of an event was erased, which the event `erased_by` tells of."""
        return derive(self._ring[key_id], "audit.erasure.1", event_id, erased_by)

    def is_event_signed(
        self, event: SignedEvent, personal_digest: bytes | None, *, key_id: str | None, mac: bytes
    ) -> bool:
        """Return whether the signature is right; one by an unknown key is not."""
        if key_id not in self._ring or key_id is None:
            return False
        return compare_digest(mac, self.sign_event(event, personal_digest, key_id=key_id))

    def is_erasure_signed(self, event_id: UUID, erased_by: UUID, *, key_id: str, mac: bytes) -> bool:
        """Return whether the signature is right; one by an unknown key is not."""
        if key_id not in self._ring:
            return False
        return compare_digest(mac, self.sign_erasure(event_id, erased_by, key_id=key_id))

    def sign_verdict(self, *values: JsonValue, key_id: str) -> bytes:
        """Sign the verdict of a verification of the chain."""
        return derive(self._ring[key_id], "audit.verdict.1", canonical(*values))

    def is_verdict_signed(self, *values: JsonValue, key_id: str, mac: bytes) -> bool:
        """Return whether the signature is right; one by an unknown key is not."""
        return key_id in self._ring and compare_digest(mac, self.sign_verdict(*values, key_id=key_id))

    def encrypt_intake(self, row_id: UUID, content: bytes, *, key_id: str) -> bytes:
        """Encrypt a row of the intake: nobody can read it, make another one, or put it under another id."""
        return self._intake(key_id).encrypt(content, [row_id.bytes])

    def decrypt_intake(self, row_id: UUID, content: bytes, *, key_id: str) -> bytes:
        """Decrypt a row of the intake; raise ValueError for what `encrypt_intake` did not make for this id."""
        try:
            return self._intake(key_id).decrypt(content, [row_id.bytes])
        except InvalidTag as error:
            raise ValueError(row_id) from error

    def _intake(self, key_id: str) -> AESSIV:
        key = self._ring[key_id]
        return AESSIV(derive(key, "audit.intake.1") + derive(key, "audit.intake.2"))


def canonical(*values: JsonValue) -> bytes:
    """Serialize values alike for both engines, which return the members of an object in different orders."""
    return json.dumps(values, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()


def instant(value: datetime) -> str:
    """Serialize a time in UTC, to the microsecond."""
    return value.astimezone(UTC).isoformat(timespec="microseconds")


def _text(value: UUID | None) -> str | None:
    return None if value is None else str(value)
