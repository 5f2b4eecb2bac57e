# Generated from hestami.yaml by openapi/codegen. Change that, then `make generate`.
"""The notification-preferences operations: replies, abstract handlers, router."""

from abc import ABC, abstractmethod

from fastapi import APIRouter
from pydantic import TypeAdapter
from starlette.requests import Request

from generated import models, parameters, policies, replies
from openapi.runtime.bodies import Body, JsonMedia, NoBody
from openapi.runtime.guard import Guard
from openapi.runtime.inputs import Inputs
from openapi.runtime.json_writer import JsonWriter
from openapi.runtime.parameters_reader import Parameters
from openapi.runtime.routing import OperationRoute
from openapi.runtime.signatures import check_handlers
from openapi.runtime.texts import Field
from openapi.runtime.wire import Reply

_NOTIFICATION_PREFERENCES: JsonWriter[replies.NotificationPreferences] = JsonWriter(replies.NotificationPreferences)


class GetNotificationPreferencesOk(Reply):
    """The caller's notification preferences."""

    __slots__ = ()

    def __init__(self, body: replies.NotificationPreferences, *, etag: str) -> None:
        super().__init__(
            200, {"content-type": "application/json", "etag": etag}, _NOTIFICATION_PREFERENCES.dump_json(body)
        )


class GetNotificationPreferencesNotModified(Reply):
    """What you hold is current."""

    __slots__ = ()

    def __init__(self, *, etag: str) -> None:
        super().__init__(304, {"etag": etag})


class ReplaceNotificationPreferencesOk(Reply):
    """The caller's notification preferences."""

    __slots__ = ()

    def __init__(self, body: replies.NotificationPreferences, *, etag: str) -> None:
        super().__init__(
            200, {"content-type": "application/json", "etag": etag}, _NOTIFICATION_PREFERENCES.dump_json(body)
        )


class AbstractNotificationPreferencesHandlers[CallerT, ClientT](ABC):
    """One method for each operation tagged notification-preferences."""

    @abstractmethod
    async def get_notification_preferences(
        self, caller: CallerT
    ) -> GetNotificationPreferencesOk | GetNotificationPreferencesNotModified:
        """Get my notification preferences.

        Defaults until they are set: everything is shown in the application and mailed at once. Mails about the security of an account cannot be switched off,
        and are not part of this.
        """

    @abstractmethod
    async def replace_notification_preferences(
        self, caller: CallerT, *, if_match: str | None, body: models.NotificationPreferencesReplace
    ) -> ReplaceNotificationPreferencesOk:
        """Replace my notification preferences.

        Replaces all preferences; an absent group is shown and mailed at once. `DIGEST` collects the events of a group in one mail each morning. If more than 10
        mails of a group would be sent within an hour, they are collected for that hour too. Mails wait for the end of the quiet hours: local times in
        `time_zone`, which may cross midnight; two equal times mean no quiet hours. 422 `unknown_time_zone`: the IANA database does not know the time zone.
        """


_GET_NOTIFICATION_PREFERENCES = Inputs(
    Parameters(parameters.GetNotificationPreferencesParameters, headers={"if_none_match": ("If-None-Match", Field())}),
    NoBody(),
)

_REPLACE_NOTIFICATION_PREFERENCES = Inputs(
    Parameters(parameters.ReplaceNotificationPreferencesParameters, headers={"if_match": ("If-Match", Field())}),
    Body[models.NotificationPreferencesReplace](
        {"application/json": JsonMedia(TypeAdapter(models.NotificationPreferencesReplace))}
    ),
)


def build_router[CallerT, ClientT](
    handlers: AbstractNotificationPreferencesHandlers[CallerT, ClientT], guard: Guard[CallerT, ClientT]
) -> APIRouter:
    """Build the router of these handlers; refuse handlers that do not fit the contract."""
    check_handlers(AbstractNotificationPreferencesHandlers, handlers)

    async def get_notification_preferences(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.GET_NOTIFICATION_PREFERENCES)
        await _GET_NOTIFICATION_PREFERENCES.read(request)
        return await handlers.get_notification_preferences(caller)

    async def replace_notification_preferences(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.REPLACE_NOTIFICATION_PREFERENCES)
        given = await _REPLACE_NOTIFICATION_PREFERENCES.read(request)
        return await handlers.replace_notification_preferences(
            caller, if_match=given.parameters.if_match, body=given.body
        )

    router = APIRouter()
    router.routes.extend(
        [
            OperationRoute(policies.GET_NOTIFICATION_PREFERENCES, get_notification_preferences),
            OperationRoute(policies.REPLACE_NOTIFICATION_PREFERENCES, replace_notification_preferences),
        ]
    )
    return router
