"""Signatures of audit rows: by a key of the ring, for one purpose and one content."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

import pytest

from impl.kernel.audit_signatures import AuditKeys, SignedEvent, SignedPersonal

_NOW: Final = datetime(2026, 3, 1, 12, tzinfo=UTC)
_ID, _OTHER_ID = UUID(int=1), UUID(int=2)
_EVENT: Final = SignedEvent(_ID, _NOW, "user.suspended", _OTHER_ID, "user", _ID, "request", {"reason": "spam"})
_OLD, _NEW = b"old" * 11, b"new" * 11


def test_the_first_key_signs_and_all_verify() -> None:
    before, after, others = AuditKeys([_OLD]), AuditKeys([_NEW, _OLD]), AuditKeys([_NEW])
    old, new = before.newest, after.newest
    assert (old != new, after.ids, before.find(old), before.find(new)) == (True, [new, old], _OLD, None)
    mac = before.sign_event(_EVENT, b"digest", key_id=old)
    assert after.is_event_signed(_EVENT, b"digest", key_id=old, mac=mac)
    assert not after.is_event_signed(_EVENT, b"digest", key_id=new, mac=mac)
    # Nobody signed it, or a key that is not there.
    assert not after.is_event_signed(_EVENT, b"digest", key_id=None, mac=mac)
    assert not others.is_event_signed(_EVENT, b"digest", key_id=old, mac=mac)
    with pytest.raises(LookupError, match="AUDIT_KEYS"):
        _ = AuditKeys([]).newest


def test_no_member_of_a_signed_event_can_be_changed() -> None:
    keys = AuditKeys([_NEW])
    key_id = keys.newest
    mac = keys.sign_event(_EVENT, b"digest", key_id=key_id)
    changed = [
        replace(_EVENT, id=_OTHER_ID),
        replace(_EVENT, occurred_at=_NOW.replace(microsecond=1)),
        replace(_EVENT, event="user.reinstated"),
        replace(_EVENT, actor_id=None),
        replace(_EVENT, subject_type=None),
        replace(_EVENT, subject_id=None),
        replace(_EVENT, request_id="another"),
        replace(_EVENT, data={}),
    ]
    assert [event for event in changed if keys.is_event_signed(event, b"digest", key_id=key_id, mac=mac)] == []
    assert not keys.is_event_signed(_EVENT, b"another", key_id=key_id, mac=mac)
    assert not keys.is_event_signed(_EVENT, None, key_id=key_id, mac=mac)
    personal = SignedPersonal(_ID, "192.0.2.1", "a browser", {})
    others = [
        replace(personal, event_id=_OTHER_ID),
        replace(personal, address="192.0.2.2"),
        replace(personal, user_agent="another"),
        replace(personal, data={"name": "Ada"}),
    ]
    digests = {keys.commit_to(one, key_id=key_id) for one in (personal, *others)}
    assert len(digests) == 1 + len(others)


def test_an_erasure_and_a_verdict_are_signed_alike() -> None:
    keys, others = AuditKeys([_NEW]), AuditKeys([_OLD])
    key_id = keys.newest
    erased = keys.sign_erasure(_ID, _OTHER_ID, key_id=key_id)
    assert keys.is_erasure_signed(_ID, _OTHER_ID, key_id=key_id, mac=erased)
    assert not keys.is_erasure_signed(_OTHER_ID, _ID, key_id=key_id, mac=erased)
    assert not others.is_erasure_signed(_ID, _OTHER_ID, key_id=key_id, mac=erased)
    verdict = keys.sign_verdict(1, "intact", key_id=key_id)
    assert keys.is_verdict_signed(1, "intact", key_id=key_id, mac=verdict)
    assert not keys.is_verdict_signed(2, "intact", key_id=key_id, mac=verdict)
    assert not others.is_verdict_signed(1, "intact", key_id=key_id, mac=verdict)


def test_a_row_of_the_intake_is_read_under_its_own_id_alone() -> None:
    keys = AuditKeys([_NEW])
    key_id = keys.newest
    sealed = keys.encrypt_intake(_ID, b"content", key_id=key_id)
    assert keys.decrypt_intake(_ID, sealed, key_id=key_id) == b"content"
    for row_id, content in ((_OTHER_ID, sealed), (_ID, sealed[:-1] + bytes([sealed[-1] ^ 1]))):
        with pytest.raises(ValueError, match=str(row_id)):
            keys.decrypt_intake(row_id, content, key_id=key_id)
