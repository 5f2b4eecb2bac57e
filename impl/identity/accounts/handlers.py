"""Handlers by which staff find, create, change, suspend and sign out accounts."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final, override
from uuid import UUID

from generated import models, policies, replies
from generated.routers.accounts import (
    AbstractAccountsHandlers,
    CreateUserCreated,
    DeleteUserNoContent,
    EndUserSessionNoContent,
    EndUserSessionsNoContent,
    GetUserOk,
    ListUserSessionsOk,
    ListUsersOk,
    ReactivateUserOk,
    ReplaceUserOk,
    RequestUserPasswordResetAccepted,
    SuspendUserOk,
    UnlockUserNoContent,
)
from generated.states import AccountState
from impl.identity.accounts.repository import Filters, Order, Position, UserRow
from impl.identity.accounts.service import AccountsService, edition, search_prefixes
from impl.identity.capabilities.role_catalogue.service import HOMEOWNER
from impl.identity.capabilities.users.tables import Details
from impl.identity.own_sessions.wire import session_of
from impl.identity.registration.service import NewAccount
from impl.kernel.caller import AnonymousClient, Caller
from impl.kernel.errors import InvalidInput
from impl.kernel.etags import etag
from impl.kernel.paging import Cursors, capped
from impl.kernel.paging import Position as CursorPosition
from openapi.runtime.wire import FieldError

STATES: Final = {state.value: state for state in AccountState}
_ORDERS: Final[Mapping[models.UserSort, Order]] = {
    models.UserSort.CREATED_AT: Order("created_at", descending=False),
    models.UserSort.CREATED_AT_DESC: Order("created_at", descending=True),
    models.UserSort.EMAIL: Order("email", descending=False),
    models.UserSort.EMAIL_DESC: Order("email", descending=True),
}
_MAILED: Final[replies.Accepted] = {"message": "We have sent a link to the address of this account."}


class AccountsHandlers(AbstractAccountsHandlers[Caller, AnonymousClient]):
    def __init__(self, service: AccountsService, cursors: Cursors) -> None:
        self._service = service
        self._cursors = cursors

    @override
    async def list_users(
        self,
        caller: Caller,
        *,
        q: str | None,
        state: AccountState | None,
        role: str | None,
        verified: bool | None,
        created_from: datetime | None,
        created_before: datetime | None,
        sort: models.UserSort,
        limit: int,
        cursor: str | None,
        offset: int | None,
        include_total: bool,
    ) -> ListUsersOk:
        if cursor is not None and offset is not None:
            detail = "Page with cursor or with offset."
            raise InvalidInput(detail, errors=[FieldError("not_with_cursor", detail, parameter="offset")])
        filters = Filters(
            beginnings=None if q is None else search_prefixes(q),
            state=None if state is None else AccountState(state.value),
            role=role,
            verified=verified,
            created_from=created_from,
            created_before=created_before,
        )
        order = _ORDERS[sort]
        scope = f"listUsers {caller.user_id} {order} {filters}"
        after = None if cursor is None else _decode_position(self._cursors.decode(cursor, scope=scope), order)
        page = await self._service.page(caller, filters, order, after=after, offset=offset or 0, limit=limit)
        total = await self._service.count(filters) if include_total else None
        last = _position(page.items[-1], order) if page.more else None
        return ListUsersOk(
            {
                "items": [_user(row) for row in page.items],
                "next_cursor": None if last is None else self._cursors.encode(last, scope=scope),
                **capped(total),
            }
        )

    @override
    async def create_user(self, caller: Caller, *, body: models.UserCreate) -> CreateUserCreated:
        new = NewAccount(
            email=body.email,
            full_name=body.full_name,
            username=body.username,
            phone=body.phone,
            locale=body.locale,
            roles=(HOMEOWNER,) if body.roles is None else tuple(body.roles),
        )
        return await self._service.invite(caller, new, _serialize_created)

    @override
    async def get_user(self, caller: Caller, *, user_id: UUID) -> GetUserOk:
        row = await self._service.get(caller, user_id)
        return GetUserOk(_user(row), etag=_etag(row))

    @override
    async def replace_user(
        self, caller: Caller, *, user_id: UUID, if_match: str | None, body: models.UserReplace
    ) -> ReplaceUserOk:
        details: Details = {
            "full_name": body.full_name,
            "username": body.username,
            "phone": body.phone,
            "locale": body.locale,
        }
        row = await self._service.replace(caller, user_id, body.email, details, if_match=if_match)
        return ReplaceUserOk(_user(row), etag=_etag(row))

    @override
    async def delete_user(self, caller: Caller, *, user_id: UUID, if_match: str | None) -> DeleteUserNoContent:
        await self._service.close(caller, user_id, if_match=if_match)
        return DeleteUserNoContent()

    @override
    async def suspend_user(self, caller: Caller, *, user_id: UUID, body: models.UserSuspend) -> SuspendUserOk:
        row = await self._service.suspend(caller, user_id, body.reason)
        return SuspendUserOk(_user(row), etag=_etag(row))

    @override
    async def reactivate_user(self, caller: Caller, *, user_id: UUID) -> ReactivateUserOk:
        row = await self._service.reactivate(caller, user_id)
        return ReactivateUserOk(_user(row), etag=_etag(row))

    @override
    async def unlock_user(self, caller: Caller, *, user_id: UUID) -> UnlockUserNoContent:
        await self._service.unlock(caller, user_id)
        return UnlockUserNoContent()

    @override
    async def request_user_password_reset(self, caller: Caller, *, user_id: UUID) -> RequestUserPasswordResetAccepted:
        await self._service.mail_password_link(caller, user_id)
        return RequestUserPasswordResetAccepted(_MAILED)

    @override
    async def list_user_sessions(
        self, caller: Caller, *, user_id: UUID, limit: int, cursor: str | None, include_total: bool
    ) -> ListUserSessionsOk:
        scope = f"listUserSessions {caller.user_id} {user_id}"
        after = self._cursors.decode_moment(cursor, scope=scope)
        page, total = await self._service.sessions_of(caller, user_id, after=after, limit=limit, counted=include_total)
        return ListUserSessionsOk(
            {
                "items": [session_of(row, caller) for row in page.items],
                "next_cursor": self._cursors.encode_next_moment(
                    page, lambda row: (row["created_at"], row["id"]), scope=scope
                ),
                **capped(total),
            }
        )

    @override
    async def end_user_sessions(self, caller: Caller, *, user_id: UUID) -> EndUserSessionsNoContent:
        await self._service.end_sessions(caller, user_id)
        return EndUserSessionsNoContent()

    @override
    async def end_user_session(self, caller: Caller, *, user_id: UUID, session_id: UUID) -> EndUserSessionNoContent:
        await self._service.end_session(caller, user_id, session_id)
        return EndUserSessionNoContent()


def _serialize_created(row: UserRow) -> CreateUserCreated:
    location = policies.GET_USER.path.format(user_id=row["id"])
    return CreateUserCreated(_user(row), location=location, etag=_etag(row))


def _position(row: UserRow, order: Order) -> CursorPosition:
    first = row["email_key"] if order.by == "email" else row["created_at"].isoformat()
    return [first, str(row["id"])]


def _decode_position(position: CursorPosition, order: Order) -> Position:
    first, last_id = position
    return str(first) if order.by == "email" else datetime.fromisoformat(str(first)), UUID(str(last_id))


def _etag(row: UserRow) -> str:
    return etag(edition(row["version"], row["last_login_at"]))


def _user(row: UserRow) -> replies.User:
    reason, suspended_at = row["suspension_reason"], row["suspended_at"]
    return {
        "id": row["id"],
        "email": row["email"],
        "username": row["username"],
        "full_name": row["full_name"],
        "phone": row["phone"],
        "locale": row["locale"],
        "state": STATES[row["state"]],
        "email_verified": row["email_verified_at"] is not None,
        "has_password": row["has_password"],
        "roles": sorted(row["roles"].split(",")) if row["roles"] else [],
        "last_login_at": row["last_login_at"],
        "suspension": None
        if reason is None or suspended_at is None
        else {"reason": reason, "suspended_at": suspended_at},
        "created_at": row["created_at"],
        "updated_at": row["updated_at"],
    }
