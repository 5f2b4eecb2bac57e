"""Contact details are masked in texts, however they are spelt, and nothing that only looks like them."""

from __future__ import annotations

import re
from re import _constants as codes
from re import _parser as parser
from typing import Any

import pytest

from impl.marketplace.capabilities.contact_details import service
from impl.marketplace.capabilities.contact_details.service import ContactKind, mask

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
HARMLESS = """
It costs $1,250.00, or 1250 USD
Between 20,000 and 25,000 dollars
100 to 200 euros, 2.500,00 EUR
On 2031-03-05 at 10:30, 03/05/2031 or 05.03.2031
1200 x 600 x 18 mm
A 2 x 4, 8 ft long; one 12 ft and two 14 ft boards
Model WH-4530-221, part 316-0045-22, version 2.4.1
Built in 1987, renovated 2004-2006
Meet at 5 dot on
Meet at noon. Me too
It drips.It stops
2 @ 5.50 each, 3 @ 50. and then
One of the two taps, three years old
The red dot us
E.g. the tap, i.e. the kitchen one
See photo.jpg and plan.pdf
2 tons of road gravel and 4 broken street lamps
A 5 minute drive to a 3 way switch
Sizes 12, 14, 16, 18, 20 in rooms 1, 2, 3, 4, 5, 6
Between 9 and 5, 10-12 on Monday, or 24/7
IP65, 230 V, 50 Hz, 16 A, R-410A, 4.5 m2
3/4 inch to 1/2 inch, 200 300 400
Someone at the door, at home
Boards one two 20000 of them, or one one one 111
Rooms 1, 2, 3, 4, 5, 6, 7, 8, 9 and more
Meet @ noon, 4 @ 20 each. Net price, com panel
The signal is weak; whatsapp is fine. A double sink, a triple window
One double room, two single rooms, three doors, four windows
Sizes ten, twelve, fourteen, sixteen; in nineteen eighty-five
Die Größen zehn, zwölf, vierzehn und sechzehn, einundzwanzig Fenster
12-at-most, built-in, two-point-five
Hinweg 20 Minuten, Dichtungsring 20 mm, Parkplatz 20 m weit
4 people to a room, or 12345 of them
"""


@pytest.mark.parametrize(("kind", "region", "written"), WRITTEN)
def test_a_contact_detail_is_masked_and_nothing_beside_it(kind: ContactKind, region: str, written: str) -> None:
    masked = re.sub("<(.*)>", lambda found: "*" * len(found[1]), written, flags=re.DOTALL)
    found = mask(re.sub("[<>]", "", written), region)
    assert (found.text, list(found.kinds)) == (masked, [kind])


@pytest.mark.parametrize("region", ["US", "DE"])
@pytest.mark.parametrize("written", HARMLESS.strip().splitlines())
def test_numbers_and_words_of_the_work_stay(written: str, region: str) -> None:
    assert mask(written, region) == service.Masked(written, ())


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


def test_no_text_makes_a_rule_slow() -> None:
    """Structure, not time: nothing without a bound is given back, and what is bounded is small."""
    patterns = [value for value in vars(service).values() if isinstance(value, re.Pattern)]
    assert len(patterns) > 10
    assert [one.pattern for one in patterns if _backtracks(parser.parse(one.pattern)) > 40] == []
