"""Successful requests to the operations of photos."""

from __future__ import annotations

import io

from PIL import Image

from tests.contract.entries import Entries
from tests.contract.requests import Body, Ready
from tests.contract.scenario import Person, Stage
from tests.marketplace.inquiries.successes import inquiry_of
from tests.marketplace.jobs.successes import job_of
from tests.marketplace.properties.successes import property_of
from tests.marketplace.provider_profile.successes import approved_profile_of, business, profile_of
from tests.marketplace.provider_services.successes import service_of
from tests.marketplace.reviews.successes import review_of

PROFILE_PHOTOS = "/service-providers/profile/photos"


def picture(colour: str = "teal", *, width: int = 64, height: int = 48) -> bytes:
    """Return a small PNG."""
    file = io.BytesIO()
    Image.new("RGB", (width, height), colour).save(file, "PNG")
    return file.getvalue()


async def photo_of(stage: Stage, owner: Person, path: str) -> str:
    """Add a photo at this path and return its id."""
    made = await stage.expect(201, "POST", path, by=owner, files={"file": ("a.png", picture())})
    return str(made.json()["id"])


async def _property(stage: Stage, example: Body) -> Ready:
    """Return a property of somebody who has no photos yet, since there is a bound on them."""
    owner = await stage.person()
    body = {**example, "file": picture()}
    return Ready(by=owner, ids={"property_id": await property_of(stage, owner)}, body=body)


async def _service(stage: Stage, example: Body) -> Ready:
    provider = await stage.person("SERVICE_PROVIDER")
    await approved_profile_of(stage, provider)
    body = {**example, "file": picture()}
    return Ready(by=provider, ids={"service_id": await service_of(stage, provider)}, body=body)


async def _profile(stage: Stage, example: Body) -> Ready:
    provider = await stage.person("SERVICE_PROVIDER")
    await profile_of(stage, provider)
    return Ready(by=provider, body={**example, "file": picture()})


async def _inquiry(stage: Stage, example: Body) -> Ready:
    """Return an inquiry without photos, since there is a bound on them."""
    owner = await stage.person()
    inquiry_id = await inquiry_of(stage, owner)
    return Ready(by=owner, ids={"inquiry_id": inquiry_id}, body={**example, "file": picture()})


async def _review(stage: Stage, example: Body) -> Ready:
    """Return a job with a review without photos, since there is a bound on them."""
    job = await job_of(stage, "COMPLETED", of=await stage.person())
    await review_of(stage, job)
    return Ready(by=job.owner, ids={"job_id": job.id}, body={**example, "file": picture()})


async def _received_inquiry(stage: Stage, _: Body) -> Ready:
    inquiry_id = await inquiry_of(stage, await stage.person())
    return Ready(by=await business(stage), ids={"inquiry_id": inquiry_id})


async def _own_photo(stage: Stage, example: Body) -> Ready:
    owner = await stage.shared("HOMEOWNER")
    property_id = await property_of(stage, owner)
    photo_id = await photo_of(stage, owner, f"/homeowners/properties/{property_id}/photos")
    return Ready(by=owner, ids={"photo_id": photo_id}, body=example)


SUCCESSES: Entries = {
    "listPropertyPhotos": _property,
    "addPropertyPhoto": _property,
    "listServicePhotos": _service,
    "addServicePhoto": _service,
    "listInquiryPhotos": _inquiry,
    "addInquiryPhoto": _inquiry,
    "listReceivedInquiryPhotos": _received_inquiry,
    "listReviewPhotos": _review,
    "addReviewPhoto": _review,
    "listProfilePhotos": _profile,
    "addProfilePhoto": _profile,
    "getPhoto": _own_photo,
    "updatePhoto": _own_photo,
    "deletePhoto": _own_photo,
}
# Addresses of photos change by themselves, so that no reading of them has an ETag.
CHANGES_NO_ETAG = {
    "addPropertyPhoto",
    "addServicePhoto",
    "addProfilePhoto",
    "addInquiryPhoto",
    "addReviewPhoto",
    "updatePhoto",
    "deletePhoto",
}
