"""Service that resolves roles to permissions and grants roles, and refuses what exceeds the caller's own.

Resolved permissions are cached in the process until the catalogue's version changes.
"""

from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from impl.identity.capabilities.access_control.errors import ExceedsOwnPermissions, LastAdmin, UnknownRole
from impl.identity.capabilities.access_control.repository import UserRoleRepository, is_permitted
from impl.identity.capabilities.role_catalogue.service import ADMIN, OPEN_ROLES, Catalogue, RoleCatalogueService
from impl.kernel.caller import Caller
from impl.kernel.clock import Clock

__all__ = ["AccessControlService", "RoleAccess", "is_permitted"]

# Bound on the cache: accounts hold few distinct sets of roles, but staff could define many.
_MAX_KEPT: Final = 4096


@dataclass(frozen=True, slots=True)
class RoleAccess:
    """Roles that were granted to an account, and all permissions that they give, inherited ones included."""

    roles: frozenset[str]
    permissions: frozenset[str]
    mfa_required: bool


class _CachedCatalogue:
    """Cache of one version of the catalogue, and of values computed from it.

    A new version gets a new cache, so that interleaved requests never mix two versions.
    """

    def __init__(self, catalogue: Catalogue, mfa_roles: frozenset[str]) -> None:
        self.catalogue = catalogue
        self._mfa_roles = mfa_roles
        self._accesses: dict[str, RoleAccess] = {}

    def access(self, held: str) -> RoleAccess:
        access = self._accesses.get(held)
        if access is None:
            if len(self._accesses) >= _MAX_KEPT:
                self._accesses.clear()
            roles = frozenset(name for name in held.split(",") if name)
            is_required = not self._mfa_roles.isdisjoint(self.catalogue.above(roles))
            access = self._accesses[held] = RoleAccess(roles, self.catalogue.permitted(roles), mfa_required=is_required)
        return access


class AccessControlService:
    def __init__(self, *, clock: Clock, catalogue: RoleCatalogueService, mfa_roles: Iterable[str]) -> None:
        self._clock = clock
        self._catalogue = catalogue
        self._mfa_roles = frozenset(mfa_roles)
        self._repository = UserRoleRepository()
        self._kept: _CachedCatalogue | None = None

    async def access(self, held: str, version: int) -> RoleAccess:
        """Return the access of role names joined by commas, as the session's one read has them, at its version."""
        kept = self._kept
        if kept is None or kept.catalogue.version != version:
            kept = self._kept = _CachedCatalogue(await self._catalogue.get(), self._mfa_roles)
        return kept.access(held)

    # ---- steps of features, inside their transaction

    async def names_of(self, tx: AsyncSession, user_id: UUID) -> set[str]:
        return await self._repository.names_of(tx, user_id)

    async def grant(self, tx: AsyncSession, user_id: UUID, names: Iterable[str], *, by: UUID | None = None) -> None:
        """Grant the roles without asking who may; staff are held to `refuse_granting` before."""
        await self._repository.grant(tx, user_id, names, at=self._clock.now(), by=by)

    async def revoke(self, tx: AsyncSession, user_id: UUID, names: Iterable[str]) -> None:
        """Revoke the roles without asking who may; staff are held to `refuse_acting_above` before."""
        await self._repository.revoke(tx, user_id, names)

    async def refuse_unknown(self, tx: AsyncSession, names: Sequence[str]) -> None:
        """Raise UnknownRole if there is no role of one of these names."""
        _refuse_unknown(await self._catalogue.read(tx), names)

    async def refuse_granting(
        self, tx: AsyncSession, caller: Caller, names: Sequence[str], *, held: Container[str] = ()
    ) -> None:
        """Refuse staff who would give roles beyond their own to somebody who holds those `held`.

        Raises UnknownRole and ExceedsOwnPermissions.
        """
        catalogue = await self._catalogue.lock(tx)
        _refuse_unknown(catalogue, names)
        added = {name for name in names if name not in held}
        await self.refuse_exceeding(tx, caller, catalogue, catalogue.permitted(added - OPEN_ROLES))

    async def refuse_acting_above(self, tx: AsyncSession, caller: Caller, user_id: UUID) -> None:
        """Raise ExceedsOwnPermissions if the account, locked by the caller, holds more than the caller.

        Nobody changes an account that, as staff, may do more than they may themselves.
        """
        catalogue = await self._catalogue.lock(tx)
        theirs = catalogue.permitted(await self._repository.names_of(tx, user_id) - OPEN_ROLES)
        await self.refuse_exceeding(tx, caller, catalogue, theirs)

    async def refuse_losing_last_admin(self, tx: AsyncSession, user_id: UUID) -> None:
        """Raise LastAdmin if the account, locked before, is the last administrator and would stop being one.

        Only administrators who can sign in count. A concurrent change of another administrator waits for the end of
        this transaction, and then counts without this account.
        """
        await self._catalogue.lock(tx)
        if await self._repository.find_live_holders(tx, ADMIN) == {user_id}:
            raise LastAdmin

    async def refuse_exceeding(
        self, tx: AsyncSession, caller: Caller, catalogue: Catalogue, permissions: frozenset[str]
    ) -> None:
        """Raise ExceedsOwnPermissions unless the caller has all of these permissions.

        Their roles are read anew, behind the catalogue's lock, because they may have been taken since the request was
        let in: of two who demote or suspend each other, the second must find that they may not any more.
        """
        own = catalogue.permitted(await self._repository.live_names_of(tx, caller.user_id))
        if lacking := permissions - own:
            raise ExceedsOwnPermissions(lacking)


def _refuse_unknown(catalogue: Catalogue, names: Sequence[str]) -> None:
    if unknown := [place for place, name in enumerate(names) if name not in catalogue.names]:
        raise UnknownRole(unknown)
