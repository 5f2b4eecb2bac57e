"""Service of mails about events of the marketplace: preferences, quiet hours, digests and limits."""

import hmac
from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from impl.gateways.mail import CalendarFile
from impl.identity.capabilities.letters.service import LettersService, Subscription, Texts
from impl.kernel import audit, outbox
from impl.kernel.caller import AnonymousClient
from impl.kernel.clock import Clock
from impl.kernel.database import Database
from impl.kernel.etags import FIRST_VERSION
from impl.kernel.secrets import derive_link_token
from impl.marketplace.capabilities.notice_mails.repository import DigestRow, NoticeMailRepository, PreferencesRow
from impl.marketplace.capabilities.notice_mails.tables import (
    Choice,
    MailChannel,
    NewPreferences,
    NotificationLanguage,
    Wishes,
    choices_of,
)
from impl.marketplace.capabilities.notices.service import set_muted, title_of
from impl.marketplace.capabilities.notices.tables import GROUPS, NotificationGroup, NotificationKind

__all__ = ["DEFAULTS", "UNSUBSCRIBE_PAGE", "NoticeMails", "NoticePreferences", "PreferencesRow", "quiet_until"]

# Path of the application's page that asks for a click, below APP_URL.
UNSUBSCRIBE_PAGE: Final = "/unsubscribe"
TOPIC: Final = "marketplace.notification_digest"
DEFAULTS: Final[Wishes] = {
    "choices": choices_of({}),
    "quiet_starts": None,
    "quiet_ends": None,
    "time_zone": "UTC",
    "language": None,
}
_HOUR: Final = timedelta(hours=1)
_DAY: Final = timedelta(days=1)
_MORNING: Final = time(8)
_AT_ONCE: Final = 100
_HEX: Final = 32
_TEMPLATES: Final = Path(__file__).with_name("templates")


class NoticePreferences:
    """Preferences of people, and what follows from them for their mails."""

    def __init__(
        self, *, database: Database, clock: Clock, secret_key: bytes, api_url: str, app_url: str, most_an_hour: int
    ) -> None:
        """Take how many mails of a group somebody is sent within an hour; the others come together after it."""
        self._database = database
        self._most_an_hour = most_an_hour
        self._clock = clock
        self._secret_key = secret_key
        self._api_url = api_url.rstrip("/")
        self._app_url = app_url.rstrip("/")
        self._repository = NoticeMailRepository(database.reader)

    async def queue_digests(self) -> bool:
        """Queue the digests that are due, one for each account and group; return whether more wait."""
        now = self._clock.now()
        if not await self._repository.has_due(now):
            return False
        async with self._database.begin() as tx:
            due = await self._repository.lock_due(tx, now, limit=_AT_ONCE)
            if due:
                await self._repository.delete(tx, due)
            by_reader = sorted(due, key=_reader_of)
            for (account_id, group), rows in groupby(by_reader, key=_reader_of):
                told = ((row["kind"].value, row["events"]) for row in rows)
                await outbox.put(tx, TOPIC, {"user_id": str(account_id), "group": group, "events": dict(told)})
        return len(due) == _AT_ONCE

    async def unsubscribe(self, client: AnonymousClient, token: str) -> bool:
        """End the mails of the group that the token is of; return whether it is of any.

        The mail may be older than the erasure of the account, of which nothing is written any more.
        """
        account_id = UUID(hex=token[:_HEX])
        group = next(
            (one for one in NotificationGroup if hmac.compare_digest(token, self._token(account_id, one))), None
        )
        if group is None:
            return False
        async with self._database.begin() as tx:
            if not await self._repository.is_there(tx, account_id):
                return True
            row = await self._repository.lock(tx, account_id)
            wishes = row or DEFAULTS
            choice = _choice(wishes, group)
            if choice["mail"] != MailChannel.OFF:
                ended: Choice = {"in_app": choice["in_app"], "mail": MailChannel.OFF}
                choices = {**choices_of(wishes["choices"]), group.value: ended}
                await self.put(tx, account_id, row, {**_wishes_of(wishes), "choices": choices})
                await audit.record(
                    tx,
                    "notifications.unsubscribed",
                    client,
                    actor_id=account_id,
                    subject=("user", account_id),
                    data={"group": group.value},
                )
        return True

    # ---- preferences

    async def find(self, account_id: UUID) -> PreferencesRow | None:
        return await self._repository.find(account_id)

    async def lock(self, tx: AsyncSession, account_id: UUID) -> PreferencesRow | None:
        return await self._repository.lock(tx, account_id)

    async def put(
        self, tx: AsyncSession, account_id: UUID, row: PreferencesRow | None, wishes: Wishes
    ) -> PreferencesRow:
        """Set the preferences of an account that are locked."""
        now = self._clock.now()
        if row is None:
            new: NewPreferences = {
                **wishes,
                "account_id": account_id,
                "created_at": now,
                "updated_at": now,
                "version": FIRST_VERSION,
            }
            await self._repository.insert(tx, new)
        else:
            await self._repository.update(tx, account_id, {**wishes, "updated_at": now})
        muted = [group for group in NotificationGroup if not _choice(wishes, group)["in_app"]]
        await set_muted(tx, account_id, muted)
        return await self._repository.get(tx, account_id)

    # ---- for mails

    def refuse_quiet(self, wishes: Wishes) -> None:
        """Raise outbox.Deferred in the quiet hours of a reader."""
        until = quiet_until(wishes, self._clock.now())
        if until is not None:
            raise outbox.Deferred(until)

    async def collects(self, account_id: UUID, kind: NotificationKind, wishes: Wishes, *, daily: bool) -> bool:
        """Leave a mail to the next digest, if its reader wants one or has had too many in this hour.

        Of an erased account nothing is counted, and it is sent nothing.
        """
        now = self._clock.now()
        async with self._database.begin() as tx:
            if not await self._repository.is_there(tx, account_id):
                return True
            if daily:
                await self._repository.collect(tx, account_id, kind, next_morning(wishes, now))
                return True
            mails, began_at = await self._repository.count_mail(tx, account_id, GROUPS[kind], now, now - _HOUR)
            are_too_many = mails > self._most_an_hour
            if are_too_many:
                await self._repository.collect(tx, account_id, kind, began_at + _HOUR)
        return are_too_many

    def subscription(self, account_id: UUID, group: NotificationGroup) -> Subscription:
        """Return the ways to end the mails of a group."""
        token = self._token(account_id, group)
        return Subscription(
            post_url=f"{self._api_url}/api/v1/unsubscribe/{token}",
            # In the fragment, which no log sees.
            page_url=f"{self._app_url}{UNSUBSCRIBE_PAGE}#{token}",
            of_choice=False,
        )

    def _token(self, account_id: UUID, group: NotificationGroup) -> str:
        """Return the token that ends the mails of a group: good as long as the account, and for nothing else."""
        return account_id.hex + derive_link_token(self._secret_key, "unsubscribe-group", group.value, account_id)


class NoticeMails:
    """Sender of mails about events of the marketplace."""

    def __init__(self, preferences: NoticePreferences, letters: LettersService) -> None:
        self._preferences = preferences
        self._letters = letters

    @property
    def support_email(self) -> str:
        """Return the address of support."""
        return self._letters.support_email

    async def send(
        self,
        message: outbox.Message,
        kind: NotificationKind,
        account_id: UUID,
        texts: Texts,
        name: str,
        *,
        values: Mapping[str, object],
        subscription: Subscription | None = None,
        calendar: CalendarFile | None = None,
    ) -> None:
        """Send a mail of these words, or do with it what its reader wants.

        In their quiet hours the message is deferred, and counts only when it is tried after them. A mail with a
        subscription of its own ends by that; all others by their group.
        """
        wishes = await self._preferences.find(account_id) or DEFAULTS
        group = GROUPS[kind]
        channel = _choice(wishes, group)["mail"]
        if channel == MailChannel.OFF:
            return
        self._preferences.refuse_quiet(wishes)
        daily = channel == MailChannel.DIGEST
        if message.attempts == 1 and await self._preferences.collects(account_id, kind, wishes, daily=daily):
            return
        own = self._preferences.subscription(account_id, group)
        ends = {} if subscription is not None else {"no_more": own.page_url}
        await self._letters.send(
            message.id,
            account_id,
            texts,
            name,
            {**values, **ends},
            subscription=subscription or own,
            calendar=calendar,
            language=wishes["language"],
        )

    def outbox_handlers(self) -> Mapping[str, outbox.Handler]:
        """Return the handler of digests, by topic."""
        return {TOPIC: partial(self._mail_digest, Texts(_TEMPLATES, title_of=title_of))}

    async def _mail_digest(self, texts: Texts, message: outbox.Message) -> None:
        account_id, group = UUID(str(message.payload["user_id"])), NotificationGroup(str(message.payload["group"]))
        wishes = await self._preferences.find(account_id) or DEFAULTS
        events = message.payload["events"]
        if not isinstance(events, dict) or _choice(wishes, group)["mail"] == MailChannel.OFF:
            return
        self._preferences.refuse_quiet(wishes)
        subscription = self._preferences.subscription(account_id, group)
        await self._letters.send(
            message.id,
            account_id,
            texts,
            "digest",
            {"events": events, "no_more": subscription.page_url},
            subscription=subscription,
            language=wishes["language"],
        )


def quiet_until(wishes: Wishes, now: datetime) -> datetime | None:
    """Return when the quiet hours end that it is in, by the clock of the reader; None outside of them.

    Where the clock changes, an end that it leaves out is read with the offset before, and one that comes twice is the
    second where the first has passed.
    """
    starts, ends = wishes["quiet_starts"], wishes["quiet_ends"]
    if starts is None or ends is None:
        return None
    zone = ZoneInfo(wishes["time_zone"])
    local = now.astimezone(zone)
    clock = f"{local:%H:%M}"
    over_midnight = ends < starts
    is_quiet = clock >= starts or clock < ends if over_midnight else starts <= clock < ends
    if not is_quiet:
        return None
    day = local.date() + _DAY * (over_midnight and clock >= starts)
    return datetime.combine(day, time.fromisoformat(ends), zone).replace(fold=local.fold).astimezone(UTC)


def next_morning(wishes: Wishes, now: datetime) -> datetime:
    """Return when the next digest is due, by the clock of the reader."""
    zone = ZoneInfo(wishes["time_zone"])
    day = now.astimezone(zone).date()
    mornings = (datetime.combine(day + _DAY * later, _MORNING, zone).astimezone(UTC) for later in (0, 1))
    return next(morning for morning in mornings if morning > now)


def _choice(wishes: Wishes, group: NotificationGroup) -> Choice:
    return choices_of(wishes["choices"])[group.value]


def _wishes_of(wishes: Wishes) -> Wishes:
    """Return the columns that a person sets, of whatever has them."""
    language = wishes["language"]
    return {
        "choices": wishes["choices"],
        "quiet_starts": wishes["quiet_starts"],
        "quiet_ends": wishes["quiet_ends"],
        "time_zone": wishes["time_zone"],
        "language": None if language is None else NotificationLanguage(language),
    }


def _reader_of(row: DigestRow) -> tuple[UUID, str]:
    return row["account_id"], GROUPS[NotificationKind(row["kind"])].value
