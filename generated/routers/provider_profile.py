# Generated from hestami.yaml by openapi/codegen. Change that, then `make generate`.
"""The provider-profile operations: replies, abstract handlers, router."""

from abc import ABC, abstractmethod

from fastapi import APIRouter
from pydantic import TypeAdapter
from starlette.requests import Request

from generated import models, parameters, policies, replies
from openapi.runtime.bodies import Body, JsonMedia, NoBody
from openapi.runtime.guard import Guard
from openapi.runtime.inputs import Inputs
from openapi.runtime.json_writer import JsonWriter
from openapi.runtime.parameters_reader import NoParameters, Parameters
from openapi.runtime.routing import OperationRoute
from openapi.runtime.signatures import check_handlers
from openapi.runtime.texts import Field
from openapi.runtime.wire import Reply

_PROVIDER_PROFILE: JsonWriter[replies.ProviderProfile] = JsonWriter(replies.ProviderProfile)


class GetProviderProfileOk(Reply):
    """The profile."""

    __slots__ = ()

    def __init__(self, body: replies.ProviderProfile, *, etag: str) -> None:
        super().__init__(200, {"content-type": "application/json", "etag": etag}, _PROVIDER_PROFILE.dump_json(body))


class GetProviderProfileNotModified(Reply):
    """What you hold is current."""

    __slots__ = ()

    def __init__(self, *, etag: str) -> None:
        super().__init__(304, {"etag": etag})


class ReplaceProviderProfileOk(Reply):
    """The profile."""

    __slots__ = ()

    def __init__(self, body: replies.ProviderProfile, *, etag: str) -> None:
        super().__init__(200, {"content-type": "application/json", "etag": etag}, _PROVIDER_PROFILE.dump_json(body))


class ReplaceProviderProfileCreated(Reply):
    """The profile was created, as a draft."""

    __slots__ = ()

    def __init__(self, body: replies.ProviderProfile, *, location: str, etag: str) -> None:
        super().__init__(
            201,
            {"content-type": "application/json", "location": location, "etag": etag},
            _PROVIDER_PROFILE.dump_json(body),
        )


class SubmitProviderProfileOk(Reply):
    """The profile was submitted."""

    __slots__ = ()

    def __init__(self, body: replies.ProviderProfile, *, etag: str) -> None:
        super().__init__(200, {"content-type": "application/json", "etag": etag}, _PROVIDER_PROFILE.dump_json(body))


class AbstractProviderProfileHandlers[CallerT, ClientT](ABC):
    """One method for each operation tagged provider-profile."""

    @abstractmethod
    async def get_provider_profile(self, caller: CallerT) -> GetProviderProfileOk | GetProviderProfileNotModified:
        """Get my business profile.

        404 until the first `PUT`.
        """

    @abstractmethod
    async def replace_provider_profile(
        self, caller: CallerT, *, if_match: str | None, body: models.ProviderProfileReplace
    ) -> ReplaceProviderProfileOk | ReplaceProviderProfileCreated:
        """Create or replace my business profile.

        Creates the profile as a `DRAFT` (201) or replaces it (200); absent or null members are cleared. A draft may be incomplete;
        `POST /service-providers/profile/submit` checks completeness.

        Editing a `REJECTED` profile changes it to `DRAFT`; a `SUSPENDED` profile cannot be edited (409 `invalid-transition`); other states stay. Where staff
        review, material changes (`MaterialField`) of an `APPROVED` profile wait for them: others keep seeing the approved text, and `revision` contains both. The
        slug follows the published business name; the former one redirects (`GET /providers/{slug}`).
        """

    @abstractmethod
    async def submit_provider_profile(self, caller: CallerT) -> SubmitProviderProfileOk:
        """Submit my business profile for review.

        `DRAFT -> PENDING_REVIEW`, then `APPROVED` or `REJECTED` by staff. Where the service approves automatically, the response is `APPROVED` already: look at
        `state`.

        - 409 `profile-incomplete`: `errors` points at each missing member (`about`, `base_point`, `service_radius_km`, and one of `phone` and `website`).
        - 409 `invalid-transition`: the profile is not a draft; `state` names its state.
        """


_GET_PROVIDER_PROFILE = Inputs(
    Parameters(parameters.GetProviderProfileParameters, headers={"if_none_match": ("If-None-Match", Field())}), NoBody()
)

_REPLACE_PROVIDER_PROFILE = Inputs(
    Parameters(parameters.ReplaceProviderProfileParameters, headers={"if_match": ("If-Match", Field())}),
    Body[models.ProviderProfileReplace]({"application/json": JsonMedia(TypeAdapter(models.ProviderProfileReplace))}),
)

_SUBMIT_PROVIDER_PROFILE = Inputs(Parameters(NoParameters), NoBody())


def build_router[CallerT, ClientT](
    handlers: AbstractProviderProfileHandlers[CallerT, ClientT], guard: Guard[CallerT, ClientT]
) -> APIRouter:
    """Build the router of these handlers; refuse handlers that do not fit the contract."""
    check_handlers(AbstractProviderProfileHandlers, handlers)

    async def get_provider_profile(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.GET_PROVIDER_PROFILE)
        await _GET_PROVIDER_PROFILE.read(request)
        return await handlers.get_provider_profile(caller)

    async def replace_provider_profile(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.REPLACE_PROVIDER_PROFILE)
        given = await _REPLACE_PROVIDER_PROFILE.read(request)
        return await handlers.replace_provider_profile(caller, if_match=given.parameters.if_match, body=given.body)

    async def submit_provider_profile(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.SUBMIT_PROVIDER_PROFILE)
        await _SUBMIT_PROVIDER_PROFILE.read(request)
        return await handlers.submit_provider_profile(caller)

    router = APIRouter()
    router.routes.extend(
        [
            OperationRoute(policies.GET_PROVIDER_PROFILE, get_provider_profile),
            OperationRoute(policies.REPLACE_PROVIDER_PROFILE, replace_provider_profile),
            OperationRoute(policies.SUBMIT_PROVIDER_PROFILE, submit_provider_profile),
        ]
    )
    return router
