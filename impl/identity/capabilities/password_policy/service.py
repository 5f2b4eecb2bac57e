"""Password policy: refuses short, simple, common and breached passwords, and those that contain personal details."""

import re
import unicodedata
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

from impl.identity.capabilities.password_policy.errors import WeakPassword
from openapi.runtime.wire import FieldError

PRODUCT: Final = "hestami"
_MIN: Final = 8
_MAX: Final = 128
# Shorter names occur in too many harmless words.
_MIN_NAME: Final = 3
_MIN_RUN: Final = 3
_FEW_DIGITS: Final = 4
_FEW_OTHERS: Final = 3
_ROOTS: Final = Path(__file__).with_name("common.txt")
# Substitutions by which people disguise a word.
_LEET: Final = str.maketrans({"0": "o", "1": "i", "3": "e", "4": "a", "5": "s", "7": "t", "@": "a", "$": "s", "!": "i"})
_LEET_L: Final = str.maketrans({"1": "l", "!": "l"})
_RUNS: Final = (
    "abcdefghijklmnopqrstuvwxyz",
    "0123456789012345678901234567890",
    "1234567890",
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "qwertzuiop",
    "yxcvbnm",
    "azertyuiop",
    "qsdfghjklm",
    "wxcvbn",
    "qazwsxedcrfvtgbyhnujmikolp",
)
_LETTERS: Final = re.compile(r"[^\W\d_]+")
_EDGES: Final = re.compile(r"^[\W\d_]+|[\W\d_]+$")
_SIGNS: Final = re.compile(r"[\W_]+")


class PasswordPolicy:
    """Checks a new password against every rule of the policy.

    The contract demands length, a letter and a digit as well; checking them here covers callers that do not come over
    HTTP.
    """

    def check(self, password: str, *, email: str, username: str | None, pointer: str) -> None:
        """Raise WeakPassword with a code for each reason, so that a form can say what to change."""
        codes = [*_form(password), *_content(password, email, username)]
        if codes:
            raise WeakPassword(errors=[FieldError(code, _DETAILS[code], pointer=pointer) for code in codes])


_DETAILS: Final = {
    "too_short": "At least 8 characters are needed.",
    "too_long": "No more than 128 characters are taken.",
    "password_without_letter": "At least one letter is needed.",
    "password_without_digit": "At least one digit is needed.",
    "password_common": "This is one of the passwords that are tried first. Take several unrelated words, for example.",
    "password_contains_email": "It contains the name of the e-mail address.",
    "password_contains_username": "It contains the username.",
    "password_contains_product": "It contains the name of this service.",
}


def _form(password: str) -> Iterator[str]:
    if len(password) < _MIN:
        yield "too_short"
    if len(password) > _MAX:
        yield "too_long"
    if not any(character.isalpha() for character in password):
        yield "password_without_letter"
    if not any(character in "0123456789" for character in password):
        yield "password_without_digit"


def _content(password: str, email: str, username: str | None) -> Iterator[str]:
    folded = _fold(password)
    if _is_common(folded):
        yield "password_common"
    if _contains(folded, email.rpartition("@")[0]):
        yield "password_contains_email"
    if username is not None and _contains(folded, username):
        yield "password_contains_username"
    if _contains(folded, PRODUCT):
        yield "password_contains_product"


def _fold(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


def _contains(password: str, name: str) -> bool:
    """Return whether the password contains the name, with or without dots, hyphens and the like."""
    name = _fold(name)
    plain = _SIGNS.sub("", name)
    if len(plain) < _MIN_NAME:
        return False
    return name in password or plain in _SIGNS.sub("", password)


def _is_common(password: str) -> bool:
    """Return whether it is little more than a listed word, a run of keys or a repetition, with some digits."""
    digits = "".join(character for character in password if character.isdecimal())
    is_counted = _is_run(_unit(digits)) or len(set(digits)) <= 2
    if len(digits) > _FEW_DIGITS:
        if not is_counted:
            return False
        if len(password) - len(digits) <= _FEW_OTHERS:
            return True
    return any(_is_plain(core) for core in _cores(password))


def _cores(password: str) -> Iterator[str]:
    """Return what may be meant: its letters, if they prevail, and its signs and digits read as letters."""
    inner = _EDGES.sub("", password)
    letters = "".join(_LETTERS.findall(password))
    if len(letters) * 2 >= len(password):
        yield letters
    for form in (password, inner, *(_SIGNS.sub("", part) for part in (password, inner))):
        yield form
        for spelt in (form.translate(_LEET), form.translate(_LEET_L).translate(_LEET)):
            yield spelt
            yield _EDGES.sub("", spelt)


def _is_plain(core: str) -> bool:
    unit = _unit(core)
    return unit in _roots() or _is_run(unit) or (len(core) > _FEW_OTHERS and len(set(core)) <= 2)


def _is_run(text: str) -> bool:
    if len(text) < _MIN_RUN:
        return False
    return any(text in run or text[::-1] in run for run in _RUNS)


def _unit(text: str) -> str:
    """Return the part that a text repeats: where it occurs in its own double before the end."""
    return text[: (text + text).index(text, 1)] if text else text


@cache
def _roots() -> frozenset[str]:
    return frozenset(_ROOTS.read_text("utf-8").split())
