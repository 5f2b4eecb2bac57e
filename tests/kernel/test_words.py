"""Words of a text: what is stored of it, and what is looked for."""

from __future__ import annotations

import pytest

from impl.kernel.words import QUERY_WORDS_MAX, fold, tokenize_document, tokenize_query


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Straße", "strasse"),
        ("ŁÓDŹ", "lodz"),
        ("Đà Nẵng", "da nang"),
        ("Ærø", "aero"),
        ("İstanbul", "istanbul"),
        ("ISPARTA", "isparta"),
        ("e\u0301te\u0301", "ete"),
        ("O\N{RIGHT SINGLE QUOTATION MARK}Neill's", "oneills"),
        ("ΣΊΣΥΦΟΣ", "σισυφοσ"),
    ],
)
def test_what_looks_alike_is_alike(text: str, folded: str) -> None:
    assert fold(text) == folded


def test_what_is_stored_has_each_word_and_each_compound() -> None:
    assert tokenize_document("Move-out cleaning, pre-paid!") == "move out cleaning pre paid moveout prepaid "
    assert tokenize_document("& | ! : * ( ) ' \" \\ _ - \x00") == ""
    assert tokenize_document("") == ""


def test_what_is_looked_for_is_bounded() -> None:
    assert tokenize_query("  Tap, TAP & táp ") == ("tap",)
    assert tokenize_query("... ' _ %") == ()
    assert len(tokenize_query(" ".join(f"w{n}" for n in range(100)))) == QUERY_WORDS_MAX
    assert [len(word) for word in tokenize_query("ß" * 200)] == [64]


@pytest.mark.parametrize("text", ["\ud800", "a\udfffb", "\x00a", "\U000e0001", "\uffff", "\u202e"])
def test_no_character_breaks_it(text: str) -> None:
    assert all(word.isalnum() for word in (*tokenize_query(text), *tokenize_document(text).split()))
