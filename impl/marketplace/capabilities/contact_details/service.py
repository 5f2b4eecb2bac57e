"""Service that masks contact details in a text: addresses of all kinds and telephone numbers, however they are spelt.

A text is folded first, with the place of each character kept, so that fullwidth letters, digits of other scripts and
invisible characters make no difference. Each rule then reads the folded text once: no quantifier of a pattern can give
back what it has taken (possessive), or it is bounded by a small number, so that the time grows with the length alone.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import Final

from phonenumbers import Leniency, NumberParseException, PhoneNumberMatcher, is_valid_number, parse

__all__ = ["ContactKind", "Masked", "mask"]

# A number without its country is read as one of these where nothing says where the writer is.
_DEFAULT_REGION: Final = "US"
# What is masked keeps its length, so that whatever holds for the length of a text holds for the masked one.
_STAR: Final = "*"


class ContactKind(StrEnum):
    EMAIL = "EMAIL"
    PHONE = "PHONE"
    LINK = "LINK"
    ADDRESS = "ADDRESS"


@dataclass(frozen=True, slots=True)
class Masked:
    """A text with its contact details masked, and the kinds of what was there."""

    text: str
    kinds: Sequence[ContactKind]


@dataclass(frozen=True, slots=True)
class _Folded:
    """A text as it is searched; `origins` has the place of each of its characters in the original, and its end."""

    text: str
    origins: Sequence[int]
    original: str

    def written(self, start: int, end: int) -> str:
        """Return what was written there, with its capitals."""
        return self.original[self.origins[start] : self.origins[end]]


def mask(text: str, region: str | None) -> Masked:
    """Return the text with a star for each character of a contact detail; numbers are read as in the region.

    That is the country of the property, where both of them are; None where it is not known any more.
    """
    folded = _fold(text)
    stars = [False] * len(text)
    kinds: dict[ContactKind, None] = {}
    for kind, start, end in _found(folded, region or _DEFAULT_REGION):
        places = range(folded.origins[start], folded.origins[end])
        # The host of an e-mail address is no link besides.
        if not all(stars[place] for place in places):
            kinds[kind] = None
        for place in places:
            stars[place] = True
    if not kinds:
        return Masked(text, ())
    return Masked("".join(_STAR if star else one for one, star in zip(text, stars, strict=True)), tuple(kinds))


def _fold(text: str) -> _Folded:
    """Fold each character on its own, so that its place is known; what is invisible is left out."""
    characters: list[str] = []
    origins: list[int] = []
    for place, written in enumerate(text):
        if written.isascii():
            characters.append(written.lower())
            origins.append(place)
            continue
        if written in _DRAWN:
            characters.append(_DRAWN[written])
            origins.append(place)
            continue
        for one in unicodedata.normalize("NFKC", written).lower():
            # Formats such as joiners, and marks: an accent, a variation, the frame of a keycap.
            if unicodedata.category(one) in _LEFT_OUT:
                continue
            characters.append(str(unicodedata.decimal(one)) if one.isdecimal() else _ALIKE.get(one, one))
            origins.append(place)
    origins.append(len(text))
    return _Folded("".join(characters), origins, text)


_LEFT_OUT: Final = frozenset({"Cf", "Mn", "Me"})
# Signs that are read as these, and that no normal form makes of them.
_ALIKE: Final[Mapping[str, str]] = {
    **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-"),
    **dict.fromkeys("\u00b7\u2022\u2027\u2219\u22c5\u3002", "."),
    **dict.fromkeys("\u2044\u2215\u29f8", "/"),
}
# Letters in a circle that are read as a sign, where a normal form would leave the letter.
_DRAWN: Final[Mapping[str, str]] = {"\u24d0": "@", "\u24b6": "@"}

# ---- e-mail addresses and links

# Endings of names that are no words: these are known even when the dot is spelt out.
_SURE: Final = (
    "app|berlin|biz|ch|co|com|de|dev|edu|eu|fr|gov|info|io|ly|net|nl|online|org|pl|shop|site|store|tech|uk|website|xyz"
)
# Endings that are words as well: "It drips.It stops" is no address, "t.me/name" is one.
_WORDLIKE: Final = "ai|at|be|cc|es|gg|gl|in|is|it|me|no|so|to|tv|us|ws"
_OF_COUNTRIES: Final = "ar|au|br|ca|cl|cn|cz|dk|fi|gr|hk|hu|ie|il|jp|kr|lt|lv|mx|nz|pt|ro|rs|ru|se|sg|sk|tr|ua|za"
_MAIL_HOSTS: Final = (
    "aol|fastmail|gmail|gmx|googlemail|hotmail|icloud|outlook|posteo|proton|protonmail|yahoo|yandex|zoho"
)

_OPEN, _SHUT = r"[\[({<]", r"[\])}>]"
# A dot that is spelt out, or framed: "(dot)", "[.]", " dot ".
_SPELT_DOT: Final = (
    rf"(?:\s{{0,2}}+{_OPEN}\s?+(?:dot|punkt|point|\.)\s?+{_SHUT}\s{{0,2}}+|\s{{1,3}}+(?:dot|punkt|point)\s{{1,3}}+)"
)
_FRAMED_AT: Final = rf"\s{{0,2}}+{_OPEN}\s?+(?:at|ät|a|arroba|@)\s?+{_SHUT}\s{{0,2}}+"
_AT: Final = rf"(?:\s{{0,2}}+@\s{{0,2}}+|{_FRAMED_AT})"
_LABEL: Final = r"[a-z\u00df-\uffff][\w\-]*+"
_LOCAL: Final = r"(?<![\w.%+\-])[\w.%+\-]++"
_SPACED_ENDING: Final = rf"\s?+\.\s?+(?:{_SURE})\b"
# After a sign that is only in e-mail addresses, whatever looks like a name of a host is one.
_EMAIL: Final = re.compile(
    rf"{_LOCAL}{_AT}(?:[\w\-]++(?:\.{_LABEL}|{_SPELT_DOT}{_LABEL}|{_SPACED_ENDING}){{1,6}}+|(?:{_MAIL_HOSTS})\b)"
)
# After the word, only what ends as they do, or a host that is known for mail.
_SPELT_EMAIL: Final = re.compile(
    rf"{_LOCAL}\s{{1,3}}+(?:at|ät|arroba)\s{{1,3}}+(?:(?:{_MAIL_HOSTS})\b(?:(?:\.|{_SPELT_DOT}|\s\.\s)[a-z]{{2,6}}+\b)?+"
    rf"|(?!(?:{_MAIL_HOSTS})\b)[\w\-]++(?:\.[\w\-]++)*+(?:{_SPELT_DOT}(?:co{_SPELT_DOT})?+(?:{_SURE})\b))"
)
# Letters that stand apart, around a sign.
_APART_EMAIL: Final = re.compile(r"(?<!\w)(?:\w\s){2,40}+@(?:\s[\w.]){4,60}+")
# Lines and hyphens in place of blanks: "jo_at_gmail_dot_com".
_JOINED: Final = re.compile(r"[_\-](at|ät|dot|punkt|point)[_\-]")
_NETWORKS: Final = "facebook|fb|insta|instagram|linkedin|skype|snapchat|telegram|tiktok|twitter|viber|wechat|whatsapp"
# A name at one of these, or after the sign that such names begin with.
_HANDLE: Final = re.compile(
    rf"(?<![\w.@])@[a-z][\w.]{{2,40}}+|(?<!\w)(?:{_NETWORKS})\s{{0,2}}+[:=]\s{{0,2}}+@?+[\w.]{{3,40}}+"
    rf"|(?<!\w)(?:my|our|meine?|unsere?)\s(?:{_NETWORKS})\s(?:is|ist)\s@?+[\w.]{{3,40}}+"
)
_APART_LINK: Final = re.compile(r"(?<![\w@.\-])[\w\-]{3,60}+\s{1,2}+\.\s{0,2}+(?:com|net|org|info|biz)\b")
_SCHEME: Final = re.compile(
    r"(?<![a-z0-9])(?:h[tx]{2}ps?|ftp)\s?+:\s?+//\s?+[^\s<>\"']++|(?<![\w.])www\s?+\.\s?+[^\s<>\"']++"
)
_HOST: Final = re.compile(r"(?<![\w@.\-])[\w\-]++(?:\.[\w\-]++)++(?:/[^\s<>\"']*+)?+")
_ENDING: Final = re.compile(rf"\.(?:{_SURE}|{_OF_COUNTRIES})(?:/|\Z)|\.(?:{_WORDLIKE})/")
_SPELT_LINK: Final = re.compile(
    rf"(?<![\w@.\-])[\w\-]++(?:\.[\w\-]++)*+{_SPELT_DOT}(?:co{_SPELT_DOT})?+(?:{_SURE})\b(?:/[^\s<>\"']*+)?+"
)

# ---- telephone numbers

# Words of the digits from 0 on, in English and in German.
_DIGITS: Final[Mapping[str, str]] = {
    word: str(digit)
    for words in (
        "zero one two three four five six seven eight nine",
        "oh",
        "null eins zwei drei vier fünf sechs sieben acht neun",
        "null eins zwo drei vier fuenf sechs sieben acht neun",
    )
    for digit, word in enumerate(words.split())
}


def _pairs() -> Iterator[tuple[str, str]]:
    """Yield words of the numbers from 10 to 99, in English and in German, each with its two digits."""
    teens = (
        "ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen",
        "zehn elf zwölf dreizehn vierzehn fünfzehn sechzehn siebzehn achtzehn neunzehn",
    )
    for words in teens:
        yield from ((word, str(number)) for number, word in enumerate(words.split(), 10))
    english = "twenty thirty forty fifty sixty seventy eighty ninety".split()
    german = "zwanzig dreißig vierzig fünfzig sechzig siebzig achtzig neunzig".split()
    for tens, (word, wort) in enumerate(zip(english, german, strict=True), 2):
        yield from ((word, f"{tens}0"), (wort, f"{tens}0"))
        for digit, unit in enumerate("one two three four five six seven eight nine".split(), 1):
            yield from ((f"{word}{joint}{unit}", f"{tens}{digit}") for joint in ("", " ", "-"))
        for digit, unit in enumerate("ein zwei drei vier fünf sechs sieben acht neun".split(), 1):
            yield f"{unit}und{wort}", f"{tens}{digit}"


_PAIRS: Final[Mapping[str, str]] = dict(_pairs())
_SPELT: Final = "|".join(sorted([*_DIGITS, *_PAIRS], key=len, reverse=True))
_SPELT_DIGIT: Final = re.compile(_SPELT)
_REPEATED: Final[Mapping[str, int]] = {"double": 2, "doppel": 2, "triple": 3, "dreimal": 3}
# A group of digits, words of digits written apart or together, how often the next one comes, or the letter that looks
# like a zero.
_GROUP: Final = re.compile(rf"[0-9]++|(?<![^\W\d_])(?:(?:{_SPELT})++|(?:{'|'.join(_REPEATED)})|o{{1,2}})(?![^\W\d_])")
# What may stand between two groups of one number.
_BETWEEN: Final = re.compile(r"[\s.,\-/()\[\]_*~|:;+#]{0,4}")
# Between single groups, these are in numbers alone.
_ODD: Final = re.compile(r"[*_~|#\[\]\n]|\s\s|[.\-]\s|\s[.\-]")
# Fewest and most digits of a number, without its country.
_FEWEST, _MOST = 7, 15
# So many digits that stand alone, or words of digits, are a number whether or not it is in use.
_SINGLE, _WORDS = 10, 3
# Dates have as many digits as numbers have.
_DATE: Final = re.compile(
    r"(?<![\w.,/\-])(?:(?:0?[1-9]|[12][0-9]|3[01])([./\-])(?:0?[1-9]|1[0-2])\1(?:19|20)[0-9]{2}"
    r"|(?:19|20)[0-9]{2}([./\-])(?:0[1-9]|1[0-2])\2(?:0[1-9]|[12][0-9]|3[01]))(?![\w/\-]|[.,][0-9])"
)
_TRIES: Final = 100
_AROUND: Final = 3

# ---- street addresses

_STREETS: Final = (
    "alley|avenue|ave|av|boulevard|blvd|circle|cir|close|court|ct|crescent|drive|dr|gardens|highway|hwy|lane|ln|mews|"
    "parkway|pkwy|place|pl|road|rd|square|sq|street|st|terrace|ter|trail|trl|way"
)
_SIDES: Final = "north|south|east|west|n|s|e|w|ne|nw|se|sw"
_NAME: Final = r"[^\W\d_][\w'\u2019\-]{0,30}+"
# A number, one to four words, and the kind of a street; `_names_a_street` looks at the words.
_STREET: Final = re.compile(
    rf"(?<![\w.,/$€£#\-])[1-9][0-9]{{0,5}}(?:[a-z]|-[0-9]{{1,5}})?\s{{1,3}}(?P<words>(?:{_NAME}\.?\s{{1,3}}){{1,4}}?)(?P<kind>{_STREETS})\b"
    rf"(?:\.?\s{{1,2}}(?:{_SIDES})\b)?(?:\.?,?\s{{1,2}}(?:apt|apartment|suite|unit|flat|\#)\.?\s?[\w\-]{{1,6}})?"
)
_CUE: Final = re.compile(r"(?:address|adresse|live|lives|living|located|house|home)\b[^.!?\n]{0,12}\Z")
_NO_NAME: Final = frozenset(
    (
        "a all an and any are at bags bars boxes by cm coats cubic days each feet few foot for from ft "
        "gallons hour hours in inch inches is kg km layers lb lbs liters litres m m2 meter meters metre "
        "metres mile miles min minute minutes mm month months more new of off on or other pairs people per "
        "pieces pounds rooms rows sq square steps the these those times to tonnes tons units week weeks with "
        "x yard yards year years"
    ).split()
)
_GERMAN_ENDS: Final = "(?:(?<=straße)|(?<=strasse)|(?<=gasse)|(?<=allee)|(?<=platz)|(?<=weg)|(?<=str[.]))"
_GERMAN: Final = re.compile(
    rf"(?<![\w\-])(?:[^\W\d_]{{2,20}}+\s(?=stra(?:ß|ss)e))?+[^\W\d_][\w\-]{{3,40}}+\.?+{_GERMAN_ENDS}"
    r"\s?[1-9][0-9]{0,3}+(?:\s?[a-h](?!\w))?+(?!\s?(?:[\w.,/]{0,5}\d|min|km|m\b|mm|cm|x\b|tag|stund))"
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


def _found(folded: _Folded, region: str) -> Iterator[tuple[ContactKind, int, int]]:
    """Yield each contact detail with the places where it begins and ends in the folded text."""
    text = folded.text
    # As long as the text, so that all places stay.
    apart = _JOINED.sub(lambda word: f" {word[1]} ", text)
    for pattern, searched in ((_EMAIL, text), (_SPELT_EMAIL, text), (_SPELT_EMAIL, apart), (_APART_EMAIL, text)):
        for match in pattern.finditer(searched):
            yield ContactKind.EMAIL, *match.span()
    for pattern in (_SCHEME, _SPELT_LINK, _APART_LINK, _HANDLE):
        for match in pattern.finditer(text):
            yield ContactKind.LINK, *match.span()
    for match in _HOST.finditer(text):
        host = match[0].rstrip(".-")
        if _ENDING.search(host):
            yield ContactKind.LINK, match.start(), match.start() + len(host)
    yield from ((ContactKind.PHONE, start, end) for start, end in _numbers(text, region))
    yield from ((ContactKind.ADDRESS, start, end) for start, end in _streets(folded, region))


def _numbers(text: str, region: str) -> Iterator[tuple[int, int]]:
    """Yield the telephone numbers: those that the matcher knows, and those whose digits are spelt out or apart."""
    text = _DATE.sub(lambda date: "x" * len(date[0]), text)
    run: list[re.Match[str]] = []
    for group in _GROUP.finditer(text):
        if run and not _BETWEEN.fullmatch(text, run[-1].end(), group.start()):
            yield from _numbers_of(text, run, region)
            run = []
        run.append(group)
    if run:
        yield from _numbers_of(text, run, region)


def _numbers_of(text: str, run: Sequence[re.Match[str]], region: str) -> Iterator[tuple[int, int]]:
    """Yield the numbers in one run of groups, with little between each two."""
    digits = list(_digits_in(run))
    whole = "".join(digits)
    if len(whole) < _FEWEST:
        return
    start, end = run[0].start(), run[-1].end()
    spelt = [word for group in run if group[0][0].isalpha() for word in _SPELT_DIGIT.findall(group[0])]
    words = sum(word in _DIGITS for word in spelt)
    if words < len(spelt):
        # Sizes and years are spelt so as well: only what is dialled is a number.
        if (whole[0] == "0" or region == _DEFAULT_REGION) and len(whole) <= _MOST and _is_number(whole, region):
            yield start, end
        return
    is_single = all(len(group) == 1 for group in digits)
    if words >= _WORDS or (is_single and len(digits) >= _SINGLE):
        yield start, end
        return
    spaces = [text[before.end() : after.start()] for before, after in pairwise(run)]
    is_odd = is_single or any(group[0][0].isalpha() for group in run) or any(map(_ODD.search, spaces))
    if is_odd and len(whole) <= _MOST and _is_number(whole, region):
        yield start, end
        return
    # What stands around it tells a number from a price, and has the sign of a country.
    first = max(0, start - _AROUND)
    around = text[first : end + _AROUND]
    for match in PhoneNumberMatcher(around, region, leniency=Leniency.VALID, max_tries=_TRIES):
        yield first + match.start, first + match.end


def _digits_in(run: Sequence[re.Match[str]]) -> Iterator[str]:
    """Yield the digits of each group, as often as a word before it says."""
    times = 1
    for group in run:
        if group[0] in _REPEATED:
            times = _REPEATED[group[0]]
        else:
            yield _digits_of(group[0]) * times
            times = 1


def _digits_of(group: str) -> str:
    if group[0].isdecimal():
        return group
    return _SPELT_DIGIT.sub(lambda found: _DIGITS.get(found[0]) or _PAIRS[found[0]], group).replace("o", "0")


def _is_number(digits: str, region: str) -> bool:
    try:
        return is_valid_number(parse(f"+{digits[2:]}" if digits.startswith("00") else digits, region))
    except NumberParseException:
        return False


def _streets(folded: _Folded, region: str) -> Iterator[tuple[int, int]]:
    for match in _STREET.finditer(folded.text):
        if _names_a_street(folded, match):
            yield match.span()
    patterns = [_GERMAN, _ROMANCE, _BOX]
    for pattern in patterns:
        for match in pattern.finditer(folded.text):
            yield match.span()
    for match in _ZIP.finditer(folded.text):
        # "or 12345 of them" is no state.
        if folded.written(*match.span())[:2].isupper():
            yield match.span()
    if region == "GB":
        for match in _POSTCODE.finditer(folded.text):
            yield match.span()


def _names_a_street(folded: _Folded, match: re.Match[str]) -> bool:
    """Return whether the words are a name: with capitals as names have, or after a word that announces an address."""
    words = match["words"].split()
    if any(word.rstrip(".") in _NO_NAME for word in words):
        return False
    named = folded.written(match.start("words"), match.end("words")).split()
    has_capitals = named[-1][:1].isupper() and folded.written(match.start("kind"), match.end("kind"))[:1].isupper()
    return has_capitals or _CUE.search(folded.text, max(0, match.start() - 24), match.start()) is not None
