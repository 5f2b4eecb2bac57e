"""The PDF of a quote says what the quote says, whatever is written in it, and looks like one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pypdfium2  # type: ignore[import-untyped]  # it has no types
import pytest

from impl.marketplace.capabilities.quote_papers.service import amount
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


def _text(content: bytes) -> str:
    assert content.startswith(b"%PDF-")
    pages = list(pypdfium2.PdfDocument(content))
    return " ".join(" ".join(page.get_textpage().get_text_bounded() for page in pages).split())
