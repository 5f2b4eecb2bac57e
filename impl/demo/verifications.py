"""Licences and insurances of the demo: verified ones, one that ends soon, and some that wait for staff."""

from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from generated.states import VerificationState
from impl.demo.accounts import Demo
from impl.demo.rows import VERIFICATIONS, add, stamps, town_and_trade
from impl.gateways.storage import Storage
from impl.marketplace.verifications.service import document_key
from impl.marketplace.verifications.tables import DocumentType, NewVerification, Verification, VerificationKind

LICENSED, INSURED = 8, 5
# The provider whose licence ends within the month, so that the worker tells them at once, and those who wait.
_ENDING, _WAITING = 1, (8, 9)
PDF: Final = (
    b"%PDF-1.4\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n"
    b"2 0 obj\n<< /Type /Pages /Kids [3 0 R] /Count 1 >>\nendobj\n"
    b"3 0 obj\n<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] >>\nendobj\n"
    b"trailer\n<< /Size 4 /Root 1 0 R >>\nstartxref\n0\n%%EOF\n"
)


class DemoVerification(NewVerification):
    decided_by: UUID | None
    decided_at: datetime | None


async def fill(tx: AsyncSession, demo: Demo) -> None:
    await add(tx, Verification, verifications(demo))


async def store(storage: Storage, demo: Demo) -> None:
    """Store an empty page as the document of each of them; the same again where it is stored already."""
    for one in verifications(demo):
        await storage.put(document_key(one["id"]), PDF)


def verifications(demo: Demo) -> list[DemoVerification]:
    """Return licences of the first providers, insurances of fewer, and what waits."""
    kinds = [
        *((VerificationKind.LICENCE, number, True) for number in range(LICENSED)),
        *((VerificationKind.INSURANCE, number, True) for number in range(INSURED)),
        *((VerificationKind.LICENCE, number, False) for number in _WAITING),
    ]
    return [
        _verification(demo, VERIFICATIONS + index, kind, number, decided=decided)
        for index, (kind, number, decided) in enumerate(kinds)
    ]


def _verification(demo: Demo, row: int, kind: VerificationKind, number: int, *, decided: bool) -> DemoVerification:
    town, _, trade = town_and_trade(number)
    is_licence = kind is VerificationKind.LICENCE
    ends = date(2033, 6, 30)
    if is_licence and number == _ENDING:
        ends = demo.now.date() + timedelta(days=20)
    return {
        **stamps(row, demo.now - timedelta(days=40 if decided else 2)),
        "owner_id": demo.those_with("SERVICE_PROVIDER")[number].id,
        "kind": kind,
        "title": f"{trade['name']} contractor" if is_licence else "Public liability",
        "number": f"{town['region']}-{20417 + number}" if is_licence else f"PL-{88120 + number}",
        "authority": f"{town['region']} contractors board" if is_licence else "Harbor Mutual Insurance",
        "country": "US",
        "admin_area": town["region"] if is_licence else None,
        "expires_date": ends,
        "document_type": DocumentType.PDF,
        "document_bytes": len(PDF),
        "state": VerificationState.VERIFIED if decided else VerificationState.PENDING,
        "decided_by": demo.moderator_id if decided else None,
        "decided_at": demo.now - timedelta(days=39) if decided else None,
    }
