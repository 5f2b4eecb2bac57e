"""Every mail has its texts in every language that there is, and whoever's language is missing gets English."""

from __future__ import annotations

from pathlib import Path

import pytest

from impl.identity.mails import service
from impl.identity.mails.service import languages_of
from impl.identity.mails.tables import MailKind

FOLDER = Path(service.__file__).with_name("templates")


@pytest.mark.parametrize("kind", MailKind)
@pytest.mark.parametrize("language", sorted(FOLDER.iterdir()), ids=lambda path: path.name)
def test_a_language_is_complete(language: Path, kind: MailKind) -> None:
    text, html = (language / f"{kind.value.lower()}{suffix}" for suffix in (".txt", ".html"))

    assert text.read_text(encoding="utf-8").startswith('{% set subject = "'), "its first line is its subject"
    assert html.is_file()


def test_english_is_there() -> None:
    assert (FOLDER / "en").is_dir()


@pytest.mark.parametrize(
    ("locale", "languages"),
    [
        ("en", ["en"]),
        ("en-US", ["en-US", "en"]),
        ("de-Latn-CH", ["de-Latn-CH", "de-Latn", "de", "en"]),
        ("pt-BR", ["pt-BR", "pt", "en"]),
    ],
)
def test_the_nearest_language_is_looked_for_first(locale: str, languages: list[str]) -> None:
    assert languages_of(locale) == languages
