"""A homeowner's search finds their own properties, and nobody else's."""

import pytest

from tests.harness.accounts import Account, Accounts, unique
from tests.harness.client import assert_problem
from tests.marketplace.payloads import PROPERTIES, Json, house, ids, ok, whole

CASES: list[tuple[str, Json, list[str]]] = [
    ("alder", {}, ["loft", "home"]),
    ("ALDER street", {}, ["home"]),
    ("street alder", {}, ["home"]),
    ("1421", {}, ["home"]),
    ("142", {}, ["home"]),
    ("421", {}, []),
    ("9721", {}, ["loft", "home"]),
    ("97214 portland", {}, ["loft", "home"]),
    ("muller strasse", {}, ["flat"]),
    ("MÜLLER-STRAẞE", {}, ["flat"]),
    ("koln", {}, ["flat"]),
    ("nw", {}, ["flat"]),
    ("n", {}, []),
    ("neighbor", {}, ["home"]),
    ("neighbor flat", {}, []),
    ("alder", {"type": "APARTMENT"}, ["loft"]),
    ("alder", {"sort": "created_at"}, ["home", "loft"]),
    ("alder", {"country": "DE"}, []),
    ("%", {}, []),
    ("_", {}, []),
    ("a_der", {}, []),
    ("' OR 1=1 --", {}, []),
]


async def _add(owner: Account, **changes: object) -> str:
    made: str = ok(await owner.client.post(PROPERTIES, json=house(**changes)), 201)["id"]
    return made


async def _found(owner: Account, text: str, **parameters: str) -> list[str]:
    return ids(await whole(owner.client, PROPERTIES, {"q": text, **parameters}))


@pytest.mark.both_engines
async def test_each_text_finds_these(accounts: Accounts) -> None:
    owner = await accounts.make()
    german = {"line1": "Müller-Straße 7", "city": "Köln", "region": "NW", "postal_code": "50667", "country": "DE"}
    known = {
        await _add(owner, label="Home"): "home",
        await _add(owner, label="Flat", address=german, notes=None): "flat",
        await _add(
            owner,
            label="Loft by the alders",
            type="APARTMENT",
            address={"line1": "2 Oak Road", "city": "Portland", "postal_code": "97214", "country": "US"},
            notes=None,
        ): "loft",
    }
    wrong = {}
    for text, narrowed, expected in CASES:
        found = [known[one] for one in await _found(owner, text, **narrowed)]
        page = ok(await owner.client.get(PROPERTIES, params={"q": text, "include_total": "true", **narrowed}))
        if found != expected or page["total"] != len(expected):
            wrong[text] = found
    assert wrong == {}


async def test_the_city_is_compared_as_words_are(accounts: Accounts) -> None:
    owner = await accounts.make()
    address = {"line1": "1 Way", "postal_code": "1000", "country": "DE"}
    okina, diaeresis = "\N{MODIFIER LETTER TURNED COMMA}", "\N{COMBINING DIAERESIS}"
    spellings = {
        "İzmir": "izmir",
        f"Mu{diaeresis}nchen": "MÜNCHEN",
        f"Ka{okina}a{okina}awa": "Ka'a'awa",
        "Winston-Salem": "winston salem",
        "पानीपत": "पानीपत",
    }
    made = {city: await _add(owner, address=address | {"city": city}) for city in spellings}
    for city, typed in spellings.items():
        assert ids(await whole(owner.client, PROPERTIES, {"city": typed})) == [made[city]]
    for other in ("Munch", "पनपत", "Winston"):
        assert ids(await whole(owner.client, PROPERTIES, {"city": other})) == []


async def test_nobody_elses_words_find_or_count_anything(accounts: Accounts) -> None:
    owner, other = await accounts.make(), await accounts.make()
    word = unique("secret")
    await _add(owner, label="Mine", notes=f"The {word} is below the stone.")
    await _add(other, label="Theirs")
    page = ok(await other.client.get(PROPERTIES, params={"q": word, "include_total": "true"}))
    assert (page["items"], page["total"], page["next_cursor"]) == ([], 0, None)


async def test_a_change_is_found_at_once_and_a_deleted_one_no_more(accounts: Accounts) -> None:
    owner = await accounts.make()
    before, after = unique("before"), unique("after")
    made = await _add(owner, notes=f"Where {before} is.")
    assert await _found(owner, before) == [made]
    ok(await owner.client.patch(f"{PROPERTIES}/{made}", json={"notes": f"Where {after} is."}))
    # What the change does not name is still found.
    assert (await _found(owner, before), await _found(owner, f"{after} alder")) == ([], [made])
    ok(await owner.client.patch(f"{PROPERTIES}/{made}", json={"address": {"city": f"New {before}"}, "notes": None}))
    assert (await _found(owner, f"{before} alder"), await _found(owner, after)) == ([made], [])
    assert (await owner.client.delete(f"{PROPERTIES}/{made}")).status_code == 204
    assert await _found(owner, before) == []


async def test_a_cursor_is_bound_to_the_words(accounts: Accounts) -> None:
    owner = await accounts.make()
    for _ in range(3):
        await _add(owner)
    page = ok(await owner.client.get(PROPERTIES, params={"q": "alder", "limit": 2}))
    for parameters in ({}, {"q": "street"}):
        refused = await owner.client.get(PROPERTIES, params={**parameters, "cursor": page["next_cursor"]})
        assert_problem(refused, 422, "invalid-cursor")


@pytest.mark.parametrize("query", ["q=", "q=%00", "q=%ED%A0%80", "q=a&q=b", f"q={'x' * 201}"])
async def test_a_text_that_is_none_is_refused(accounts: Accounts, query: str) -> None:
    owner = await accounts.make()
    assert (await owner.client.get(f"{PROPERTIES}?{query}")).status_code == 422
