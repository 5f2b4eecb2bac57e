"""One-line texts must be visible, and texts of one or several lines are stored as they were sent."""

from __future__ import annotations

import re

import pytest

from tests.contract.contract_operations import resolve, schemas
from tests.harness.accounts import Accounts
from tests.harness.client import assert_problem
from tests.marketplace.payloads import PROFILE, PROPERTIES, SERVICES, add, approve_business, business, house, job, ok

FLAG_OF_WALES = "\U0001f3f4\U000e0067\U000e0062\U000e0077\U000e006c\U000e0073\U000e007f"
INVISIBLE = {
    "zero width space": "\u200b",
    "Hangul filler": "\u3164",
    "half-width Hangul filler": "\uffa0",
    "Braille blank": "\u2800",
    "no-break spaces": "\u00a0\u00a0\u00a0\u00a0\u00a0",
    "word joiner": "\u2060",
    "soft hyphen": "\u00ad",
    "byte order mark": "\ufeff",
    "tags": "\U000e0068\U000e0069\U000e0068\U000e0069\U000e0068",
    "lone accent": "\u0301",
    "lone vowel sign": "\u093e",
    "lone mark beyond the BMP": "\U0001d165",
    "outer no-break space": "\u00a0Taps mended",
    "trailing ideographic space": "Taps mended\u3000",
    "line separator": "Taps\u2028mended",
    "paragraph separator": "Taps\u2029mended",
    "next line": "Taps\u0085mended",
    "C1 control": "Taps\u009bmended",
    "override": "Taps \u202emended",
    "isolate": "Taps \u2066mended",
    "filler inside": "Taps\u3164mended",
    "tag inside": "Taps\U000e0041mended",
    "line break": "Taps\nmended",
    "tab": "Taps\tmended",
}
VISIBLE = {
    "Persian": "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
    "family": "The \U0001f468\u200d\U0001f469\u200d\U0001f467 builders",
    "heart at the end": "Homes we \u2764\ufe0f",
    "flag of a region": f"Tiles {FLAG_OF_WALES}",
    "Hindi": "नल की मरम्मत",
    "decomposed": "Cafe\u0301 repairs",
    "soft hyphen inside": "Heiz\u00adkörper",
    "no-break space inside": "5\u00a0m deep wells",
    "ideographic variant": "\u845b\U000e0100 of the tiles",
    "apostrophe": "O\u2019Neill\u2019s roofs",
}


@pytest.mark.parametrize("text", INVISIBLE.values(), ids=INVISIBLE)
async def test_a_line_that_hides_something_is_refused(accounts: Accounts, text: str) -> None:
    provider, owner = await accounts.provider(), await accounts.homeowner()
    for answer, pointer in (
        (await provider.client.put(PROFILE, json=business(business_name=text)), "/business_name"),
        (await owner.client.post(PROPERTIES, json=house(label=text)), "/label"),
        (await owner.client.patch("/users/me", json={"full_name": text}), "/full_name"),
    ):
        errors = assert_problem(answer, 422, "validation-failed")["errors"]
        assert pointer in [error["pointer"] for error in errors]


async def test_a_line_that_people_write_is_kept(accounts: Accounts) -> None:
    provider, owner = await accounts.make("SERVICE_PROVIDER"), await accounts.make()
    await approve_business(provider)
    for text in VISIBLE.values():
        assert ok(await owner.client.post(PROPERTIES, json=house(label=text)), 201)["label"] == text
        assert (await add(provider, title=text))["title"] == text


async def test_a_text_of_lines_keeps_them(accounts: Accounts) -> None:
    provider, owner = await accounts.make("SERVICE_PROVIDER"), await accounts.make()
    await approve_business(provider)
    text = "One\r\n\n\tTwo:\u2028 \u200f\u05e9\u05dc\u05d5\u05dd  \n"
    assert (await add(provider, description=text))["description"] == text
    assert ok(await owner.client.post(PROPERTIES, json=house(notes=text)), 201)["notes"] == text
    assert ok(await owner.client.post(PROPERTIES, json=house(notes="")), 201)["notes"] == ""
    for refused in ("One\u202eTwo", "One\u0007Two", "One\u009bTwo", " \n\t ", "\u200b\u3164"):
        listed = await provider.client.post(SERVICES, json=job(description=refused))
        assert_problem(listed, 422, "validation-failed")
        assert_problem(await owner.client.post(PROPERTIES, json=house(notes=refused)), 422, "validation-failed")


def test_patterns_hold_without_a_flag_of_unicode() -> None:
    """Generated clients write `new RegExp(pattern)`: no character beyond U+FFFF may stand in a class."""
    patterns = [str(node["pattern"]) for node in map(resolve, schemas().values()) if "pattern" in node]
    assert len(patterns) > 20
    assert [one for one in patterns if not one.isascii() or re.search(r"\\u\{|\\U|\\p", one)] == []
