"""Every mail has its texts in each language or in English."""

from __future__ import annotations

import re
import shutil
from datetime import UTC, date, datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import override
from urllib.parse import urlsplit

import pytest
from jinja2 import Environment, meta

from impl.identity.capabilities.letters import service as letters
from impl.identity.capabilities.letters.service import Texts, languages_of
from impl.identity.capabilities.mails import service
from impl.identity.capabilities.mails.tables import MailKind
from impl.marketplace.capabilities.notices.service import title_of
from tests.architecture.sources import name_of
from tests.harness.databases import ROOT

FOLDER = Path(service.__file__).with_name("templates")
LAYOUTS = Path(letters.__file__).with_name("templates")
LANGUAGES = sorted(folder.name for folder in FOLDER.iterdir())
# Of all domains; the layout and the words of reasons are parts of others.
TEMPLATES = sorted(
    path for path in (ROOT / "impl").glob("*/**/templates/*/*.txt") if path.stem not in {"layout", "reasons", "words"}
)
VALUES = {
    "email": "ann&bob@example.test",
    "link": "https://app.hestami.test/somewhere#one-time-token",
    "until": datetime(2026, 3, 9, 17, 30, tzinfo=UTC),
    "at": datetime(2026, 2, 14, 8, 5, tzinfo=UTC),
    "address": "2001:db8::1",
    "minutes": 60,
    "forgotten": "https://app.hestami.test/forgot-password",
    "support": "support@hestami.test",
    "name": "Rose City Plumbing",
    "note": "Please say what is included.",
    "reason": "INCOMPLETE",
    "decline_reason": "NO_CAPACITY",
    "quote_reason": "PRICE",
    "id": "1",
    "inquiry_id": "1",
    "business": "Rose City Plumbing",
    "category": "Plumbing",
    "others": 2,
    "title": "Leaking tap repaired",
    "upheld": True,
    "taken_down": "SERVICE",
    "subject_kind": "PHOTO",
    "kind": "LICENCE",
    "number": "CCB 1000",
    "authority": "Construction Contractors Board",
    "ends": date(2026, 3, 9),
    "statement": "The price was not the one that is shown.",
    "text": "Quiet again, & on time.",
    "search": "Plumbers nearby",
    "total": 12,
    "capped": False,
    "rest": 11,
    "services": [{"id": "1", "title": "Drains", "business_name": "Rose City", "category_name": "Plumbing"}],
    "letter": "cancelled",
    "reader": "PROVIDER",
    "by_homeowner": False,
    "url": "https://erp.example.com/hestami",
    "description": "Our books",
    "is_gone": False,
    "events": {"QUOTE_RECEIVED": 2},
    "title_of": title_of,
    "no_more": "https://app.hestami.test/unsubscribe#another-token",
    "words": "The water is off.",
    "cancel_reason": "CANNOT_KEEP_TIME",
    "end_reason": "INQUIRY_WITHDRAWN",
    "starts_at": datetime(2026, 3, 14, 9, 0, tzinfo=UTC),
    "completes_at": datetime(2026, 3, 28, 9, 0, tzinfo=UTC),
    "app_url": "https://app.hestami.test",
    "unsubscribe": "https://app.hestami.test/unsubscribe#one-time-token",
}
# Of the trade; other mails may be in English alone.
NOTICES = sorted((ROOT / "impl/marketplace").glob("**/templates"))
_ADDRESS = re.compile(r"https?://[^\s<>\"]+")
_LOADING = ("src", "srcset", "background", "poster", "data", "action", "xlink:href")


class Page(HTMLParser):
    """Links, resources and elements of a mail's HTML."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.loaded: list[str] = []
        self.tags: set[str] = set()
        self.feed(html)

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        given = {name: value or "" for name, value in attrs}
        if tag == "a":
            self.links.append(given["href"])
        self.loaded += [given[name] for name in _LOADING if name in given]
        self.loaded += re.findall(r"url\([^)]*\)|@import[^;]*", given.get("style", ""))


@pytest.mark.parametrize("kind", MailKind)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_language_is_complete(language: str, kind: MailKind) -> None:
    text, html = (FOLDER / language / f"{kind.value.lower()}{suffix}" for suffix in (".txt", ".html"))

    assert text.read_text(encoding="utf-8").startswith('{% set subject = "'), "its first line is its subject"
    assert html.is_file()
    assert language == language.lower()


@pytest.mark.parametrize("template", TEMPLATES, ids=name_of)
def test_both_forms_say_the_same_and_load_nothing(template: Path) -> None:
    language = template.parent.name
    text = Texts(template.parents[1]).write(template.stem, language, VALUES)
    page = Page(text.html)

    assert 0 < len(text.subject) <= 78
    assert "\n" not in text.subject
    assert f"<title>{text.subject}</title>" in text.html
    assert f'<html lang="{language}">' in text.html
    in_plain = _ADDRESS.findall(text.plain)
    assert set(in_plain) == {link for link in page.links if not link.startswith("mailto:")}
    assert ("support@hestami.test" in text.plain) == ("mailto:support@hestami.test" in page.links)
    assert {urlsplit(link).netloc for link in in_plain} <= {"app.hestami.test"}, "a mail leads to the application alone"
    assert page.loaded == []
    assert page.tags.isdisjoint({"link", "img", "script", "style", "iframe", "object", "embed", "form", "base", "svg"})
    assert "ann&bob@example.test" in text.plain
    assert "ann&amp;bob@example.test" in text.html
    assert len(text.plain.splitlines()[0]) > 0, "the subject's line leaves nothing behind"
    stated = f"{VALUES['statement']}\n"
    assert text.plain.count(stated) == text.plain.count(f"{stated}\n"), "a paragraph ends with an empty line"


# Of whatever people write on one line, and on several.
_LINE = "<img src=https://evil.test/1 onerror=a()>\"'><a href=https://evil.test>{{ 7 * 191 }}</a> =?utf-8?q?=0A?="
_LINES = "Fine.\n\nHestami\r\nYour account is closed:\u2028https://evil.test/sign-in\n<script>a()</script>"
_ON_A_LINE = ("title", "business", "name", "category", "search", "description", "number", "authority")
_BY_THE_OTHER_PARTY = {"inquiries", "quotes", "jobs", "reviews"}


@pytest.mark.parametrize("template", TEMPLATES, ids=name_of)
def test_what_people_write_is_never_ours(template: Path) -> None:
    written = {**dict.fromkeys(_ON_A_LINE, _LINE), **dict.fromkeys(("note", "words", "text"), _LINES)}
    service = {"id": "1", "title": _LINE, "business_name": _LINE, "category_name": _LINE}
    values = {**VALUES, **written, "services": [service]}
    text = Texts(template.parents[1]).write(template.stem, template.parent.name, values)
    page = Page(text.html)

    assert page.tags.isdisjoint({"img", "script"})
    assert page.loaded == []
    assert not any("evil.test" in link for link in page.links)
    assert "\n" not in text.subject
    assert str(7 * 191) not in f"{text.subject}{text.plain}{text.html}", "nothing of it is a template"
    if template.parents[2].name in _BY_THE_OTHER_PARTY:
        own = [line for line in text.plain.splitlines() if not line.startswith("> ")]
        assert not any(line.startswith(("https://evil.test", "Your account is closed")) for line in own)
        assert own.count("Hestami") == 1, "nobody else signs for us"


@pytest.mark.parametrize("folder", NOTICES, ids=name_of)
def test_what_people_are_notified_of_is_told_in_english_and_german(folder: Path) -> None:
    """With the same values, calls and words of reasons in both."""
    english, german = (
        {path.name: path.read_text(encoding="utf-8") for path in (folder / one).iterdir()} for one in ("en", "de")
    )

    assert set(german) == set(english)
    assert {name: names_in(text) for name, text in german.items()} == {
        name: names_in(text) for name, text in english.items()
    }


def names_in(text: str) -> set[str]:
    """Return what a template takes from its values, and the codes that its words have."""
    environment = Environment(autoescape=True)
    environment.filters["quoted"] = str
    return meta.find_undeclared_variables(environment.parse(text)) | set(re.findall(r'"([A-Z_]+)"', text))


def test_english_is_there() -> None:
    assert "en" in LANGUAGES


@pytest.mark.parametrize(
    ("locale", "languages"),
    [
        ("en", ["en"]),
        ("en-US", ["en-us", "en"]),
        ("de-Latn-CH", ["de-latn-ch", "de-latn", "de", "en"]),
        ("pt-br", ["pt-br", "pt", "en"]),
    ],
)
def test_the_nearest_language_is_looked_for_first(locale: str, languages: list[str]) -> None:
    assert languages_of(locale) == languages


@pytest.fixture
def two_languages(tmp_path: Path) -> Path:
    """Return a folder with English, and German for one mail and for half of another."""
    shutil.copytree(FOLDER / "en", tmp_path / "en")
    german = tmp_path / "de"
    german.mkdir()
    layout = (LAYOUTS / "en" / "layout.html").read_text(encoding="utf-8").replace('lang="en"', 'lang="de"')
    (german / "layout.html").write_text(layout, encoding="utf-8")
    subject = '{% set subject = "Bestätigen Sie Ihre Adresse" %}\n'
    (german / "verify_email.txt").write_text(subject + "Grüße, {{ link }}\n", encoding="utf-8")
    page = '{% extends "de/layout.html" %}{% block content %}Grüße, {{ link }}{% endblock %}'
    (german / "verify_email.html").write_text(page, encoding="utf-8")
    (german / "reset_password.txt").write_text(subject, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("locale", ["de", "de-ch", "DE-Latn-CH"])
def test_who_speaks_a_second_language_is_written_to_in_it(two_languages: Path, locale: str) -> None:
    text = Texts(two_languages).write(MailKind.VERIFY_EMAIL, locale, VALUES)

    assert text.subject == "Bestätigen Sie Ihre Adresse"
    assert text.plain == f"Grüße, {VALUES['link']}\n"
    assert "Grüße" in text.html
    assert '<html lang="de">' in text.html


@pytest.mark.parametrize(
    ("kind", "locale"),
    [
        (MailKind.PASSWORD_CHANGED, "de"),  # which nobody has translated yet
        (MailKind.RESET_PASSWORD, "de-ch"),  # of which only half is there
        (MailKind.VERIFY_EMAIL, "fr"),
        (MailKind.VERIFY_EMAIL, "dev"),
    ],
)
def test_whose_language_is_missing_reads_all_of_it_in_english(two_languages: Path, kind: MailKind, locale: str) -> None:
    assert Texts(two_languages).write(kind, locale, VALUES) == Texts(FOLDER).write(kind, "en", VALUES)
