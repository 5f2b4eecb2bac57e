"""Successful requests to the operations of licences and insurances."""

from __future__ import annotations

from typing import Final

from tests.contract.entries import Entries
from tests.contract.requests import Body, Ready
from tests.contract.scenario import Person, Stage

VERIFICATIONS: Final = "/service-providers/verifications"
QUEUE: Final = "/admin/verifications"
PDF: Final = b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer\n<< /Root 1 0 R >>\nstartxref\n9\n%%EOF\n"
LICENCE: Final = {
    "kind": "LICENCE",
    "title": "Master plumber",
    "number": "PL-20931",
    "authority": "Oregon Building Codes Division",
    "country": "US",
}
REJECTION: Final = {"decision": "REJECT", "rejection_reason": "MISMATCH", "note": "It is of another business."}


async def sent(stage: Stage, owner: Person) -> str:
    """Send in a licence and return its id."""
    texts: dict[str, tuple[str | None, str | bytes]] = {name: (None, value) for name, value in LICENCE.items()}
    files = {**texts, "document": ("licence.pdf", PDF)}
    made = await stage.expect(201, "POST", VERIFICATIONS, by=owner, files=files)
    return str(made.json()["id"])


async def verified(stage: Stage, owner: Person, moderator: Person) -> str:
    """Send in a licence, verify it, and return its id."""
    verification_id = await sent(stage, owner)
    path = f"{QUEUE}/{verification_id}/decision"
    await stage.expect(200, "POST", path, by=moderator, json={"decision": "VERIFY"})
    return verification_id


async def _create(stage: Stage, example: Body) -> Ready:
    return Ready(by=await stage.person("SERVICE_PROVIDER"), body={**example, "document": PDF})


async def _own(stage: Stage, _: Body) -> Ready:
    owner = await stage.person("SERVICE_PROVIDER")
    return Ready(by=owner, ids={"verification_id": await sent(stage, owner)})


async def _queue(stage: Stage, _: Body) -> Ready:
    return Ready(by=await stage.shared("STAFF_MODERATOR"))


async def _pending(stage: Stage, example: Body) -> Ready:
    owner, moderator = await stage.person("SERVICE_PROVIDER"), await stage.shared("STAFF_MODERATOR")
    return Ready(by=moderator, ids={"verification_id": await sent(stage, owner)}, body=example)


async def _verified(stage: Stage, example: Body) -> Ready:
    owner, moderator = await stage.person("SERVICE_PROVIDER"), await stage.shared("STAFF_MODERATOR")
    return Ready(by=moderator, ids={"verification_id": await verified(stage, owner, moderator)}, body=example)


SUCCESSES: Entries = {
    "listOwnVerifications": _own,
    "createVerification": _create,
    "getOwnVerification": _own,
    "deleteVerification": _own,
    "getOwnVerificationDocument": _own,
    "listVerifications": _queue,
    "getVerification": _pending,
    "getVerificationDocument": _pending,
    "decideVerification": _pending,
    "revokeVerification": _verified,
}
