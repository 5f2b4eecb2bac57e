"""Successful requests to the operations of inquiries."""

from __future__ import annotations

from typing import Final
from weakref import WeakKeyDictionary

from tests.contract.entries import ANY_VERSION, Entries, as_homeowner
from tests.contract.requests import Body, Ready
from tests.contract.scenario import Person, Stage, example_of
from tests.marketplace.catalogue.categories import category
from tests.marketplace.categories.successes import category_of
from tests.marketplace.properties.successes import property_of
from tests.marketplace.provider_profile.successes import approved_profile_of, business

INQUIRIES: Final = "/homeowners/inquiries"
# As the demo asks them, and the contract's example answers them.
QUESTIONS: Final = [
    {
        "kind": "CHOICE",
        "key": "what",
        "label": "What leaks?",
        "help": "",
        "required": True,
        "choices": [{"key": "tap", "label": "A tap"}, {"key": "pipe", "label": "A pipe"}],
    },
    {"kind": "BOOLEAN", "key": "can_shut_off", "label": "Can the water be shut off?", "help": "", "required": False},
]
_asked: WeakKeyDictionary[Stage, str] = WeakKeyDictionary()
_homes: WeakKeyDictionary[Stage, dict[str, str]] = WeakKeyDictionary()


async def asking_category(stage: Stage) -> str:
    """Return the id of a category with questions; a stage adds it once."""
    if stage not in _asked:
        found = await category_of(stage)
        by = await stage.shared("STAFF_MODERATOR")
        headers = {**by.headers, **ANY_VERSION}
        path = f"/admin/categories/{found}/questions"
        answer = await stage.client.put(path, headers=headers, json={"questions": QUESTIONS})
        assert answer.status_code == 200, answer.text
        _asked[stage] = found
    return _asked[stage]


async def profile_id_of(stage: Stage, provider: Person) -> str:
    """Return the id of a provider's profile."""
    return str((await stage.expect(200, "GET", "/service-providers/profile", by=provider)).json()["id"])


async def another_business(stage: Stage) -> Person:
    """Return another provider whose profile is approved, whom many tests share."""
    return await stage.shared("SERVICE_PROVIDER", purpose="another business", prepare=approved_profile_of)


async def _home_of(stage: Stage, owner: Person) -> str:
    """Return the id of the home that all inquiries of somebody are about: nobody may have more than 200."""
    homes = _homes.setdefault(stage, {})
    if owner.email not in homes:
        homes[owner.email] = await property_of(stage, owner)
    return homes[owner.email]


async def inquiry_of(stage: Stage, owner: Person, provider: Person | None = None) -> str:
    """Ask one business and return the inquiry's id."""
    chosen = await profile_id_of(stage, provider or await business(stage))
    body = {
        **example_of("createInquiry"),
        "property_id": await _home_of(stage, owner),
        "category_id": await category(stage),
        "questions_version": 0,
        "answers": [],
        "recipients": [{"kind": "PROVIDER", "id": chosen}],
    }
    return str((await stage.expect(201, "POST", INQUIRIES, by=owner, json=body)).json()["id"])


async def _new(stage: Stage, example: Body) -> Ready:
    # Of their own, since nobody may have many that are open.
    owner = await stage.person()
    chosen = await profile_id_of(stage, await business(stage))
    body = {
        **example,
        "property_id": await property_of(stage, owner),
        "category_id": await (asking_category(stage) if example["answers"] else category(stage)),
        "recipients": [{"kind": "PROVIDER", "id": chosen}],
    }
    return Ready(by=owner, body=body)


async def _own(stage: Stage, example: Body) -> Ready:
    owner = await stage.person()
    return Ready(by=owner, ids={"inquiry_id": await inquiry_of(stage, owner)}, body=example)


async def _one_more(stage: Stage, example: Body) -> Ready:
    chosen = await profile_id_of(stage, await another_business(stage))
    ready = await _own(stage, example)
    return Ready(by=ready.by, ids=ready.ids, body={**example, "kind": "PROVIDER", "id": chosen})


SUCCESSES: Entries = {
    "listInquiries": as_homeowner,
    "createInquiry": _new,
    "getInquiry": _own,
    "updateInquiry": _own,
    "addInquiryRecipient": _one_more,
    "withdrawInquiry": _own,
}
