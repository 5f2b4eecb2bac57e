"""Search results and their order by relevance are the same on both engines."""

import httpx
import pytest

from tests.harness.accounts import Account, Accounts, unique
from tests.marketplace.payloads import DRAINS, LIGHTING, PLUMBING, TAPS, Json, approve_business, money, publish, whole

QUOTE = {"kind": "QUOTE"}

# Name -> what it is listed as; the category is of taps unless it says otherwise.
OFFERS: dict[str, Json] = {
    "taps": {"title": "Leaking taps repaired", "tags": ["tap", "leak"]},
    "bare taps": {"title": "Taps repaired", "tags": [], "pricing": QUOTE, "duration_minutes": None},
    "tagged": {"title": "Quick visit of a plumber", "tags": ["leaking", "taps"]},
    "told": {"title": "Everything around the house", "description": "Also leaking taps, of any age.", "tags": []},
    "lamps": {"title": "Crystal lamps hung", "category_id": LIGHTING, "tags": ["chandelier"]},
    "drains": {"title": "Emergency drains", "category_id": DRAINS, "tags": ["24-hour"]},
    "polish": {"title": "Zażółć gęślą jaźń, Łódź", "tags": []},
    "german": {"title": "Straßenreinigung und Müllabfuhr", "tags": []},
    "vietnamese": {"title": "Sửa ống nước Đà Nẵng", "tags": []},
    "danish": {"title": "Køkken på Ærø", "tags": []},
    "french": {"title": "Réparation d\N{RIGHT SINGLE QUOTATION MARK}évier à l'ancienne", "tags": []},
    "moving": {"title": "Move-out cleaning, pre-paid", "tags": ["move-in"]},
    "numbers": {"title": "Boiler model 3000X from 1998", "tags": ["3000x"]},
    "short": {"title": "The who and the not and near", "tags": []},
    "greek": {"title": "ΕΠΙΣΚΕΥΗ βρύσης", "tags": []},
    "wide": {"title": "Ｆｕｌｌｗｉｄｔｈ ﬁttings Ⅳ", "tags": []},  # noqa: RUF001 - that is the case
    "tokyo": {"title": "東京 水道修理", "tags": []},
    "possessive": {"title": "Plumber's friend fixed", "tags": []},
    "hindi": {"title": "पानी का काम", "tags": []},
    "glass": {"title": "窓ガラスの修理", "tags": []},
    "soba": {"title": "そば屋の掃除", "tags": []},
    "hyphenated": {"title": "Heiz\N{SOFT HYPHEN}körper montieren", "tags": []},
    "broken": {"title": "Rohr\N{ZERO WIDTH SPACE}reinigung sofort", "tags": []},
    "persian": {"title": "تعمیر می\N{ZERO WIDTH NON-JOINER}کنم", "tags": []},
    "arabic": {"title": "تصليح كُتُب وأحواض", "tags": []},
    "stretched": {"title": "ســـباكة المنازل", "tags": []},
    "hawaiian": {
        "title": "Roofs of Ka\N{MODIFIER LETTER TURNED COMMA}a\N{MODIFIER LETTER TURNED COMMA}awa",
        "tags": [],
    },
    "hebrew": {"title": "תיקון שָׁעוֹן", "tags": []},
    "russian": {"title": "Полировка ёлок в мае", "tags": []},
    "thai": {"title": "ซ่อมประปาบ้าน", "tags": []},
    "initials": {"title": "H.V.A.C. upkeep", "tags": []},
}

# Words of a query, whatever else narrows, and what is found in that order.
CASES: list[tuple[str, Json, list[str]]] = [
    ("taps", {}, ["taps", "bare taps", "tagged", "told"]),
    ("leaking taps", {}, ["taps", "tagged", "told"]),
    ("taps leaking", {}, ["taps", "tagged", "told"]),
    ("leak tap", {}, ["taps", "tagged", "told"]),
    ("LEAKING TAPS", {}, ["taps", "tagged", "told"]),
    ("leaking leaking, taps!", {}, ["taps", "tagged", "told"]),
    ("leaking lamps", {}, []),
    ("repaired taps", {}, ["taps", "bare taps"]),
    ("quick tap", {}, ["tagged"]),
    ("crystal", {}, ["lamps"]),
    ("crys", {}, ["lamps"]),
    ("rystal", {}, []),
    ("c lamps", {}, []),
    ("chandelier lighting", {}, ["lamps"]),
    ("emergency drain cleaning", {}, ["drains"]),
    ("24 hour", {}, ["drains"]),
    ("24-hour", {}, ["drains"]),
    ("zazolc", {}, ["polish"]),
    ("ZAŻÓŁĆ lodz", {}, ["polish"]),
    ("łódź", {}, ["polish"]),
    ("strassen", {}, ["german"]),
    ("STRAẞENREINIGUNG", {}, ["german"]),
    ("mullabfuhr", {}, ["german"]),
    ("sua ong nuoc", {}, ["vietnamese"]),
    ("da nang", {}, ["vietnamese"]),
    ("đà nẵng", {}, ["vietnamese"]),
    ("da\u0300 na\u0306\u0303ng", {}, ["vietnamese"]),
    ("kokken aero", {}, ["danish"]),
    ("Ærø", {}, ["danish"]),
    ("reparation devier", {}, ["french"]),
    ("d'évier lancienne", {}, ["french"]),
    ("move out", {}, ["moving"]),
    ("move-out", {}, ["moving"]),
    ("moveout", {}, ["moving"]),
    ("prepaid", {}, ["moving"]),
    ("3000x", {}, ["numbers"]),
    ("3000 1998", {}, ["numbers"]),
    ("300", {}, ["numbers"]),
    ("the not", {}, ["short"]),
    ("AND NOT near", {}, ["short"]),
    ("the OR who", {}, []),
    ("επισκευη ΒΡΎΣΗΣ", {}, ["greek"]),
    ("fullwidth fittings iv", {}, ["wide"]),
    ("東京", {}, ["tokyo"]),
    ("plumbers friend", {}, ["possessive"]),
    ("plumber", {}, ["tagged", "possessive"]),
    ("plumber\N{RIGHT SINGLE QUOTATION MARK}s friend", {}, ["possessive"]),
    ("plumber\N{ACUTE ACCENT}s", {}, ["possessive"]),
    ("plumber\N{FULLWIDTH APOSTROPHE}s", {}, ["possessive"]),
    ("पानी", {}, ["hindi"]),
    ("पानि", {}, []),
    ("पन", {}, []),
    ("ガラス", {}, ["glass"]),
    ("カラス", {}, []),
    ("\N{HALFWIDTH KATAKANA LETTER KA}\N{HALFWIDTH KATAKANA VOICED SOUND MARK}ラス", {}, ["glass"]),
    ("修理", {}, ["glass", "tokyo"]),
    ("ば", {}, ["soba"]),
    ("は", {}, []),
    ("heizkörper", {}, ["hyphenated"]),
    ("rohrreinigung", {}, ["broken"]),
    ("reinigung", {}, ["broken"]),
    ("\N{ZERO WIDTH SPACE}rohr\N{WORD JOINER}reinigung", {}, ["broken"]),
    ("میکنم", {}, ["persian"]),
    ("می\N{ZERO WIDTH NON-JOINER}کنم", {}, ["persian"]),
    ("كتب واحواض", {}, ["arabic"]),
    ("سباكة", {}, ["stretched"]),
    ("kaaawa", {}, ["hawaiian"]),
    ("Ka'a\N{GRAVE ACCENT}awa", {}, ["hawaiian"]),
    ("שעון", {}, ["hebrew"]),
    ("елок", {}, ["russian"]),
    ("май", {}, []),
    ("ประปา", {}, ["thai"]),
    ("hvac", {}, ["initials"]),
    ("evier", {}, ["french"]),
    ("drains", {"category": "plumbing"}, ["drains"]),
    ("drains", {"category": "electrical"}, []),
    ("taps", {"category": "plumbing", "pricing": "QUOTE"}, ["bare taps"]),
    ("taps", {"pricing": "FIXED"}, ["taps", "tagged", "told"]),
    ("taps", {"currency": "USD", "max_price_minor": 9000}, ["tagged"]),
    ("taps", {"currency": "USD", "min_price_minor": 9001}, ["taps", "told"]),
    ("taps", {"currency": "USD", "sort": "price"}, ["tagged", "taps", "told", "bare taps"]),
    ("taps", {"currency": "USD", "sort": "-price", "category": "plumbing"}, ["told", "taps", "tagged", "bare taps"]),
    ("taps", {"sort": "published_at"}, ["taps", "bare taps", "tagged", "told"]),
    ("taps", {"sort": "-published_at"}, ["told", "tagged", "bare taps", "taps"]),
    ("taps", {"sort": "relevance"}, ["taps", "bare taps", "tagged", "told"]),
]
PRICES = {"tagged": 9000, "told": 20000}


@pytest.fixture
async def seller(accounts: Accounts) -> Account:
    """Return a provider of the test's own, whose business is called by a word that no other's is."""
    provider = await accounts.make("SERVICE_PROVIDER")
    await approve_business(provider, business_name=unique("Searched"))
    return provider


async def test_each_text_finds_these_in_this_order(client: httpx.AsyncClient, seller: Account) -> None:
    known: dict[str, str] = {}
    for name, offer in OFFERS.items():
        price = {"kind": "FIXED", "price": money(PRICES.get(name, 12900))}
        given = {"category_id": PLUMBING if name != "taps" else TAPS, "description": "As told.", "pricing": price}
        known[(await publish(seller, **given | offer))["id"]] = name
    wrong = {}
    for text, narrowed, expected in CASES:
        # To the end: other tests publish the like, and a hundred of theirs may stand before these.
        listed = await whole(client, "/services", {"q": text, **narrowed}, limit=100)
        found = [known[item["id"]] for item in listed if item["id"] in known]
        if found != expected:
            wrong[text, str(narrowed)] = found
    assert wrong == {}
