"""Mails of the other domains: they choose the words, and identity knows the address and the language."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import Final
from uuid import UUID

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template, select_autoescape

from generated.states import AccountState
from impl.gateways.mail import CalendarFile, Mail, Mailer
from impl.identity.capabilities.users.service import DEFAULT_LOCALE, UsersService
from impl.kernel.database import Database

# Where mail programs see an address in words: a dot before a letter, the sign of an e-mail address or of a scheme.
_LINKING: Final = re.compile(r"(?<=\w)\.(?=[^\W\d_])|@(?=\w)|:(?=//)")
# Shows nothing and parts no line, but is in no name of a host.
_JOINER: Final = "\u2060"
# Values that are addresses of our own.
_OWN_LINKS: Final = frozenset({"no_more"})
# Where a day has a point behind its number (CLDR, dateFormats of `de`).
_MONTHS: Final = {
    "de": (
        *("Januar", "Februar", "März", "April", "Mai", "Juni"),
        *("Juli", "August", "September", "Oktober", "November", "Dezember"),
    )
}
_LAYOUT: Final = Path(__file__).with_name("templates")


@dataclass(frozen=True, slots=True)
class Text:
    """Subject and body of a mail in one language."""

    subject: str
    plain: str
    html: str


@dataclass(frozen=True, slots=True)
class Subscription:
    """Links that end the mails of a kind."""

    post_url: str
    """Address to which a mail program sends a POST (RFC 8058)."""
    page_url: str
    """Page that asks for a click, for the text of the mail; templates know it as `unsubscribe`."""
    of_choice: bool = True
    """Mark of mails that the reader has asked for: then nothing is sent to a suspended account."""


class Texts:
    """Templates of the mails, in one folder for each language; only English has to be complete."""

    def __init__(self, folder: Path, **functions: Callable[..., str]) -> None:
        """Take the folder of a feature's templates, which extend the layout beside this file, and what they call."""
        self._templates = Environment(
            loader=FileSystemLoader([folder, _LAYOUT]),
            autoescape=select_autoescape(["html"]),
            undefined=StrictUndefined,
            trim_blocks=True,
            keep_trailing_newline=True,
        )
        self._templates.globals |= functions
        self._templates.filters["quoted"] = _quoted
        self._known = frozenset(self._templates.list_templates())

    def write(self, name: str, locale: str, values: Mapping[str, object]) -> Text:
        language, plain, html = self._templates_of(name.lower(), locale)
        known = {**values, "day": partial(_day, language)}
        subject = str(plain.make_module(known).subject)  # type: ignore[attr-defined]  # what the template sets
        return Text(subject, plain.render(known), html.render({**known, "subject": subject}))

    def _templates_of(self, name: str, locale: str) -> tuple[str, Template, Template]:
        """Return the nearest language that has both templates, and these: half a mail in another one is worse."""
        *_, last = languages = languages_of(locale)
        names = {language: (f"{language}/{name}.txt", f"{language}/{name}.html") for language in languages}
        language = next((one for one in languages if self._known.issuperset(names[one])), last)
        plain, html = names[language]
        return language, self._templates.get_template(plain), self._templates.get_template(html)


def languages_of(locale: str) -> list[str]:
    """Return where to look for a mail's text, best first: `de-latn-ch`, `de-latn`, `de`, then English."""
    # Language tags are case-insensitive (RFC 5646, section 2.1.1).
    parts = locale.lower().split("-")
    return list(dict.fromkeys(["-".join(parts[:length]) for length in range(len(parts), 0, -1)] + [DEFAULT_LOCALE]))


def unlinked(value: object) -> object:
    """Return words of people so that no mail program makes a link of them: a business may be called "example.com"."""
    match value:
        case str():
            return _LINKING.sub(rf"\g<0>{_JOINER}", value)
        case Mapping():
            return {name: unlinked(one) for name, one in value.items()}
        case Sequence() if not isinstance(value, bytes):
            return [unlinked(one) for one in value]
        case _:
            return value


def _quoted(words: str) -> str:
    """Return the words of another person as a quotation, so that no line of them passes for one of ours."""
    return "\n".join(f"> {line}" for line in words.splitlines())


def _day(language: str, moment: date) -> str:
    """Return a day, or an instant of UTC, as it is written in a language."""
    month = _MONTHS[language][moment.month - 1] if language in _MONTHS else f"{moment:%B}"
    day = f"{moment.day}{'.' * (language in _MONTHS)} {month} {moment.year}"
    return f"{day}, {moment:%H:%M} UTC" if isinstance(moment, datetime) else day


class LettersService:
    """Sender of the other domains' mails to owners of accounts."""

    def __init__(
        self, *, database: Database, users: UsersService, mailer: Mailer, app_url: str, support_email: str
    ) -> None:
        self._database = database
        self._users = users
        self._mailer = mailer
        self._app_url = app_url.rstrip("/")
        self._support_email = support_email

    @property
    def support_email(self) -> str:
        """Return the address of support."""
        return self._support_email

    async def send(
        self,
        mail_id: UUID,
        user_id: UUID,
        texts: Texts,
        name: str,
        values: Mapping[str, object],
        *,
        subscription: Subscription | None = None,
        calendar: CalendarFile | None = None,
        language: str | None = None,
    ) -> None:
        """Send a mail of these words; whose account is closed, or was never verified, is sent nothing.

        What one subscribes to is not sent to suspended accounts either, since nobody could do anything with it.

        They are in the language of the account, or in `language`.

        `values` are words of people, of which no program makes a link. `mail_id` is the outbox message's id: a second
        try is the same mail to the mail server. Beside `values`, the templates know `email`, `app_url` and `support`.
        """
        async with self._database.begin() as tx:
            user = await self._users.find(tx, user_id)
            if user is None or user.email_verified_at is None:
                return
            if subscription is not None and subscription.of_choice and user.state is not AccountState.ACTIVE:
                return
            email, locale = user.email, language or user.locale
        known = {"email": email, "app_url": self._app_url, "support": self._support_email}
        if subscription is not None:
            known["unsubscribe"] = subscription.page_url
        told = {key: value if key in _OWN_LINKS else unlinked(value) for key, value in values.items()}
        text = texts.write(name, locale, {**told, **known})
        await self._mailer.send(
            Mail(
                id=mail_id,
                to=email,
                subject=text.subject,
                text=text.plain,
                html=text.html,
                link=None if subscription is None else subscription.page_url,
                unsubscribe=None if subscription is None else subscription.post_url,
                calendar=calendar,
            )
        )
