"""Rows of every table that have outlived their retention period, for the tests of `purge`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from generated.states import AccountState
from impl.identity.capabilities.authentication.tables import RefreshToken, Session
from impl.identity.capabilities.login_throttle.tables import LoginThrottle, Scope
from impl.identity.capabilities.mails.tables import MailKind, SentMail
from impl.identity.capabilities.oauth_codes.tables import OAuthCode
from impl.identity.capabilities.one_time_tokens.tables import OneTimeToken, Purpose
from impl.identity.capabilities.second_factor.tables import MfaChallenge, TotpFactor
from impl.identity.capabilities.users.tables import EmailChange
from impl.identity.oauth.tables import OAuthFlow
from impl.kernel.audit import AuditEvent, AuditPersonal
from impl.kernel.audit_intake import AuditIntake
from impl.kernel.idempotency import IdempotencyKey
from impl.kernel.ids import new_id
from impl.kernel.outbox import OutboxMessage
from impl.kernel.personal_data import Period
from impl.kernel.tables import Table
from impl.marketplace.capabilities.notices.tables import Notification
from impl.marketplace.capabilities.webhook_endpoints.tables import WebhookDelivery, WebhookEndpoint
from impl.marketplace.verifications.tables import Verification
from impl.operations.logs.tables import LogEntry, LogLevel

MOMENT: Final = timedelta(minutes=1)
WEEK: Final = timedelta(days=7)

type Values = dict[str, Any]
# The rows, parents first, that are of no more use from that moment on, of an account with that id.
type Maker = Callable[[UUID, datetime], list[tuple[type[Table], Values]]]


def account(user_id: UUID, now: datetime) -> Values:
    return {
        **dict.fromkeys(("email", "email_key"), f"{user_id.hex}@example.test"),
        "email_verified_at": now,
        "full_name": "Olga Owner",
        "locale": "en",
        "state": AccountState.ACTIVE,
        **dict.fromkeys(("credential_epoch", "version"), 1),
        **dict.fromkeys(("created_at", "updated_at"), now),
    }


def session(user_id: UUID, over: datetime) -> Values:
    return {
        "user_id": user_id,
        "device_id": new_id(),
        "provider": "local",
        "address": "192.0.2.7",
        "user_agent": "",
        "created_at": over - WEEK,
        "last_seen_at": over - WEEK,
        "expires_at": over,
    }


def sessions(user_id: UUID, over: datetime) -> list[tuple[type[Table], Values]]:
    session_id, token_id = new_id(), new_id()
    token = {"session_id": session_id, "token_hash": bytes(32), "created_at": over - WEEK}
    code = {**oauth_code(user_id, over - WEEK), "session_id": session_id, "used_at": over - WEEK}
    return [
        (Session, {"id": session_id, **session(user_id, over)}),
        (RefreshToken, {"id": token_id, **token}),
        (RefreshToken, {**token, "predecessor_id": token_id}),
        # Of no more use long ago, but for telling that it was copied: it stays as long as what it opened.
        (OAuthCode, code),
    ]


def oauth_code(user_id: UUID, over: datetime) -> Values:
    return {
        "code_hash": new_id().bytes,
        "client_id": "web",
        "redirect_uri": "https://app.hestami.test/signed-in",
        "code_challenge": "c" * 43,
        "user_id": user_id,
        "provider": "google",
        "created_at": over - MOMENT,
        "expires_at": over,
    }


def oauth_flow(over: datetime) -> Values:
    return {
        "token_hash": new_id().bytes,
        "provider": "google",
        "client_id": "web",
        "redirect_uri": "https://app.hestami.test/signed-in",
        "client_state": "s",
        "code_challenge": "c" * 43,
        "created_at": over - MOMENT,
        "expires_at": over,
    }


def one_time_token(user_id: UUID, over: datetime) -> Values:
    return {
        "user_id": user_id,
        "purpose": Purpose.VERIFY_EMAIL,
        "email_key": "olga@example.test",
        "token_hash": bytes(32),
        "created_at": over - MOMENT,
        "expires_at": over,
        "voided_at": over,
    }


def challenge(user_id: UUID, over: datetime) -> Values:
    return {
        "user_id": user_id,
        "token_hash": bytes(32),
        "provider": "local",
        "credential_epoch": 1,
        "created_at": over - MOMENT,
        "expires_at": over,
    }


def change(user_id: UUID, over: datetime) -> Values:
    emails = {"email": "olga@example.test", "email_key": "olga@example.test", "former_email": "old@example.test"}
    return {"user_id": user_id, **emails, "requested_at": over, "confirmed_at": over}


def kept_reply(user_id: UUID, over: datetime) -> Values:
    reply = {"fingerprint": bytes(32), "status": 201, "headers": {}, "body": b"{}"}
    expires = {"expires_at": over + timedelta(hours=24)}
    return {"caller_id": user_id, "operation": "createProperty", "key": new_id().hex, **reply, **expires}


def dead_letter(over: datetime) -> Values:
    message = {"topic": "t", "payload": {}, "created_at": over - MOMENT, "attempts": 12}
    return {**message, "next_attempt_at": over, "dead_at": over}


def notification(user_id: UUID, over: datetime) -> Values:
    about = {"kind": "JOB_STARTED", "subject_kind": "JOB", "subject_id": new_id()}
    return {"account_id": user_id, "number": 1, **about, "created_at": over - MOMENT, "read_at": over}


def revoked(user_id: UUID, over: datetime) -> Values:
    licence = {"kind": "LICENCE", "title": "Plumber", "number": "1", "authority": "The state", "country": "US"}
    document = {"document_type": "PDF", "document_bytes": 1}
    decided = {"state": "REVOKED", "note": "No longer in force.", "decided_by": user_id, "decided_at": over}
    stamps = {"created_at": over - MOMENT, "updated_at": over, "version": 1}
    return {"owner_id": user_id, **licence, **document, **decided, **stamps}


def delivery(user_id: UUID, over: datetime) -> list[tuple[type[Table], Values]]:
    endpoint_id, happened = new_id(), {"happened_id": new_id(), "event": "ping", "body": "{}"}
    stamps = {"created_at": over, "updated_at": over, "version": 1}
    content = {"url": "https://example.test/", "events": ["ping"], "secret": b"s", "is_enabled": True}
    outcome = {"status": "FAILED", "attempts": 10, "round_attempts": 10, "created_at": over}
    endpoint = {"id": endpoint_id, "owner_id": user_id, **content, **stamps}
    return [(WebhookEndpoint, endpoint), (WebhookDelivery, {"endpoint_id": endpoint_id, **happened, **outcome})]


def event(user_id: UUID, over: datetime) -> list[tuple[type[Table], Values]]:
    event_id = new_id()
    told = {"event": "session.started", "actor_id": user_id, "request_id": "r", "data": {}}
    told |= {"key_id": "made up", "mac": bytes(32)}
    return [
        (AuditEvent, {"id": event_id, "occurred_at": over, **told}),
        (AuditPersonal, {"event_id": event_id, "address": "192.0.2.7", "user_agent": "", "data": {}}),
    ]


LOGGED: Final[Values] = {"level": LogLevel.ERROR, "program": "api", "logger": "l", "message": "m"}
MAKERS: Final[Mapping[Period, Maker]] = {
    Period.SESSIONS: sessions,
    Period.LOGIN_THROTTLES: lambda _, over: [
        (LoginThrottle, {"scope": Scope.ACCOUNT, "key": new_id().bytes, "failures": 1, "last_failed_at": over})
    ],
    Period.ONE_TIME_TOKENS: lambda person, over: [(OneTimeToken, one_time_token(person, over))],
    Period.EMAIL_CHANGES: lambda person, over: [(EmailChange, change(person, over))],
    Period.SENT_MAILS: lambda person, over: [
        (SentMail, {"user_id": person, "kind": MailKind.VERIFY_EMAIL, "decided_at": over})
    ],
    Period.NOTIFICATIONS: lambda person, over: [(Notification, notification(person, over))],
    Period.SECOND_FACTORS: lambda person, over: [
        (MfaChallenge, challenge(person, over)),
        (TotpFactor, {"user_id": person, "sealed_secret": b"s", "created_at": over - MOMENT, "expires_at": over}),
    ],
    Period.OAUTH_FLOWS: lambda _, over: [(OAuthFlow, oauth_flow(over))],
    Period.OAUTH_CODES: lambda person, over: [(OAuthCode, oauth_code(person, over))],
    Period.IDEMPOTENCY_KEYS: lambda person, over: [(IdempotencyKey, kept_reply(person, over))],
    Period.DEAD_LETTERS: lambda _, over: [(OutboxMessage, dead_letter(over))],
    Period.AUDIT_PERSONAL: event,
    Period.VERIFICATIONS: lambda person, over: [(Verification, revoked(person, over))],
    Period.WEBHOOK_DELIVERIES: delivery,
    Period.LOG_ENTRIES: lambda _, over: [(LogEntry, LOGGED | {"logged_at": over})],
    Period.AUDIT_INTAKE: lambda _, over: [(AuditIntake, {"due_at": over, "key_id": "gone", "content": b"c"})],
}
