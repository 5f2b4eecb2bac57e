"""Secrets of second factors are encrypted with a key that rotates."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from impl.identity.capabilities.second_factor.service import MfaMethod, Proof, SecondFactorService
from impl.kernel.encryption import Cipher, DecryptionError
from tests.harness.settings import ENCRYPTION_KEY, SECRET_KEY
from tests.identity.database_inspection import account_row, rows

if TYPE_CHECKING:
    from uuid import UUID

    from tests.harness.service import Service
    from tests.identity.mfa.mfa_flows import Enrolled

OLD = ENCRYPTION_KEY.encode()
NEW = b"Pk4-tests-encrypt-anew-with-this-0d93b7ea61f2"


def factors(service: Service, *keys: bytes) -> SecondFactorService:
    """Return the service's second factor as a process with other keys would have it."""
    database = service.services.database
    return SecondFactorService(
        database=database, clock=service.clock, cipher=Cipher(keys), secret_key=SECRET_KEY.encode()
    )


async def encrypted(service: Service, user_id: UUID) -> bytes:
    found = await rows(service, "SELECT sealed_secret FROM identity.totp_factors WHERE user_id = :id", id=user_id)
    kept: bytes = found[0]["sealed_secret"]
    return kept


async def accepts(service: Service, by: SecondFactorService, enrolled: Enrolled, user_id: UUID) -> bool:
    async with service.services.database.begin() as tx:
        return await by.accept(tx, user_id, Proof(MfaMethod.TOTP, enrolled.app.code()))


@pytest.mark.both_engines
async def test_an_old_key_still_opens_and_the_new_one_seals(enrolled: Enrolled, service: Service) -> None:
    user_id = (await account_row(service, enrolled.account.email))["id"]
    before = await encrypted(service, user_id)
    assert await accepts(service, factors(service, NEW, OLD), enrolled, user_id)

    assert await encrypted(service, user_id) != before
    assert await accepts(service, factors(service, NEW), enrolled, user_id), "the old key may go"
    with pytest.raises(DecryptionError):
        await accepts(service, factors(service, OLD), enrolled, user_id)
    await factors(service, OLD, NEW).reencrypt()


@pytest.mark.both_engines
async def test_all_are_sealed_anew_at_once(enrolled: Enrolled, service: Service) -> None:
    user_id = (await account_row(service, enrolled.account.email))["id"]
    (there,) = await rows(service, "SELECT count(*) AS factors FROM identity.totp_factors")
    assert await factors(service, NEW, OLD).reencrypt() == there["factors"]
    assert await factors(service, NEW, OLD).reencrypt() == 0

    assert await accepts(service, factors(service, NEW), enrolled, user_id)
    assert await factors(service, OLD, NEW).reencrypt() == there["factors"]
    assert await accepts(service, factors(service, OLD), enrolled, user_id)


async def test_a_sealed_secret_opens_for_its_account_only(enrolled: Enrolled, service: Service) -> None:
    user_id = (await account_row(service, enrolled.account.email))["id"]
    kept = await encrypted(service, user_id)

    with pytest.raises(DecryptionError):
        Cipher([OLD]).decrypt(kept, context=f"totp:{uuid4()}")
