"""Contact details are masked in texts, however they are spelt, and nothing that only looks like them."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from re import _constants as codes
from re import _parser as parser
from typing import Any

from impl.marketplace.capabilities.contact_details import service as contact_details
from impl.marketplace.capabilities.contact_details.service import ContactKind, Masked, mask
from impl.marketplace.capabilities.dialled_numbers import service as dialled_numbers
from impl.marketplace.capabilities.folded_texts import service as folded_texts
from impl.marketplace.capabilities.folded_texts.service import fold
from impl.marketplace.capabilities.number_lookups import service as number_lookups
from impl.marketplace.capabilities.spelt_numbers import service as spelt_numbers
from impl.marketplace.capabilities.street_addresses import service as street_addresses

EMAIL, PHONE, LINK, ADDRESS = ContactKind.EMAIL, ContactKind.PHONE, ContactKind.LINK, ContactKind.ADDRESS
# Between angle brackets: what is masked.
WRITTEN = [
    (EMAIL, "US", "<jo@example.com>"),
    (EMAIL, "US", "<jo @ example . com>, please"),
    (EMAIL, "US", "<jo (at) example (dot) com>"),
    (EMAIL, "US", "<jo [at] gmail [.] com>"),
    (EMAIL, "US", "Write: <jo at gmail dot com>"),
    (EMAIL, "US", "<jo at gmail>"),
    (EMAIL, "US", "<jo.smith at smith-homes dot co dot uk>!"),
    (EMAIL, "DE", "<jo ät web punkt de>"),
    (EMAIL, "US", "<\uff2a\uff2f\uff20\uff25\uff38\uff21\uff2d\uff30\uff2c\uff25\uff0e\uff23\uff2f\uff2d>"),
    (EMAIL, "US", "<j\u200bo@exam\u00adple.com>"),
    (LINK, "US", "<https://example.com/a?b=1>"),
    (LINK, "US", "<hxxp://example.com>"),
    (LINK, "US", "<www . example.com>"),
    (LINK, "US", "See <example.com/x> or so"),
    (LINK, "US", "<t.me/joe>"),
    (LINK, "US", "<rosecity dot com>"),
    (PHONE, "US", "Call <503-555-0119> now"),
    (PHONE, "US", "<(503) 555 0119>"),
    (PHONE, "US", "<5 0 3 5 5 5 0 1 1 9>"),
    (PHONE, "US", "<503.555.0119>"),
    (PHONE, "US", "<503 * 555 * 0119>"),
    (PHONE, "US", "<five zero three, five five five, zero one one nine>"),
    (PHONE, "US", "<fivezerothree 555 0119>"),
    (PHONE, "US", "<five oh three 555 01 19>"),
    (PHONE, "US", "<5o3 555 o119>"),
    # Neither is in use anywhere.
    (PHONE, "US", "<one two three 0000>"),
    (PHONE, "US", "<1 2 3 4 5 6 7 8 9 0>"),
    (PHONE, "US", "<\u0665\u0660\u0663\u0665\u0665\u0665\u0660\u0661\u0661\u0669>"),
    (PHONE, "US", "<\uff15\uff10\uff13-\uff15\uff15\uff15-\uff10\uff11\uff11\uff19>"),
    (PHONE, "US", f"<{''.join(f'{digit}\ufe0f\u20e3' for digit in '5035550119')}>"),
    (PHONE, "US", "From abroad: <+49 170 1234567>."),
    (PHONE, "DE", "<0170 1234567>"),
    (PHONE, "DE", "<null eins sieben null 1234567>"),
    (PHONE, "GB", "<020 7946 0018>"),
    (EMAIL, "US", "<jo_at_gmail_dot_com>"),
    (EMAIL, "DE", "<jo-at-web-punkt-de>"),
    (EMAIL, "US", "<j o @ g m a i l . c o m>"),
    (EMAIL, "US", "<jo(a)example.com>"),
    (EMAIL, "US", "<jo\u24d0example.com>"),
    (LINK, "US", "<rosecity . com>"),
    (LINK, "US", "<wa\u3002me\u22151503>"),
    (LINK, "US", "Ask <@rosecity_taps> there"),
    (LINK, "US", "<My insta is rosecity>"),
    (LINK, "DE", "<Telegram: rosecity>"),
    (PHONE, "US", "<503\n555\n0119>"),
    (PHONE, "US", "<five zero three triple five zero double one nine>"),
    (PHONE, "DE", "<null fünfzehn zwölf vierunddreißig sechsundfünfzig achtundsiebzig neun>"),
    (PHONE, "US", "<five oh three, five fifty-five, zero one nineteen>"),
    (PHONE, "DE", "<null eins sieben null doppel zwei drei vier fünf>"),
    (ADDRESS, "US", "I live at <4821 SE Ankeny Street>."),
    (ADDRESS, "US", "<4821 SE Ankeny St, Apt 4>"),
    (ADDRESS, "US", "my address is <7 elm road>"),
    (ADDRESS, "US", "Portland, <OR 97214>"),
    (ADDRESS, "US", "<PO Box 1234>"),
    (ADDRESS, "DE", "In der <Lindenstraße 12a>"),
    (ADDRESS, "DE", "<Lange Straße 5>"),
    (ADDRESS, "DE", "<Hauptstr. 7>"),
    (ADDRESS, "DE", "Am <Lindenweg 3>"),
    (ADDRESS, "FR", "<12 rue de la Paix>"),
    (ADDRESS, "GB", "<SW1A 1AA>"),
]
_HERE = Path(__file__).parent


def _lines(name: str) -> list[str]:
    written = (_HERE / name).read_text(encoding="utf-8").splitlines()
    return [line for line in written if line and not line.startswith("#")]


def _starred(written: str) -> str:
    """Return a text of the tables with stars for what is to be masked."""
    return re.sub("<(.*?)>", lambda found: "*" * len(found[1]), written, flags=re.DOTALL)


def _unmarked(written: str) -> str:
    return re.sub("<(.*?)>", r"\1", written, flags=re.DOTALL)


def test_a_contact_detail_is_masked_and_nothing_beside_it() -> None:
    table = [line.split(" ", 2) for line in _lines("masked.txt")]
    assert len(table) > 150
    wrong: list[str] = []
    for kind, region, written in [*WRITTEN, *table]:
        found = mask(_unmarked(written), region)
        if (found.text, list(found.kinds)) != (_starred(written), [kind]):
            wrong.append(f"{region} {written}: {found.text} {found.kinds}")
    assert wrong == []


def test_numbers_and_words_of_the_work_stay() -> None:
    table = _lines("harmless.txt")
    assert len(table) > 150
    regions = ["US", "DE", "GB", "FR", "ES"]
    assert {(region, text) for text in table for region in regions if mask(text, region) != Masked(text, ())} == set()


def test_each_kind_is_told_once() -> None:
    found = mask("jo@example.com, jo@example.org, 503-555-0119 or example.com", None)
    assert list(found.kinds) == [EMAIL, LINK, PHONE]
    assert found.text == f"{'*' * 14}, {'*' * 14}, {'*' * 12} or {'*' * 11}"


def _backtracks(nodes: Any) -> int:  # noqa: ANN401 - a tree of the parser of the standard library
    """Return the largest product of nested bounds of what a pattern may give back."""
    ways = 1
    for code, value in nodes:
        if code in {codes.MAX_REPEAT, codes.MIN_REPEAT}:
            low, high, inner = value
            assert high is not codes.MAXREPEAT, "what has no bound is possessive"
            ways = max(ways, (int(high) - int(low) + 1) * _backtracks(inner))
        elif code in {codes.POSSESSIVE_REPEAT, codes.ATOMIC_GROUP}:
            ways = max(ways, _backtracks(value[-1] if code is codes.POSSESSIVE_REPEAT else value))
        elif code is codes.BRANCH:
            ways = max([ways, *map(_backtracks, value[1])])
        elif code in {codes.SUBPATTERN, codes.ASSERT, codes.ASSERT_NOT}:
            ways = max(ways, _backtracks(value[-1]))
    return ways


_RULES = (contact_details, dialled_numbers, folded_texts, number_lookups, spelt_numbers, street_addresses)


def test_no_text_makes_a_rule_slow() -> None:
    """Structure, not time: nothing without a bound is given back, and what is bounded is small."""
    patterns = [value for rules in _RULES for value in vars(rules).values() if isinstance(value, re.Pattern)]
    assert len(patterns) > 25
    assert [one.pattern for one in patterns if _backtracks(parser.parse(one.pattern)) > 40] == []


# Each text repeats what makes one of the rules begin.
_HOSTILE = (
    "5 , 5035550123 ,1234567 a ,five ,12 ,01*,503 then ,+49,a dot ,x at ,a ,12 Abc ,one Abc ,o1l0 ,twenty ,503\n,a_b ,"
    "@ a b c d e ,@a;com ,sss 5ss ssss ,gmail ,insta: ,"
    "Am Weg ,straße 1 ,am B 3 ,reverse 5 ,moc.a,\u00bd,\u247d,\u33c2,\u4e94,\u00e95 ,\ufdfa"
).split(",")


def _steps(text: str, region: str) -> int:
    """Return how many functions are called to mask a text, those of libraries and of the interpreter included."""
    steps = 0

    def count(_: object, event: str, __: object) -> None:
        nonlocal steps
        steps += event in {"call", "c_call"}

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        mask(text, region)
    finally:
        sys.setprofile(before)
    return steps


def test_no_text_takes_more_steps_than_its_length_allows() -> None:
    slow: dict[str, list[int]] = {}
    for one in _HOSTILE:
        short, long = (one * (length // len(one)) for length in (1000, 2000))
        taken = [_steps(short, "DE"), _steps(long, "DE")]
        # What libphonenumber is asked costs the same for either.
        if taken[1] > 2.5 * taken[0] or taken[1] > 25 * len(long) + 12_000:
            slow[one] = taken
    assert slow == {}


def test_a_character_is_read_as_all_that_it_stands_for() -> None:
    assert fold("\ufb01x \u2469 in \u339d").text == "fix 10 in cm"
    assert fold("\u247d \u2474").text == "10 1"


def test_no_text_is_much_longer_when_it_is_folded() -> None:
    """Nor does a crowd of characters that are read as several hide what stands behind it."""
    assert len(fold("\u2469" * 4_000).text) == 4_500
    hidden = "\u2478\u24ea\u2476 \u2478\u2478\u2478 \u24ea\u2474\u2474\u247c"
    for one in ("\u00bd", "\u247d", "\u33c2", "\u3391", "\u2121", "\u2026", "\ufb01", "\u33fe"):
        assert len(fold(one * 4_000).text) <= 4_503, one
        assert mask(f"{one * 4_000}: call {hidden}", "US").text.endswith("*" * len(hidden)), one


def test_a_digit_that_is_said_to_come_often_is_no_longer_than_a_number() -> None:
    for times in (3, 60, 1500):
        text = "double " * times + "5"
        assert len(mask(text, "US").text) == len(text)
        assert mask(f"{text}, 503-555-0119", "US").text.endswith("*" * 12)


def test_a_crowd_of_numbers_hides_none() -> None:
    crowd = ", ".join(f"503-555-{number:04}" for number in range(100, 100 + 2 * number_lookups.MOST_TRIES))
    assert re.search("[0-9]{3}", mask(crowd, "US").text) is None
