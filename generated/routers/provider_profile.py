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

        Creates the profile as a `DRAFT` (201) or replaces what it says (200); what is left out or null is cleared. A draft may be incomplete:
        completeness is asked for by `POST /service-providers/profile/submit`.

        Editing a `REJECTED` profile makes it a `DRAFT` again; a `SUSPENDED` one cannot be edited (409 `invalid-transition`); in every other state the
        state stays. Where staff review, an edit of an `APPROVED` profile waits for them as far as it is material (`MaterialField`): others keep seeing what was
        approved, and `revision` shows both texts. The slug follows the published business name; the
        one before redirects (`GET /providers/{slug}`), so links to the business stay good.
        """

    @abstractmethod
    async def submit_provider_profile(self, caller: CallerT) -> SubmitProviderProfileOk:
        """Submit my business profile for review.

        `DRAFT -> PENDING_REVIEW`, and then `APPROVED` or `REJECTED` by staff (look at `state` in the answer: where the service approves by itself, it
        is `APPROVED` already).

        - 409 `profile-incomplete`: `errors` points at each member that is missing (`about`, `base_point`, `service_radius_km`, and one of `phone` and `website`).
        - 409 `invalid-transition`: the profile is not a draft; `state` says what it is.
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
