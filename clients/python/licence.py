"""Chapter of a licence, verified by a moderator."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

from hestami_client import AuthenticatedClient, Client, models
from hestami_client.api.catalogue import search_services
from hestami_client.api.providers import get_provider
from hestami_client.api.verifications import create_verification, decide_verification
from hestami_client.types import File
from staff import moderator

if TYPE_CHECKING:
    from report import Teller

_TITLE = "Master plumber"
_APPROVAL = models.VerificationApproval(decision="VERIFY")
_PDF = b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer\n<< /Root 1 0 R >>\nstartxref\n9\n%%EOF\n"


def prove(teller: Teller, url: str, provider: AuthenticatedClient, service: models.Service) -> None:
    """Send a licence in, have it verified, and find the service among those whose provider has one."""
    with Client(base_url=url) as stranger:
        sent = _send_in(teller, provider)
        with moderator(teller, url) as staff:
            decided = decide_verification.sync_detailed(sent.id, client=staff, body=_APPROVAL)
            verified = teller.done("and verifies it", decided, models.SubmittedVerification)
        teller.expect(verified.state, "VERIFIED", "it counts from now on")
        _find(teller, stranger, service)


def _send_in(teller: Teller, provider: AuthenticatedClient) -> models.Verification:
    teller.chapter("Pat proves that he has a licence")
    body = models.VerificationCreate(
        kind="LICENCE",
        title=_TITLE,
        number="PL-20931",
        authority="Oregon Building Codes Division",
        country="US",
        document=File(payload=BytesIO(_PDF), file_name="licence.pdf", mime_type="application/pdf"),
    )
    sent = teller.done(
        "he sends it in", create_verification.sync_detailed(client=provider, body=body), models.Verification
    )
    refused = decide_verification.sync_detailed(sent.id, client=provider, body=_APPROVAL)
    teller.refused("verifying it himself", refused, models.ForbiddenProblem)
    return sent


def _find(teller: Teller, stranger: Client, service: models.Service) -> None:
    provider = service.provider
    assert provider is not None  # noqa: S101 - a published service has a business
    page = teller.done(
        "a stranger opens the page", get_provider.sync_detailed(provider.slug, client=stranger), models.PublicProvider
    )
    teller.expect([licence.title for licence in page.licences], [_TITLE], "the licence is there")
    found = search_services.sync_detailed(client=stranger, q=service.title, verified=True, limit=100)
    listed = teller.done("and looks for those who have one", found, models.CatalogueServicePage)
    teller.expect(service.id in [one.id for one in listed.items], wanted=True, words="the service is among them")
