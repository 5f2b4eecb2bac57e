"""Queries and statements on second factors; the statement that finds a single-use code also uses it up."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Annotated, TypedDict
from uuid import UUID

from sqlalchemy import bindparam, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from impl.identity.capabilities.second_factor.tables import MfaChallenge, RecoveryCode, TotpFactor
from impl.identity.capabilities.users.tables import User
from impl.kernel.reader import Reader
from impl.kernel.rows import NEVER_NULL
from impl.kernel.statements import Query


class FactorRow(TypedDict):
    confirmed_at: Annotated[datetime, NEVER_NULL]
    recovery_codes_left: int


class ChallengeRow(TypedDict):
    id: UUID
    user_id: UUID
    token_hash: bytes
    device_id: UUID | None


_STATE = Query(
    select(
        TotpFactor.confirmed_at,
        select(func.count())
        .select_from(RecoveryCode)
        .where(RecoveryCode.user_id == TotpFactor.user_id)
        .correlate(TotpFactor)
        .scalar_subquery()
        .label("recovery_codes_left"),
    ).where(TotpFactor.user_id == bindparam("user_id"), TotpFactor.confirmed_at.is_not(None)),
    FactorRow,
)
_CHALLENGE = Query(
    select(MfaChallenge.id, MfaChallenge.user_id, MfaChallenge.token_hash, MfaChallenge.device_id)
    .join(User, User.id == MfaChallenge.user_id)
    .where(
        MfaChallenge.id == bindparam("challenge_id"),
        MfaChallenge.expires_at > bindparam("now"),
        # Challenges from before a change of credentials are refused and not counted.
        MfaChallenge.credential_epoch == User.credential_epoch,
        MfaChallenge.password_changed_at.is_not_distinct_from(User.password_changed_at),
    ),
    ChallengeRow,
)


class SecondFactorRepository:
    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    async def find_state(self, user_id: UUID) -> FactorRow | None:
        return await self._reader.first(_STATE, user_id=user_id)

    async def find_challenge(self, challenge_id: UUID, *, now: datetime) -> ChallengeRow | None:
        return await self._reader.first(_CHALLENGE, challenge_id=challenge_id, now=now)

    # ---- authenticators

    async def find_factor(self, tx: AsyncSession, user_id: UUID) -> TotpFactor | None:
        return await tx.get(TotpFactor, user_id)

    async def add_factor(self, tx: AsyncSession, factor: TotpFactor) -> None:
        tx.add(factor)
        await tx.flush()

    async def use_step(self, tx: AsyncSession, user_id: UUID, step: int) -> bool:
        """Use a time step up; return True for one of concurrent uses, and never for an earlier step after it."""
        used = await tx.scalar(
            update(TotpFactor)
            .where(TotpFactor.user_id == user_id, TotpFactor.last_step < step)
            .values(last_step=step)
            .returning(TotpFactor.user_id)
        )
        return used is not None

    async def replace_secret(self, tx: AsyncSession, user_id: UUID, encrypted: bytes, *, instead_of: bytes) -> None:
        """Replace the secret, unless another one has taken its place meanwhile."""
        await tx.execute(
            update(TotpFactor)
            .where(TotpFactor.user_id == user_id, TotpFactor.sealed_secret == instead_of)
            .values(sealed_secret=encrypted)
        )

    async def find_after(self, tx: AsyncSession, user_id: UUID | None, *, limit: int) -> Sequence[TotpFactor]:
        """Return the next factors by account id."""
        some = select(TotpFactor).order_by(TotpFactor.user_id).limit(limit)
        if user_id is not None:
            some = some.where(TotpFactor.user_id > user_id)
        return (await tx.scalars(some)).all()

    # ---- recovery codes

    async def put_codes(self, tx: AsyncSession, user_id: UUID, digests: Iterable[bytes]) -> None:
        """Replace the account's recovery codes."""
        await tx.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user_id))
        tx.add_all(RecoveryCode(user_id=user_id, code_digest=digest) for digest in digests)
        await tx.flush()

    async def use_code(self, tx: AsyncSession, user_id: UUID, digest: bytes) -> bool:
        """Use a recovery code up; return True for one of concurrent uses."""
        used = await tx.scalar(
            delete(RecoveryCode)
            .where(RecoveryCode.user_id == user_id, RecoveryCode.code_digest == digest)
            .returning(RecoveryCode.user_id)
        )
        return used is not None

    async def count_codes(self, tx: AsyncSession, user_id: UUID) -> int:
        counted = select(func.count()).select_from(RecoveryCode).where(RecoveryCode.user_id == user_id)
        return (await tx.execute(counted)).scalar_one()

    # ---- challenges

    async def add_challenge(self, tx: AsyncSession, challenge: MfaChallenge) -> None:
        tx.add(challenge)
        await tx.flush()

    async def use_challenge(self, tx: AsyncSession, challenge_id: UUID, user: User, *, now: datetime) -> str | None:
        """Use a challenge up; return the first factor's provider for one of concurrent uses, else None."""
        return await tx.scalar(
            delete(MfaChallenge)
            .where(
                MfaChallenge.id == challenge_id,
                MfaChallenge.user_id == user.id,
                MfaChallenge.expires_at > now,
                MfaChallenge.credential_epoch == user.credential_epoch,
                MfaChallenge.password_changed_at.is_not_distinct_from(user.password_changed_at),
            )
            .returning(MfaChallenge.provider)
        )

    async def remove_challenge(self, tx: AsyncSession, challenge_id: UUID) -> bool:
        gone = delete(MfaChallenge).where(MfaChallenge.id == challenge_id).returning(MfaChallenge.id)
        return await tx.scalar(gone) is not None

    async def remove_challenges(self, tx: AsyncSession, user_id: UUID, provider: str) -> None:
        of_provider = MfaChallenge.user_id == user_id, MfaChallenge.provider == provider
        await tx.execute(delete(MfaChallenge).where(*of_provider))

    # ---- removal

    async def remove(self, tx: AsyncSession, user_id: UUID) -> bool:
        """Delete all of the account's second factor; return whether it was switched on."""
        await tx.execute(delete(MfaChallenge).where(MfaChallenge.user_id == user_id))
        await tx.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user_id))
        confirmed_at = await tx.scalar(
            delete(TotpFactor).where(TotpFactor.user_id == user_id).returning(TotpFactor.confirmed_at)
        )
        return confirmed_at is not None
