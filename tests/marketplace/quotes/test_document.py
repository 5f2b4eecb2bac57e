"""The PDF of a quote says what the quote says, whatever is written in it, and looks like one."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, cast

import pypdfium2  # type: ignore[import-untyped]  # it has no types
import pytest

from impl.marketplace.capabilities.quote_papers.service import PaperRow, amount, data_of
from impl.marketplace.capabilities.totals.service import PricedLine
from tests.harness.client import assert_problem
from tests.harness.databases import ROOT
from tests.marketplace.inquiries.asking import ask, asker, businesses
from tests.marketplace.quotes.quoting import LABOUR, QUOTES, TAP, draft, step

if TYPE_CHECKING:
    from tests.harness.accounts import Accounts

# Where the page is left to be looked at.
PICTURE = ROOT / ".cache" / "quote.png"
# What Typst would do something with if it read it as markup.
MARKUP = '#panic("no") $x^2$ *bold* #label <x> \\ // [ ] "quoted"'


async def test_a_quote_is_read_on_paper_by_both_parties(accounts: Accounts) -> None:
    owner, home = await asker(accounts)
    ((provider, profile),) = await businesses(accounts, 1)
    inquiry = await ask(owner, home, profile, title="Καινούργια βρύση, Straße 7")
    lines = [LABOUR, TAP, {**LABOUR, "description": MARKUP, "unit_price_minor": 123456789}]
    written = await draft(provider, inquiry, lines=lines, terms=f"Payable within 14 days.\n\n{MARKUP}\nGrüße, Čeněk")
    path = f"{QUOTES}/{written['id']}/document"
    assert_problem(await owner.client.get(path), 404, "not-found")
    assert "Draft, not sent" in _text((await provider.client.get(path)).content)
    sent = await step(provider, written, "send")

    answer = await owner.client.get(path, headers={"Accept": "application/pdf"})
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/pdf")
    assert answer.headers["content-disposition"] == f'attachment; filename="quote-{written["id"]}.pdf"'
    text = _text(answer.content)
    page = pypdfium2.PdfDocument(answer.content)[0]
    PICTURE.parent.mkdir(exist_ok=True)
    page.render(scale=2).to_pil().save(PICTURE)
    shown = [
        *(sent["provider"]["business_name"], inquiry["title"], "Open", "Payable within 14 days.", "Grüße, Čeněk"),
        *(TAP["description"], "1.5 hour", "90.00", "8.75 %", "less 10 %", "116.10"),
        *("1,851,851.84", "Discount", amount(sent["gross_minor"], "USD"), 'panic("no")', "$x^2$ *bold* #label <x>"),
    ]
    assert [words for words in shown if words not in text] == []


@pytest.mark.parametrize(
    ("minor", "currency", "written"),
    [(123450, "USD", "1,234.50"), (5, "EUR", "0.05"), (12900, "JPY", "12,900"), (1234, "KWD", "1.234")],
)
def test_amounts_have_the_digits_of_their_currency(minor: int, currency: str, written: str) -> None:
    assert amount(minor, currency) == written


def _paper(**changes: object) -> PaperRow:
    tap: PricedLine = {
        "description": "Tap",
        "quantity_thousandths": 1_500,
        "unit": "piece",
        "unit_price_minor": 100_000,
        "discount_basis_points": 1_250,
        "tax_basis_points": 875,
        "discount_minor": 18_750,
        "net_minor": 131_250,
    }
    row: PaperRow = {
        "business_name": "Taps & Sons",
        "title": "New tap",
        "number": 3,
        "state": "SENT",
        "currency": "USD",
        "lines": [tap],
        "subtotal_minor": 131_250,
        "discount_minor": 10_000,
        "net_minor": 121_250,
        "taxes": [
            {"tax_basis_points": 0, "net_minor": 5_000, "tax_minor": 0},
            {"tax_basis_points": 875, "net_minor": 116_250, "tax_minor": 10_172},
        ],
        "gross_minor": 131_422,
        "valid_days": 14,
        "terms": "Pay.\n \nSoon.",
        "sent_at": datetime(2026, 3, 1, 9, 5, tzinfo=UTC),
        "expires_at": datetime(2026, 3, 15, 9, 5, tzinfo=UTC),
        "updated_at": datetime(2026, 3, 1, 9, 5, tzinfo=UTC),
    }
    return cast("PaperRow", {**row, **changes})


def test_a_page_has_all_that_is_offered_as_people_write_it() -> None:
    assert data_of(_paper()) == {
        "title": "Quote 3: New tap",
        "business": "Taps & Sons",
        "currency": "USD",
        "facts": [
            ["For", "New tap"],
            ["Quote", "3"],
            ["State", "Open"],
            ["Sent", "1 March 2026, 09:05 UTC"],
            ["Valid until", "15 March 2026, 09:05 UTC"],
        ],
        "lines": [
            {
                "description": "Tap",
                "quantity": "1.5 piece",
                "price": "1,000.00",
                "tax": "8.75 %",
                "discount": "less 12.5 %: \u2212187.50",
                "amount": "1,312.50",
            }
        ],
        "totals": [
            ["Sum of the lines", "1,312.50"],
            ["Discount", "\u2212100.00"],
            ["Without tax", "1,212.50"],
            ["Tax, 8.75 % of 1,162.50", "101.72"],
        ],
        "gross": "1,314.22",
        "terms": ["Pay.", "Soon."],
    }


def test_a_page_leaves_out_what_there_is_not() -> None:
    line = {**_paper()["lines"][0], "quantity_thousandths": 2_000, "tax_basis_points": 0, "discount_basis_points": 0}
    nothing = dict.fromkeys(("business_name", "terms", "sent_at", "expires_at"))
    page = data_of(_paper(**nothing, state="DRAFT", lines=[line], discount_minor=0, taxes=[], currency="JPY"))
    assert (page["business"], page["terms"], page["gross"]) == ("A business", [], "131,422")
    assert page["facts"] == [
        ["For", "New tap"],
        ["Quote", "3"],
        ["State", "Draft, not sent"],
        ["Valid for", "14 days from sending"],
    ]
    (shown,) = cast("list[dict[str, str]]", page["lines"])
    assert {name: shown[name] for name in ("quantity", "tax", "discount", "price")} == {
        "quantity": "2 piece",
        "tax": "0 %",
        "discount": "",
        "price": "100,000",
    }
    assert page["totals"] == [["Sum of the lines", "131,250"]]


def _text(content: bytes) -> str:
    assert content.startswith(b"%PDF-")
    pages = list(pypdfium2.PdfDocument(content))
    return " ".join(" ".join(page.get_textpage().get_text_bounded() for page in pages).split())
