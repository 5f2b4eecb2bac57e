"""Service that finds street addresses in a folded text, as they are written in English, German and French."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from impl.marketplace.capabilities.folded_texts.service import Folded
from impl.marketplace.capabilities.spelt_numbers.service import NUMBER, WORD

__all__ = ["streets"]

_STREETS: Final = (
    "alley|avenue|ave|av|boulevard|blvd|circle|cir|close|court|ct|crescent|drive|dr|gardens|highway|hwy|lane|ln|mews|"
    "parkway|pkwy|place|pl|road|rd|square|sq|street|st|terrace|ter|trail|trl|way"
)
_SIDES: Final = "north|south|east|west|n|s|e|w|ne|nw|se|sw"
_NAME: Final = r"[^\W\d_][\w'\u2019\-]{0,30}+"
# One to four words, the kind of a street, and what follows it; `_names_a_street` looks at the words.
_NAMED: Final = (
    rf"(?P<words>(?:{_NAME}\.?\s{{1,3}}){{1,4}}?)(?P<kind>{_STREETS})\b"
    rf"(?:\.?\s{{1,2}}(?:{_SIDES})\b)?(?:\.?,?\s{{1,2}}(?:apt|apartment|suite|unit|flat|\#)\.?\s?[\w\-]{{1,6}})?"
)
_STREET: Final = re.compile(rf"(?<![\w.,/$€£#\-])[1-9][0-9]{{0,5}}(?:[a-z]|-[0-9]{{1,5}})?\s{{1,3}}{_NAMED}")
_SPELT_STREET: Final = re.compile(rf"(?<![\w\-])(?=[a-z]){NUMBER}\s{{1,3}}{_NAMED}")
_CUE: Final = re.compile(r"(?:address|adresse|live|lives|living|located|house|home)\b[^.!?\n]{0,12}\Z")
# More than the longest of these.
_CUE_LENGTH: Final = 24
# "4821 se ankeny st": nobody counts streets of a quarter.
_QUARTERS: Final = frozenset({"ne", "nw", "se", "sw"})
_NO_NAME: Final = frozenset(
    (
        "a all an and any are at bags bars boxes by cm coats cubic days each feet few foot for from ft "
        "gallons hour hours in inch inches is kg km layers lb lbs liters litres m m2 meter meters metre "
        "metres mile miles min minute minutes mm month months more new of off on or other pairs people per "
        "pieces pounds rooms rows sq square steps the these those times to tonnes tons units way week weeks with "
        "x yard yards year years car cars door"
    ).split()
)
_FIGURES: Final = r"\s?(?:(?:nr|no)\.?\s?|hausnummer\s)?[1-9][0-9]{0,3}+(?:\s?[a-h](?!\w))?+"
_WORDS: Final = rf"\s(?:nr\.?\s|hausnummer\s)?(?:{WORD}|(?:ein|zwei)?hundert(?:und)?)++(?!\w)"
# What is counted, or as long as that, has no address.
_NOT_MEASURED: Final = r"(?!\s?(?:[\w.,/]{0,5}\d|min|km|m\b|m2|mm|cm|x\b|tag|stund|meter|jahr|euro?\b|€|%|uhr))"
_COMPOUND: Final = re.compile(
    r"(?<![\w\-])(?P<name>[^\W\d_][\w\-]{3,40}+)(?:"
    rf"(?:(?<=[\w\-]straße)|(?<=[\w\-]strasse)|(?<=[\w\-]gasse)|(?<=[\w\-]allee)|(?<=[\w\-]str))\.?+(?:{_FIGURES}|{_WORDS})"
    rf"|(?:(?<=[\w\-]platz)|(?<=[\w\-]weg)|(?<=[\w\-]ufer)|(?<=[\w\-]damm)){_FIGURES}){_NOT_MEASURED}"
)
_TWO_WORDS: Final = re.compile(
    r"(?<![\w\-])(?P<name>[^\W\d_][\w\-]{1,30}+)\s"
    rf"(?:(?:straße|strasse|str\.?|gasse|allee)(?:{_FIGURES}|{_WORDS})|(?:platz|weg|ufer|damm){_FIGURES}){_NOT_MEASURED}"
)
# Streets that are called by where they are: "Am Bach 3", which may be a place in the house, too.
_AT: Final = r"(?:am|im|zum|zur|beim|an\sde[rnm]|auf\sde[rnm]|in\sde[rnm]|unter\sden|hinter\sde[rnm])"
_SITE: Final = re.compile(
    rf"(?<![\w\-]){_AT}\s(?:{_NAME}\s)?(?P<name>{_NAME}){_FIGURES}{_NOT_MEASURED}"
    rf"(?P<town>,?\s{{1,2}}[0-9]{{5}}\s{_NAME})?"
)
_SITE_CUE: Final = re.compile(r"(?:wohnen?|wohnhaft|adresse|anschrift)\b[^.!?\n]{0,12}\Z")
_NO_SITE: Final = frozenset(
    (
        "stock stockwerk geschoss erdgeschoss obergeschoss dachgeschoss haus zimmer raum keller bad flur jahr monat "
        "tag montag dienstag mittwoch donnerstag freitag samstag sonntag januar februar märz april mai juni juli "
        "august september oktober november dezember"
    ).split()
)
_COUNTED: Final = frozenset("liter euro meter stück kilo gramm stunden tage watt volt fliesen teile".split())
_NO_GERMAN_NAME: Final = frozenset(
    (
        "parkplatz stellplatz sitzplatz arbeitsplatz spielplatz sportplatz bauplatz lagerplatz steckplatz hinweg "
        "rückweg gehweg radweg fußweg umweg arbeitsweg der die das dem den des dieser diese diesem einer eine einem "
        "unserer unsere meiner jeder jede ganze ganzen zur zum im am vom auf pro je"
    ).split()
)
_ROMANCE: Final = re.compile(
    r"(?<![\w.,/])[1-9][0-9]{0,4}(?:\s?(?:bis|ter))?,?\s{1,2}(?:rue|impasse|chemin|quai)\s(?:[^\W\d_][\w'\u2019\-]{0,30}+\s?){1,4}"
    r"|(?<!\w)(?:calle|avenida|rua|piazza|via)\s(?:[^\W\d_][\w'\u2019\-]{0,30}+,?\s){1,4}[1-9][0-9]{0,4}\b"
)
_BOX: Final = re.compile(r"(?<!\w)(?:p\.?\s?o\.?\s?box|postfach)\s{1,2}#?[0-9]{1,8}\b")
_STATES: Final = (
    "al|ak|az|ar|ca|co|ct|de|fl|ga|hi|id|il|in|ia|ks|ky|la|me|md|ma|mi|mn|ms|mo|mt|ne|nv|nh|nj|nm|ny|nc|nd|oh|ok|or|pa|ri|sc|sd|tn|tx|"
    "ut|vt|va|wa|wv|wi|wy|dc"
)
_ZIP: Final = re.compile(rf"(?<!\w)(?:{_STATES})[ ,]{{1,2}}[0-9]{{5}}(?:-[0-9]{{4}})?\b")
_POSTCODE: Final = re.compile(r"(?<!\w)[a-z]{1,2}[0-9][a-z0-9]?\s?[0-9][abd-hjlnp-uw-z]{2}\b")


def streets(folded: Folded, region: str) -> Iterator[tuple[int, int]]:
    """Yield where each address begins and ends in the folded text."""
    rules = {**_RULES, **({_POSTCODE: None} if region == "GB" else {})}
    for pattern, condition in rules.items():
        for match in pattern.finditer(folded.text):
            if condition is None or condition(folded, match):
                yield match.span()


def _names_a_street(folded: Folded, match: re.Match[str]) -> bool:
    """Return whether the words are a name: with capitals as names have, or after a word that announces an address."""
    words = match["words"].split()
    if any(word.rstrip(".") in _NO_NAME for word in words):
        return False
    if len(words) > 1 and words[0] in _QUARTERS:
        return True
    last = folded.written(match.start("words"), match.end("words")).split()[-1]
    is_named = last[:1].isupper() and _has_capital(folded, match, "kind")
    return is_named or _CUE.search(folded.text, match.start() - _CUE_LENGTH, match.start()) is not None


def _has_capital(folded: Folded, match: re.Match[str], group: str) -> bool:
    return folded.written(match.start(group), match.end(group))[:1].isupper()


def _is_compound(_: Folded, match: re.Match[str]) -> bool:
    return match["name"] not in _NO_GERMAN_NAME


def _is_german(folded: Folded, match: re.Match[str]) -> bool:
    return match["name"] not in _NO_GERMAN_NAME and _has_capital(folded, match, "name")


def _is_site(folded: Folded, match: re.Match[str]) -> bool:
    """Return whether a place is a street: by its town, or after a word that announces an address."""
    if match["name"] in _NO_SITE or not _has_capital(folded, match, "name"):
        return False
    if match["town"] is not None and match["town"].split()[-1] not in _COUNTED:
        return True
    return _SITE_CUE.search(folded.text, match.start() - _CUE_LENGTH, match.start()) is not None


def _is_state(folded: Folded, match: re.Match[str]) -> bool:
    """Return whether two letters are a state, and no word as in "or 12345 of them"."""
    return folded.written(*match.span())[:2].isupper()


# Each with what has to hold for a match besides.
_RULES: Final[Mapping[re.Pattern[str], Callable[[Folded, re.Match[str]], bool] | None]] = {
    _STREET: _names_a_street,
    _SPELT_STREET: _names_a_street,
    _COMPOUND: _is_compound,
    _TWO_WORDS: _is_german,
    _SITE: _is_site,
    _ROMANCE: None,
    _BOX: None,
    _ZIP: _is_state,
}
