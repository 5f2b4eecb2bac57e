"""Handlers of notification preferences."""

from typing import override

from generated import models, replies
from generated.routers.notification_preferences import (
    AbstractNotificationPreferencesHandlers,
    GetNotificationPreferencesOk,
    ReplaceNotificationPreferencesOk,
)
from impl.kernel import etags
from impl.kernel.caller import AnonymousClient, Caller
from impl.marketplace.capabilities.notice_mails.tables import (
    Choice,
    MailChannel,
    NotificationLanguage,
    Wishes,
    choices_of,
)
from impl.marketplace.capabilities.notices.tables import NotificationGroup
from impl.marketplace.notification_preferences.service import NotificationPreferencesService, ShownPreferences


def _channels(choices: dict[str, Choice], group: NotificationGroup) -> replies.NotificationChannels:
    choice = choices[group.value]
    return {"in_app": choice["in_app"], "mail": models.MailChannel(choice["mail"])}


def _to_wire(row: ShownPreferences) -> replies.NotificationPreferences:
    choices = choices_of(row["choices"])
    starts, ends, language = row["quiet_starts"], row["quiet_ends"], row["language"]
    return {
        "groups": {
            "inquiries": _channels(choices, NotificationGroup.INQUIRIES),
            "messages": _channels(choices, NotificationGroup.MESSAGES),
            "quotes": _channels(choices, NotificationGroup.QUOTES),
            "jobs": _channels(choices, NotificationGroup.JOBS),
            "reviews": _channels(choices, NotificationGroup.REVIEWS),
            "decisions": _channels(choices, NotificationGroup.DECISIONS),
            "verifications": _channels(choices, NotificationGroup.VERIFICATIONS),
            "saved_searches": _channels(choices, NotificationGroup.SAVED_SEARCHES),
        },
        "quiet_hours": None if starts is None or ends is None else {"starts": starts, "ends": ends},
        "time_zone": row["time_zone"],
        "language": None if language is None else models.NotificationLanguage(language),
        "updated_at": row["updated_at"],
    }


def _wishes(body: models.NotificationPreferencesReplace) -> Wishes:
    groups = body.groups
    given = {
        NotificationGroup.INQUIRIES: groups.inquiries,
        NotificationGroup.MESSAGES: groups.messages,
        NotificationGroup.QUOTES: groups.quotes,
        NotificationGroup.JOBS: groups.jobs,
        NotificationGroup.REVIEWS: groups.reviews,
        NotificationGroup.DECISIONS: groups.decisions,
        NotificationGroup.VERIFICATIONS: groups.verifications,
        NotificationGroup.SAVED_SEARCHES: groups.saved_searches,
    }
    chosen: dict[str, Choice] = {
        group.value: {"in_app": one.in_app, "mail": MailChannel(one.mail)}
        for group, one in given.items()
        if one is not None
    }
    quiet = body.quiet_hours
    return {
        "choices": choices_of(chosen),
        "quiet_starts": None if quiet is None else quiet.starts,
        "quiet_ends": None if quiet is None else quiet.ends,
        "time_zone": body.time_zone,
        "language": None if body.language is None else NotificationLanguage(body.language),
    }


class NotificationPreferencesHandlers(AbstractNotificationPreferencesHandlers[Caller, AnonymousClient]):
    def __init__(self, service: NotificationPreferencesService) -> None:
        self._service = service

    @override
    async def get_notification_preferences(self, caller: Caller) -> GetNotificationPreferencesOk:
        row = await self._service.get(caller)
        return GetNotificationPreferencesOk(_to_wire(row), etag=etags.etag(row["version"]))

    @override
    async def replace_notification_preferences(
        self, caller: Caller, *, if_match: str | None, body: models.NotificationPreferencesReplace
    ) -> ReplaceNotificationPreferencesOk:
        row = await self._service.replace(caller, _wishes(body), if_match=if_match)
        return ReplaceNotificationPreferencesOk(_to_wire(row), etag=etags.etag(row["version"]))
