"""The tokenizer of search, for stored texts and for queries."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from impl.kernel.words import QUERY_WORDS_MAX, allows_prefix, fold, name_key, tokenize_document, tokenize_query


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Straße", "strasse"),
        ("ŁÓDŹ", "lodz"),
        ("Đà Nẵng", "da nang"),
        ("Ærø", "aero"),
        ("İstanbul", "istanbul"),
        ("ISPARTA", "isparta"),
        ("Йод, ёж", "йод, еж"),
        ("か\N{COMBINING KATAKANA-HIRAGANA VOICED SOUND MARK}", "が"),
        ("e\u0301te\u0301", "ete"),
        ("O\N{RIGHT SINGLE QUOTATION MARK}Neill's", "oneills"),
        ("ΣΊΣΥΦΟΣ", "σισυφοσ"),
    ],
)
def test_what_looks_alike_is_alike(text: str, folded: str) -> None:
    assert fold(text) == folded


def test_what_is_stored_has_each_word_and_each_compound() -> None:
    assert tokenize_document("Move-out cleaning, pre-paid!") == "move out cleaning pre paid moveout prepaid "
    assert tokenize_document("pre-paid, Pre-Paid") == "pre paid pre paid prepaid ", "a compound counts once"
    assert tokenize_document("& | ! : * ( ) ' \" \\ _ - \x00") == ""
    assert tokenize_document("") == ""


def test_a_long_run_of_letters_takes_no_longer_than_as_many_words() -> None:
    """Take a run that would not end within a test, if each of its letters were looked at once for each other one."""
    run = "x" * 1_000_000
    assert tokenize_document(run) == f"{run[:64]} "


def test_a_crowd_of_phrases_in_one_character_is_no_longer_than_other_texts() -> None:
    assert "\u0639\u0644\u064a\u0647" in tokenize_document("\ufdfa").split()
    # With 2,000 characters more than the text has, and with one more of them.
    whole = "\ufdfa" * 117 + "\ufb00" * 11
    assert "\u0639" in fold(whole)
    assert "\u0639" not in fold(f"{whole}\ufb00")
    # What stands for four characters, as a number in brackets does, is read all the same.
    assert fold("\ufdfa" * 130 + "\u247d").endswith("(10)")
    for one in ("\ufdfa", "\u3315", "\u247d"):
        assert len(tokenize_document(f"{one * 4_000} boiler")) <= 5 * 4_000, one
        assert tokenize_document(f"{one * 4_000} boiler").endswith("boiler ")


def test_what_is_looked_for_is_bounded() -> None:
    assert tokenize_query("  Tap, TAP & táp ") == ("tap",)
    assert tokenize_query("... ' _ %") == ()
    assert len(tokenize_query(" ".join(f"w{n}" for n in range(100)))) == QUERY_WORDS_MAX
    assert QUERY_WORDS_MAX == 12
    assert [len(word) for word in tokenize_query("ß" * 200)] == [64]


def test_a_word_of_two_letters_stands_for_longer_ones_too() -> None:
    assert [allows_prefix(word) for word in ("t", "ta", "tap")] == [False, True, True]


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ("H.V.A.C. for 1,234.50", "hvac for 123450 h v a c 1 234 50 "),
        ("taps.Sinks", "taps sinks tapssinks "),
        ("snake_case", "snake case snakecase "),
        ("d\N{RIGHT SINGLE QUOTATION MARK}eau", "deau d eau "),
        ("Rohr\N{ZERO WIDTH SPACE}reinigung", "rohrreinigung rohr reinigung "),
        ("水道修理", "水 道 修 理 水道 道修 修理 "),
        ("ខ្មែរ\N{ZERO WIDTH SPACE}ល្អ", "ខ្ មែ រ ល្ អ ខ្មែ មែរ រល្ ល្អ "),
        ("١٢ ۳", "12 3 "),
    ],
)
def test_a_word_that_has_parts_is_stored_whole_and_in_parts(document: str, words: str) -> None:
    assert tokenize_document(document) == words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("H.V.A.C.", ("hvac",)),
        ("1.234,50", ("123450",)),
        ("taps.sinks", ("taps", "sinks")),
        ("水道修理", ("水道", "道修", "修理")),
        ("水", ("水",)),
        ("ខ្មែរ\N{ZERO WIDTH SPACE}ល្អ", ("ខ្មែ", "មែរ", "ល្អ")),
        ("Rohr\N{ZERO WIDTH SPACE}reinigung", ("rohrreinigung",)),
        ('צה"ל', ("צהל",)),
    ],
)
def test_a_query_asks_for_words_as_unicode_parts_them(text: str, words: tuple[str, ...]) -> None:
    assert tokenize_query(text) == words


@pytest.mark.parametrize("text", ["\ud800", "a\udfffb", "\x00a", "\U000e0001", "\uffff", "\u202e", "पा'\"नी:*\\"])
def test_no_character_breaks_it(text: str) -> None:
    for word in (*tokenize_query(text), *tokenize_document(text).split()):
        assert {unicodedata.category(one)[0] for one in word} <= {"L", "N", "M"}


@settings(deadline=None)
@given(st.from_regex("[A-Za-z0-9]+( [A-Za-z0-9]+)*", fullmatch=True))
def test_a_plain_name_has_the_key_that_its_words_have(name: str) -> None:
    assert name_key(name) == name_key(f"{name}!") == " ".join(word.lower() for word in name.split())


@settings(deadline=None)
@given(st.lists(st.text(st.characters(exclude_characters=" "), max_size=8), max_size=6))
def test_each_word_folds_alone(words: list[str]) -> None:
    """Words of ASCII are folded quickly, whatever stands beside them."""
    assert fold(" ".join(words)) == " ".join(map(fold, words))


@pytest.mark.parametrize("text", ["Müller`s Café", "plumber`s", "ÀB`C d`E"])
def test_a_grave_accent_is_an_apostrophe_in_every_text(text: str) -> None:
    assert fold(text) == fold(text.replace("`", "'"))
