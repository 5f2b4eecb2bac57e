"""The password policy refuses weak passwords and accepts good ones."""

from __future__ import annotations

import pytest

from impl.identity.capabilities.password_policy.errors import WeakPassword
from impl.identity.capabilities.password_policy.service import PasswordPolicy

EMAIL = "john.smith+work@example.com"

# The heads of the lists of leaked passwords, and what people make of them when they are told to add a digit.
COMMON = """
password1 Password1! passw0rd P@ssw0rd1 p@$$w0rd99 pa55word passwordpassword1 password2026 1password qwerty123
qwerty12345 Qwertz123 azerty123 qwertyuiop1 1q2w3e4r 1q2w3e4r5t q1w2e3r4 1qaz2wsx zaq12wsx qazwsx123 asdf1234
asdfghjkl1 zxcvbnm1 123qweasd qwe123qwe abc12345 abcd1234 abcdefgh1 a1b2c3d4 1a2b3c4d 123abc123 a1234567 a123456789
123456789a aa123456 00000000a 11111111a aaaaaaa1 abababab1 iloveyou1 iloveyou2 letmein1 welcome1 Welcome2026!
monkey123 dragon123 football1 baseball1 superman1 trustno1 starwars1 pokemon123 liverpool1 michael1 nicole123 jordan23
charlie1 ashley12 summer2026 Winter2025! Monday2026! admin123 Admin@123 test1234 changeme1 default1 computer1 samsung1
freedom1 whatever1 hello123 ginger12 blink182 s3cret99 l3tm3in1 dr4g0n12 homeowner1 qqqqqqqq71 wqqwwqwq71
hgfedcba1 zyxwvuts1 poiuytrewq1 lkjhgfdsa1 mnbvcxz1 87654321a 987654321aaa cbacbacba1 xkz58858885
"""

GOOD = [
    "Copper-Kettle-58",
    "Maple-Street-42",
    "harbor lantern 42",
    "correct horse 7 battery",
    "kT9!vmQe2x",
    "kT9!vmQe",
    "kT9!vmQe" * 16,
    "x7#Pq2-vL",
    "cat83917462x",
    "xkzq58858885",
    "?!#%aba9",
    "пароль-из-слов-9",
    "長い秘密の言葉12",
    "7 Zwölf Boxkämpfer",
    " spaces count 1 ",
]


def codes(password: str, *, email: str = EMAIL, username: str | None = "the_plumber") -> list[str]:
    try:
        PasswordPolicy().check(password, email=email, username=username, pointer="/password")
    except WeakPassword as weak:
        return [error.code for error in weak.errors]
    return []


@pytest.mark.parametrize("password", COMMON.split())
def test_common_and_breached_ones(password: str) -> None:
    assert codes(password) == ["password_common"]


@pytest.mark.parametrize("password", GOOD)
def test_good_ones(password: str) -> None:
    assert codes(password) == []


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("john.smith+work-9-x", "password_contains_email"),
        ("9-JOHNSMITHWORK-boat", "password_contains_email"),
        ("boat-the_plumber-9", "password_contains_username"),
        ("boat-ThePlumber-9", "password_contains_username"),
        ("boat-9-HESTAMI", "password_contains_product"),
        ("boat-9-h.e.s.t.a.m.i", "password_contains_product"),
        ("\uff48\uff45\uff53\uff54\uff41\uff4d\uff49-boat-9", "password_contains_product"),
        ("kT9!vmQ", "too_short"),
        ("kT9!vmQe" * 16 + "2", "too_long"),
        ("83917462-5512", "password_without_letter"),
        ("boat-kettle-lantern", "password_without_digit"),
        ("boat-kettle-lantern-٣", "password_without_digit"),
    ],
)
def test_guessable_passwords(password: str, code: str) -> None:
    assert codes(password) == [code]


def test_all_reasons_are_told_at_once() -> None:
    assert codes("hestami1", email="hestami1@example.com", username="hestami") == [
        "password_contains_email",
        "password_contains_username",
        "password_contains_product",
    ]


def test_the_shortest_name_that_counts_has_three_letters() -> None:
    assert codes("boat-amy-kettle-9", email="amy@example.com", username=None) == ["password_contains_email"]
    assert codes("boat-amy-kettle-9", username="a.m.y") == ["password_contains_username"]


@pytest.mark.parametrize("email", ["j@example.com", "jo@example.com", "a.b@example.com"])
def test_short_names_stand_in_too_many_words(email: str) -> None:
    assert codes("boat-jo-a.b-kettle-9", email=email, username=None) == []
