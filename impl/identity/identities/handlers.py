"""Handlers that list, link and unlink the caller's identities."""

from typing import override
from uuid import UUID

from generated import models, replies
from generated.routers.identities import (
    AbstractIdentitiesHandlers,
    BeginIdentityLinkOk,
    ConfirmIdentityLinkOk,
    DeleteIdentityNoContent,
    ListIdentitiesOk,
)
from impl.identity.capabilities.oauth_clients.service import SignInRequest
from impl.identity.identities.service import IdentitiesService, LinkedIdentity
from impl.kernel.caller import AnonymousClient, Caller


class IdentitiesHandlers(AbstractIdentitiesHandlers[Caller, AnonymousClient]):
    def __init__(self, service: IdentitiesService) -> None:
        self._service = service

    @override
    async def list_identities(self, caller: Caller) -> ListIdentitiesOk:
        return ListIdentitiesOk({"items": [_to_wire(linked) for linked in await self._service.list(caller)]})

    @override
    async def begin_identity_link(self, caller: Caller, *, body: models.IdentityLinkStart) -> BeginIdentityLinkOk:
        begun = await self._service.begin_link(
            caller, SignInRequest(body.provider, body.client, body.redirect_uri, body.state)
        )
        return BeginIdentityLinkOk({"start_url": begun.start_url, "expires_at": begun.expires_at})

    @override
    async def confirm_identity_link(self, caller: Caller, *, body: models.IdentityLinkConfirm) -> ConfirmIdentityLinkOk:
        return ConfirmIdentityLinkOk(_to_wire(await self._service.confirm_link(caller, body.code)))

    @override
    async def delete_identity(self, caller: Caller, *, identity_id: UUID) -> DeleteIdentityNoContent:
        await self._service.unlink(caller, identity_id)
        return DeleteIdentityNoContent()


def _to_wire(linked: LinkedIdentity) -> replies.Identity:
    return {
        "id": linked.id,
        "provider": linked.provider,
        "display_name": linked.display_name,
        "email": linked.email,
        "created_at": linked.created_at,
        "last_used_at": linked.last_used_at,
    }
