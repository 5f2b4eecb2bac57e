"""Service that masks contact details in a text: addresses of all kinds and telephone numbers, however they are spelt.

A text is folded first. Each rule then reads the folded text once: no quantifier of a pattern can give back what it has
taken (possessive), or it is bounded by a small number, so that the time grows with the length alone.
"""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from impl.marketplace.capabilities.dialled_numbers.service import numbers
from impl.marketplace.capabilities.folded_texts.service import Folded, fold, with_letters
from impl.marketplace.capabilities.street_addresses.service import streets

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
    """A text with masked contact details, and the kinds that were found."""

    text: str
    kinds: Sequence[ContactKind]


def mask(text: str, regions: str | None) -> Masked:
    """Return the text with a star for each character of a contact detail; numbers are read as in each of the regions.

    These are the countries of the property and of the business, divided by blanks: one who chooses their own as they
    like hides no number that is read as in the other. None where none is known any more.
    """
    folded = fold(text)
    stars = [False] * len(text)
    kinds: dict[ContactKind, None] = {}
    for kind, start, end in _found(folded, dict.fromkeys((regions or "").split()) or (_DEFAULT_REGION,)):
        # To the end of a character that is read as several, of which the detail may have some, and of its marks.
        places = range(folded.origins[start], max(folded.origins[end], folded.origins[end - 1] + 1))
        # The host of an e-mail address is no link besides.
        if not all(stars[place] for place in places):
            kinds[kind] = None
        for place in places:
            stars[place] = True
    if not kinds:
        return Masked(text, ())
    return Masked("".join(_STAR if star else one for one, star in zip(text, stars, strict=True)), tuple(kinds))


# ---- e-mail addresses and links

# Endings of names that are no words: these are known even when the dot is spelt out.
_SURE: Final = (
    "app|berlin|biz|ch|co|com|de|dev|edu|eu|fr|gov|info|io|ly|net|nl|online|org|pl|shop|site|store|tech|uk|website|xyz"
)
# Endings that are words as well: "It drips.It stops" is no address, "t.me/name" is one.
_WORDLIKE: Final = "ai|at|be|cc|es|gg|gl|in|is|it|me|no|so|to|tv|us|ws"
_OF_TRADES: Final = "builders|contractors|plumbing|pro|services|solutions"
_OF_COUNTRIES: Final = "ar|au|br|ca|cl|cn|cz|dk|fi|gr|hk|hu|ie|il|jp|kr|lt|lv|mx|nz|pt|ro|rs|ru|se|sg|sk|tr|ua|za"
_MAIL_HOSTS: Final = (
    "aol|fastmail|gmail|gmx|googlemail|hotmail|icloud|outlook|posteo|proton|protonmail|yahoo|yandex|zoho"
)

# Names of these that are two words, or no others.
_MAIL_NAMES: Final = r"gmail|google\s?mail|g[\s\-]mail|hot\s?mail|proton\s?mail"

_OPEN, _SHUT = r"[\[({<*]", r"[\])}>*]"
_DOT: Final = r"(?:dot|d\so\st|punkt|punto|point|period)"
# A dot that is spelt out, or framed: "(dot)", "[.]", " dot ".
_SPELT_DOT: Final = rf"(?:\s{{0,2}}+{_OPEN}\s?+(?:{_DOT}|\.)\s?+{_SHUT}\s{{0,2}}+|\s{{1,3}}+{_DOT}\s{{1,3}}+)"
_FRAMED_AT: Final = rf"\s{{0,2}}+{_OPEN}\s?+(?:at|ät|a|arroba|@)\s?+{_SHUT}\s{{0,2}}+"
_AT: Final = rf"(?:\s{{0,2}}+@\s{{0,2}}+|{_FRAMED_AT})"
_LABEL: Final = r"[a-z\u00df-\uffff][\w\-]*+"
_LOCAL: Final = r"(?<![\w.%+\-])[\w.%+\-]++"
_SPACED_ENDING: Final = rf"\s?+\.\s?+(?:{_SURE})\b"
# Another sign, or none, in place of the dot.
_ODD_ENDING: Final = rf"(?:[,;](?:{_SURE})|\s?+[,;]?\s?+com)\b"
# After a sign that is only in e-mail addresses, whatever looks like a name of a host is one.
_EMAIL: Final = re.compile(
    rf"{_LOCAL}{_AT}(?:[\w\-]++(?:\.{_LABEL}|{_SPELT_DOT}{_LABEL}|{_SPACED_ENDING}|{_ODD_ENDING}){{1,6}}+|(?:{_MAIL_HOSTS})\b)"
)
# After the word, only what ends as they do, or a host that is known for mail.
_SPELT_EMAIL: Final = re.compile(
    rf"{_LOCAL}\s{{1,3}}+(?:at|ät|arroba)\s{{1,3}}+(?:"
    rf"(?:(?:the|my|dem|der)\s)?+(?:{_MAIL_NAMES})\b(?:(?:{_SPELT_DOT}|\s?+[.,]?\s?+)(?:com|de|net)\b)?+"
    rf"|(?:{_MAIL_HOSTS})\b(?:(?:\.|{_SPELT_DOT}|\s\.\s)[a-z]{{2,6}}+\b)?+"
    rf"|(?!(?:{_MAIL_HOSTS})\b)[\w\-]++(?:\.[\w\-]++)*+(?:{_SPELT_DOT}(?:co{_SPELT_DOT})?+(?:{_SURE}|c\so\sm)\b))"
)
# Without any sign: "bob gmail com", and a name with the sign and a blank before a host that is named otherwise.
_BARE_EMAIL: Final = re.compile(
    rf"{_LOCAL}(?:\s{{1,2}}+|\s?+@\s?+)(?:{_MAIL_NAMES}|yahoo|gmx|icloud|outlook)[ .,]{{1,2}}+(?:com|de|net|org)\b"
)
# Written from its end on.
_BACKWARDS_EMAIL: Final = re.compile(r"(?<![\w.])(?:moc|ed|ten|gro|ku)\.[\w\-]{2,60}+@[\w.%+\-]++")
_BACKWARDS_LINK: Final = re.compile(r"(?<![\w@.\-])moc\.[a-z0-9\-]{2,60}+(?:\.www)?+")
# Letters that stand apart, before and after a sign.
_APART_HOST: Final = re.compile(r"@(?:\s[\w.]){4,60}+")
_APART_NAME: Final = re.compile(r"(?<!\w)(?:\w\s){2,40}+\Z")
_APART_LENGTH: Final = 80
# Lines and hyphens in place of blanks: "jo_at_gmail_dot_com".
_JOINED: Final = re.compile(r"[_\-](at|ät|dot|punkt|point)[_\-]")

_NETWORKS: Final = (
    "discord|facebook|fb|ig|insta|instagram|kik|linkedin|skype|snapchat|telegram|threema|tiktok|twitter|viber|wechat|whatsapp|"
    "gmail|googlemail|hotmail|icloud|gmx"
)
# Words as well, after which only what cannot be a word is a name.
_MESSENGERS: Final = f"{_NETWORKS}|signal|messenger|reddit|snap|youtube|xing|tg"
_USER: Final = r"@?+(?P<user>[\w.\-]{3,40}+(?:#[0-9]{4})?)"
# After the sign that such names begin with, or the name of a network and a sign.
_HANDLE: Final = re.compile(
    rf"(?<![\w.@])@[a-z][\w.]{{2,40}}+|(?<!\w)(?:{_NETWORKS})\s{{0,2}}+[:=]\s{{0,2}}+@?+[\w.\-]{{3,40}}+"
    rf"|(?<!\w)(?:my|our|meine?|unsere?)\s(?:{_NETWORKS})\s(?:(?:name|handle|account|user)\s)?(?:is|ist|lautet)\s@?+[\w.\-]{{3,40}}+"
    rf"|(?<!\w)(?:find|add|follow|message|dm|text|ping|finde|adde)\s(?:me|us|mich|uns)\s(?:on|at|in|via|bei|auf|über)\s(?:{_NETWORKS})"
    r"\s(?:as|under|at|by|als|unter)\s@?+[\w.\-]{3,40}+"
)
# Beside the name of a messenger: names with a digit or a sign in them, which no word has.
_NAMED: Final = re.compile(
    rf"(?<!\w)(?:{_MESSENGERS})(?:\s(?:me|us|mich|uns))?(?:\s?[:=]|\s(?:is|ist|at|under|unter|as|als|by|name|handle|id|user|account))?\s{{1,2}}{_USER}"
)
_NAME_AT: Final = re.compile(rf"(?<![\w.@\-]){_USER}\s(?:on|at|via|over|bei|auf|über)\s(?:{_MESSENGERS})\b")
_APART_LINK: Final = re.compile(
    r"(?<![\w@.\-])[\w\-]{3,60}+(?:\s{1,2}+\.\s{0,2}+(?:com|net|org|info|biz)\b|[,;]com\b|\s?+\.\s?+c\so\sm\b)"
)
_SCHEME: Final = re.compile(
    r"(?<![a-z0-9])(?:h[tx*]{2}ps?|ftp)\s?+[\[(]?+:[\])]?+\s?+//\s?+[^\s<>\"']++|(?<![\w.])www\s?+\.\s?+[^\s<>\"']++"
    r"|(?<![\w.])www\s[\w\-]{3,60}+\s(?:com|net|org|de)\b"
)
_HOST: Final = re.compile(r"(?<![\w@.\-])[\w\-]++(?:\.[\w\-]++)++(?:/[^\s<>\"']*+)?+")
_ENDING: Final = re.compile(rf"\.(?:{_SURE}|{_OF_COUNTRIES}|{_OF_TRADES})(?:/|\Z)|\.(?:{_WORDLIKE})/")
_SPELT_LINK: Final = re.compile(
    rf"(?<![\w@.\-])[\w\-]++(?:\.[\w\-]++)*+{_SPELT_DOT}(?:(?:co{_SPELT_DOT})?+(?:{_SURE}|c\so\sm)\b(?:/[^\s<>\"']*+)?+"
    rf"|(?:{_WORDLIKE})\s?+(?:slash\s|/)\s?+[^\s<>\"']++)"
)


# Whether a rule reads the text with letters for the digits in words.
_RULES: Final = (
    (ContactKind.EMAIL, _EMAIL, False),
    (ContactKind.EMAIL, _SPELT_EMAIL, False),
    (ContactKind.EMAIL, _SPELT_EMAIL, True),
    (ContactKind.EMAIL, _BARE_EMAIL, False),
    (ContactKind.EMAIL, _BACKWARDS_EMAIL, False),
    (ContactKind.LINK, _SCHEME, False),
    (ContactKind.LINK, _SPELT_LINK, False),
    (ContactKind.LINK, _SPELT_LINK, True),
    (ContactKind.LINK, _APART_LINK, False),
    (ContactKind.LINK, _BACKWARDS_LINK, False),
    (ContactKind.LINK, _HANDLE, False),
)


def _found(folded: Folded, regions: Collection[str]) -> Iterator[tuple[ContactKind, int, int]]:
    """Yield each contact detail with the places where it begins and ends in the folded text."""
    text = folded.text
    # As long as the text, so that all places stay.
    read = with_letters(_JOINED.sub(lambda word: f" {word[1]} ", text))
    for kind, pattern, is_read in _RULES:
        for match in pattern.finditer(read if is_read else text):
            yield kind, *match.span()
    yield from ((ContactKind.EMAIL, start, end) for start, end in _apart(text))
    for pattern in (_NAMED, _NAME_AT):
        for match in pattern.finditer(text):
            if _is_no_word(match["user"]):
                yield ContactKind.LINK, *match.span()
    for match in _HOST.finditer(text):
        host = match[0].rstrip(".-")
        if _ENDING.search(host):
            yield ContactKind.LINK, match.start(), match.start() + len(host)
    for region in regions:
        yield from ((ContactKind.PHONE, start, end) for start, end in numbers(text, region))
        yield from ((ContactKind.ADDRESS, start, end) for start, end in streets(folded, region))


def _apart(text: str) -> Iterator[tuple[int, int]]:
    """Yield e-mail addresses whose letters are divided by spaces."""
    for host in _APART_HOST.finditer(text):
        name = _APART_NAME.search(text, host.start() - _APART_LENGTH, host.start())
        if name is not None:
            yield name.start(), host.end()


def _is_no_word(name: str) -> bool:
    """Return whether a name contains what words do not: a digit, an underscore or a dot."""
    inner = name.rstrip(".-")
    return any(map(str.isalpha, inner)) and any(sign.isdecimal() or sign in "_.#" for sign in inner)
