"""Real values for the fuzzer: photos, and pictures to make them of."""

from __future__ import annotations

import struct

from tests.fuzz.cases import Case, act_as, merge, name_in_path
from tests.fuzz.entries import Fill, Fuzzing, lasting_id, single_id
from tests.fuzz.pools import Item, Pool, Pools, Seeds
from tests.marketplace.inquiries.successes import inquiry_of
from tests.marketplace.jobs.fuzz import item_of, of_party
from tests.marketplace.jobs.successes import job_of
from tests.marketplace.photos.successes import photo_of
from tests.marketplace.properties.successes import property_of
from tests.marketplace.provider_profile.successes import approved_profile_of, business
from tests.marketplace.provider_services.successes import service_of
from tests.marketplace.reviews.successes import review_of

# Header of a WebP of 64 by 62 pixels, in ASCII: with other bytes in its body, schemathesis takes a request for invalid.
# It is a picture until somebody decodes it; the photos of the pools are whole ones.
_PICTURE = (struct.pack("<4sI4s4sIBI", b"RIFF", 26, b"WEBP", b"VP8L", 14, 0x2F, 0xF403F) + bytes(9)).decode("ascii")


async def _home(seeds: Seeds) -> Item:
    """Return a property of somebody of its own: there is a bound on the photos of each thing and each account."""
    owner = await seeds.stage.person("HOMEOWNER")
    return {"id": await property_of(seeds.stage, owner), "authorization": owner.headers["Authorization"]}


async def _business(seeds: Seeds) -> Item:
    owner = await seeds.stage.person("SERVICE_PROVIDER")
    await approved_profile_of(seeds.stage, owner)
    return {"id": await service_of(seeds.stage, owner), "authorization": owner.headers["Authorization"]}


async def _inquiry(seeds: Seeds) -> Item:
    owner, provider = await seeds.stage.person(), await business(seeds.stage)
    return {
        "id": await inquiry_of(seeds.stage, owner),
        "authorization": owner.headers["Authorization"],
        "provider": provider.headers["Authorization"],
    }


async def _review(seeds: Seeds) -> Item:
    job = await job_of(seeds.stage, "COMPLETED", of=await seeds.stage.person())
    await review_of(seeds.stage, job)
    return item_of(job, by_owner=True)


async def _property(seeds: Seeds) -> Item:
    return {"id": await property_of(seeds.stage, seeds.anna)}


async def _service(seeds: Seeds) -> Item:
    return {"id": await service_of(seeds.stage, seeds.anna)}


async def _photo(seeds: Seeds) -> Item:
    property_id = await property_of(seeds.stage, seeds.anna)
    return {"id": await photo_of(seeds.stage, seeds.anna, f"/homeowners/properties/{property_id}/photos")}


_HOMES = Pool("homes_to_photograph", _home, lasting=6)
_BUSINESSES = Pool("businesses_to_photograph", _business, lasting=6)
_INQUIRIES = Pool("inquiries_to_photograph", _inquiry, lasting=6)
_REVIEWS = Pool("reviews_to_photograph", _review, lasting=4)
_PROPERTIES = Pool("properties_with_photos", _property, lasting=2)
_SERVICES = Pool("services_with_photos", _service, lasting=2)
_PHOTOS = Pool("photos", _photo, lasting=4)
_TO_DELETE = Pool("photos_to_delete", _photo)


def _a_picture_of(pool: Pool, parameter: str | None = None) -> Fill:
    """Send a picture as the owner of something of the pool."""

    def fill(case: Case, pools: Pools) -> None:
        item = pools.turn(pool)
        merge(case, file=_PICTURE)
        act_as(case, item["authorization"])
        if parameter is not None:
            case.path_parameters = {**case.path_parameters, parameter: item["id"]}

    return fill


def _inquiry_of(whose: str) -> Fill:
    """Name an inquiry as the one who has sent it or the one who was asked."""

    def fill(case: Case, pools: Pools) -> None:
        item = pools.turn(_INQUIRIES)
        act_as(case, item[whose])
        name_in_path(case, inquiry_id=item["id"])

    return fill


FUZZING = Fuzzing(
    pools=[_HOMES, _BUSINESSES, _INQUIRIES, _REVIEWS, _PROPERTIES, _SERVICES, _PHOTOS, _TO_DELETE],
    fills={
        "listPropertyPhotos": [lasting_id(_PROPERTIES, "property_id")],
        "addPropertyPhoto": [_a_picture_of(_HOMES, "property_id")],
        "listServicePhotos": [lasting_id(_SERVICES, "service_id")],
        "addServicePhoto": [_a_picture_of(_BUSINESSES, "service_id")],
        "addProfilePhoto": [_a_picture_of(_BUSINESSES)],
        "listInquiryPhotos": [_inquiry_of("authorization")],
        "addInquiryPhoto": [_a_picture_of(_INQUIRIES, "inquiry_id")],
        "listReceivedInquiryPhotos": [_inquiry_of("provider")],
        "listReviewPhotos": [of_party(_REVIEWS)],
        "addReviewPhoto": [_a_picture_of(_REVIEWS, "job_id")],
        "getPhoto": [lasting_id(_PHOTOS, "photo_id")],
        "updatePhoto": [lasting_id(_PHOTOS, "photo_id")],
        "deletePhoto": [single_id(_TO_DELETE, "photo_id")],
    },
    rules={
        name: {"validation-failed"}
        for name in ("addPropertyPhoto", "addServicePhoto", "addProfilePhoto", "addInquiryPhoto", "addReviewPhoto")
    },
)
