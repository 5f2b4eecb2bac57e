"""Handlers that read, replace and merge the caller's own account."""

from typing import override

from generated import models, replies
from generated.routers.account import (
    AbstractAccountHandlers,
    GetAccountNotModified,
    GetAccountOk,
    ReplaceAccountOk,
    UpdateAccountOk,
)
from generated.states import AccountState
from impl.identity.account.service import Account, AccountService, account_of
from impl.identity.capabilities.users.tables import Details
from impl.kernel.caller import AnonymousClient, Caller
from impl.kernel.etags import etag

STATES = {state.value: state for state in AccountState}


class AccountHandlers(AbstractAccountHandlers[Caller, AnonymousClient]):
    def __init__(self, service: AccountService) -> None:
        self._service = service

    @override
    async def get_account(self, caller: Caller) -> GetAccountOk | GetAccountNotModified:
        account = account_of(caller)
        return GetAccountOk(_body(account, caller), etag=etag(account.version))

    @override
    async def replace_account(
        self, caller: Caller, *, if_match: str | None, body: models.AccountReplace
    ) -> ReplaceAccountOk:
        details: Details = {
            "full_name": body.full_name,
            "username": body.username,
            "phone": body.phone,
            "locale": body.locale,
        }
        account = await self._service.update(caller, details, if_match=if_match)
        return ReplaceAccountOk(_body(account, caller), etag=etag(account.version))

    @override
    async def update_account(
        self, caller: Caller, *, if_match: str | None, body: models.AccountUpdate
    ) -> UpdateAccountOk:
        account = await self._service.update(caller, _changes_of(body), if_match=if_match)
        return UpdateAccountOk(_body(account, caller), etag=etag(account.version))


def _changes_of(body: models.AccountUpdate) -> Details:
    """Return the fields that the patch names: null clears, and was refused by the model where it is not allowed."""
    named = body.model_fields_set
    details: Details = {}
    if "username" in named:
        details["username"] = body.username
    if "phone" in named:
        details["phone"] = body.phone
    if body.full_name is not None:
        details["full_name"] = body.full_name
    if body.locale is not None:
        details["locale"] = body.locale
    return details


def _body(account: Account, caller: Caller) -> replies.Account:
    return {
        "id": account.id,
        "email": account.email,
        "username": account.username,
        "full_name": account.full_name,
        "phone": account.phone,
        "locale": account.locale,
        "state": STATES[account.state],
        "email_verified": account.email_verified,
        "has_password": account.has_password,
        "roles": sorted(caller.roles),
        "created_at": account.created_at,
        "updated_at": account.updated_at,
    }
