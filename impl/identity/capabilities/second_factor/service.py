"""Service of the second factor: authenticator and recovery codes, and the token between the two steps."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from hmac import compare_digest
from secrets import choice, token_urlsafe
from typing import Final
from uuid import UUID

import pyotp
from sqlalchemy.ext.asyncio import AsyncSession

from impl.identity.capabilities.second_factor.errors import InvalidMfaToken
from impl.identity.capabilities.second_factor.repository import SecondFactorRepository
from impl.identity.capabilities.second_factor.tables import MfaChallenge, TotpFactor
from impl.identity.capabilities.users.tables import User
from impl.kernel.clock import Clock
from impl.kernel.database import Database
from impl.kernel.encryption import Cipher
from impl.kernel.ids import new_id
from impl.kernel.secrets import derive, fingerprint

CHALLENGE_LIFETIME: Final = timedelta(minutes=5)
ENROLMENT_LIFETIME: Final = timedelta(minutes=10)
RECOVERY_CODES: Final = 10
_ISSUER: Final = "Hestami"
STEP_SECONDS: Final = 30
# Accepted steps on either side of the present one, because clocks of telephones differ.
_SKEW: Final = 1
# Crockford's base 32, without letters that look alike; 12 characters are 60 bits.
_ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LOOKALIKES: Final = str.maketrans({"O": "0", "I": "1", "L": "1"})
_CODE_LENGTH: Final = 12
_CODE_GROUP: Final = 4
_TOKEN_FORM: Final = re.compile(r"mt_([0-9a-f]{32})\.[A-Za-z0-9_-]{43}", re.ASCII)
_ENCRYPTED_AT_ONCE: Final = 100


class MfaMethod(StrEnum):
    TOTP = "TOTP"
    RECOVERY_CODE = "RECOVERY_CODE"


METHODS: Final = tuple(method.value for method in MfaMethod)


@dataclass(frozen=True, slots=True)
class Proof:
    """Code that somebody presents as their second factor."""

    method: MfaMethod
    code: str


@dataclass(frozen=True, slots=True)
class State:
    """State of a second factor that is switched on."""

    enrolled_at: datetime
    recovery_codes_left: int


@dataclass(frozen=True, slots=True)
class Enrolment:
    """Second factor that awaits confirmation, with the secret for the authenticator app."""

    secret: str
    otpauth_uri: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Challenge:
    """Sign-in that continues with the second factor."""

    challenge_id: UUID
    token: str
    expires_in: int


@dataclass(frozen=True, slots=True)
class Presented:
    """Challenge that was valid when it was looked up; redeeming it checks again."""

    challenge_id: UUID
    user_id: UUID
    device_id: UUID | None


class SecondFactorService:
    """Steps of enrolling, verifying and removing second factors, for the features that use them.

    Most of them run in the feature's transaction and under the account's lock.
    """

    def __init__(self, *, database: Database, clock: Clock, cipher: Cipher, secret_key: bytes) -> None:
        self._database = database
        self._clock = clock
        self._cipher = cipher
        self._secret_key = secret_key
        self._repository = SecondFactorRepository(database.reader)

    async def find_state(self, user_id: UUID) -> State | None:
        row = await self._repository.find_state(user_id)
        return None if row is None else State(row["confirmed_at"], row["recovery_codes_left"])

    async def is_enrolled(self, tx: AsyncSession, user_id: UUID) -> bool:
        factor = await self._repository.find_factor(tx, user_id)
        return factor is not None and factor.confirmed_at is not None

    # ---- challenges between the two steps of a sign-in

    async def demand(self, tx: AsyncSession, user: User, *, provider: str, device_id: UUID | None) -> Challenge | None:
        """Issue the challenge that follows the first factor, or return None if the account has no second one."""
        if not await self.is_enrolled(tx, user.id):
            return None
        now = self._clock.now()
        challenge_id = new_id()
        token = f"mt_{challenge_id.hex}.{token_urlsafe(32)}"
        challenge = MfaChallenge(
            id=challenge_id,
            user_id=user.id,
            token_hash=fingerprint(token),
            provider=provider,
            device_id=device_id,
            credential_epoch=user.credential_epoch,
            password_changed_at=user.password_changed_at,
            created_at=now,
            expires_at=now + CHALLENGE_LIFETIME,
        )
        await self._repository.add_challenge(tx, challenge)
        return Challenge(challenge_id, token, int(CHALLENGE_LIFETIME.total_seconds()))

    async def present(self, token: str) -> Presented:
        """Look a challenge up without using it up, so that a mistyped code leaves it to its owner."""
        form = _TOKEN_FORM.fullmatch(token)
        row = None
        if form is not None:
            row = await self._repository.find_challenge(UUID(hex=form[1]), now=self._clock.now())
        if row is None or not compare_digest(row["token_hash"], fingerprint(token)):
            raise InvalidMfaToken
        return Presented(row["id"], row["user_id"], row["device_id"])

    async def redeem(self, tx: AsyncSession, presented: Presented, user: User) -> str:
        """Redeem a challenge once and return how the first factor was passed; raise InvalidMfaToken otherwise."""
        provider = await self._repository.use_challenge(tx, presented.challenge_id, user, now=self._clock.now())
        if provider is None:
            raise InvalidMfaToken
        return provider

    async def void(self, tx: AsyncSession, challenge_id: UUID) -> bool:
        """Void a challenge; return False if it was used up or is gone."""
        return await self._repository.remove_challenge(tx, challenge_id)

    async def void_all_of(self, tx: AsyncSession, user_id: UUID, provider: str) -> None:
        """Void the challenges whose first factor was passed at a provider, under the account's lock."""
        await self._repository.remove_challenges(tx, user_id, provider)

    # ---- codes

    async def accept(self, tx: AsyncSession, user_id: UUID, proof: Proof) -> bool:
        """Accept a code and use it up; no code is accepted twice, however many requests bring it at once."""
        if proof.method is MfaMethod.RECOVERY_CODE:
            return await self._repository.use_code(tx, user_id, self._digest(user_id, proof.code))
        factor = await self._repository.find_factor(tx, user_id)
        if factor is None or factor.confirmed_at is None:
            return False
        encrypted = factor.sealed_secret
        step = self._step(self._cipher.decrypt(encrypted, context=_context(user_id)), proof.code)
        if step is None or not await self._repository.use_step(tx, user_id, step):
            return False
        renewed = self._cipher.rotate(encrypted, context=_context(user_id))
        if renewed is not None:
            await self._repository.replace_secret(tx, user_id, renewed, instead_of=encrypted)
        return True

    async def count_codes(self, tx: AsyncSession, user_id: UUID) -> int:
        return await self._repository.count_codes(tx, user_id)

    async def renew_codes(self, tx: AsyncSession, user_id: UUID) -> Sequence[str]:
        """Return new recovery codes, which are shown this once; the old ones stop working."""
        codes = [_new_code() for _ in range(RECOVERY_CODES)]
        await self._repository.put_codes(tx, user_id, [self._digest(user_id, code) for code in codes])
        return codes

    # ---- enrolment and removal

    async def start(self, tx: AsyncSession, user: User) -> Enrolment | None:
        """Start an enrolment in place of an unconfirmed one; return None if the second factor is on already."""
        factor = await self._repository.find_factor(tx, user.id)
        if factor is not None and factor.confirmed_at is not None:
            return None
        secret = pyotp.random_base32()
        now = self._clock.now()
        encrypted = self._cipher.encrypt(secret, context=_context(user.id))
        if factor is None:
            factor = TotpFactor(user_id=user.id)
        factor.sealed_secret, factor.created_at, factor.expires_at = encrypted, now, now + ENROLMENT_LIFETIME
        await self._repository.add_factor(tx, factor)
        uri = pyotp.TOTP(secret).provisioning_uri(name=user.email, issuer_name=_ISSUER)
        return Enrolment(secret, uri, now + ENROLMENT_LIFETIME)

    async def find_started(self, tx: AsyncSession, user_id: UUID) -> TotpFactor | None:
        factor = await self._repository.find_factor(tx, user_id)
        if factor is None or factor.confirmed_at is not None or factor.expires_at <= self._clock.now():
            return None
        return factor

    async def confirm(self, tx: AsyncSession, factor: TotpFactor, code: str) -> Sequence[str] | None:
        """Switch the second factor on and return its recovery codes, or None if the code is wrong; it is used up."""
        step = self._step(self._cipher.decrypt(factor.sealed_secret, context=_context(factor.user_id)), code)
        if step is None:
            return None
        factor.confirmed_at, factor.last_step = self._clock.now(), step
        return await self.renew_codes(tx, factor.user_id)

    async def remove(self, tx: AsyncSession, user_id: UUID) -> bool:
        """Remove the second factor with sign-ins under way; return whether it was switched on."""
        return await self._repository.remove(tx, user_id)

    # ---- upkeep

    async def reencrypt(self) -> int:
        """Encrypt every secret with the newest key, so that older ones may go; return how many changed."""
        count, last = 0, None
        while True:
            async with self._database.begin() as tx:
                factors = await self._repository.find_after(tx, last, limit=_ENCRYPTED_AT_ONCE)
                if not factors:
                    return count
                for factor in factors:
                    last, encrypted = factor.user_id, factor.sealed_secret
                    renewed = self._cipher.rotate(encrypted, context=_context(last))
                    if renewed is not None:
                        await self._repository.replace_secret(tx, last, renewed, instead_of=encrypted)
                        count += 1

    # ---- inside

    def _step(self, secret: str, code: str) -> int | None:
        """Return the newest time step near now whose code it is, or None."""
        totp = pyotp.TOTP(secret, interval=STEP_SECONDS)
        now = int(self._clock.now().timestamp()) // STEP_SECONDS
        steps = range(now - _SKEW, now + _SKEW + 1)
        # All codes are compared, so that the time does not reveal which one matched.
        typed = _typed(code)
        return max((step for step in steps if compare_digest(totp.generate_otp(step), typed)), default=None)

    def _digest(self, user_id: UUID, code: str) -> bytes:
        """Digest a code with a key and the account's id: a copy of the table reveals no code."""
        return derive(self._secret_key, "recovery-code", user_id, _typed(code).translate(_LOOKALIKES))


def _context(user_id: UUID) -> str:
    return f"totp:{user_id}"


def _typed(code: str) -> str:
    """Return the letters and digits of a code as people type it: in groups, with outer spaces, in full width."""
    return "".join(letter for letter in unicodedata.normalize("NFKC", code) if letter.isalnum()).upper()


def _new_code() -> str:
    letters = "".join(choice(_ALPHABET) for _ in range(_CODE_LENGTH))
    return "-".join(letters[at : at + _CODE_GROUP] for at in range(0, _CODE_LENGTH, _CODE_GROUP))
