"""Personal data policies: how long each table keeps rows, how they are exported, and how they are erased.

Features declare the policies beside their tables.
"""

from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum, StrEnum, auto
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Select, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from impl.kernel.paging import fetched
from impl.kernel.tables import Table, core_table

WITH_ACCOUNT: Final = "as long as its account"
ALWAYS: Final = "as long as the service"

# Reasons why the export withholds a column.
OWN_ID: Final = "the account's id, which the export has once"
SECRET: Final = "a secret or what is made of one: whoever has the file must not have the account"
FOLDED: Final = "the same again, as it is compared and searched"
DERIVED: Final = "made of what is given"
OF_OTHERS: Final = "somebody else's"
MACHINERY: Final = "how we keep it, and nothing of the person"

MOST: Final = 10_000
"""Bound on the rows of one section: the file is made in memory, so that a slow client keeps no transaction open."""
MOST_LONG: Final = 2_000
"""Bound on the rows of a section whose rows may hold texts of thousands of characters."""


class Shape(Enum):
    """Form of a table's rows in the export."""

    ROWS = auto()
    ROW = auto()
    """Single object, or null."""
    COUNT = auto()
    """Number of the rows, without their content."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """Section of the export that gives the rows of a table, named as in the contract's `DataExport`.

    Each column is given under its own name, unless it is `named` otherwise or `withheld` for a reason.
    """

    name: str
    shape: Shape = Shape.ROWS
    most: int = MOST
    """Largest number of rows of a section of ROWS, the newest first; the export names the sections that have more."""
    withheld: Mapping[str, str] = field(default_factory=dict)
    named: Mapping[str, str] = field(default_factory=dict)
    """Names of fields by column; `price.currency` is a member of an object, which is null if all its members are."""
    written: Mapping[str, Callable[[Any], object]] = field(default_factory=dict)
    """Functions that turn a column's value into its form in the export."""
    shown: Mapping[str, Callable[[UUID], ColumnElement[Any]]] = field(default_factory=dict)
    """Expressions that are read in place of a column, where only some of its values are the person's to know."""
    rows: Callable[[UUID], ColumnElement[bool]] | None = None
    """Condition for the rows of the person, where they are not the ones that are erased."""
    since: Callable[[datetime], ColumnElement[bool]] | None = None
    """Condition for rows since the account became the person's, when somebody else may have held it before."""


class Period(StrEnum):
    """Retention periods of rows that are no longer of use, by their settings."""

    SESSIONS = "RETENTION_SESSIONS_DAYS"
    LOGIN_THROTTLES = "RETENTION_LOGIN_THROTTLES_DAYS"
    ONE_TIME_TOKENS = "RETENTION_ONE_TIME_TOKENS_DAYS"
    EMAIL_CHANGES = "RETENTION_EMAIL_CHANGES_DAYS"
    SENT_MAILS = "RETENTION_SENT_MAILS_DAYS"
    SECOND_FACTORS = "RETENTION_SECOND_FACTORS_DAYS"
    OAUTH_FLOWS = "RETENTION_OAUTH_FLOWS_DAYS"
    OAUTH_CODES = "RETENTION_OAUTH_CODES_DAYS"
    IDEMPOTENCY_KEYS = "RETENTION_IDEMPOTENCY_KEYS_DAYS"
    DEAD_LETTERS = "RETENTION_DEAD_LETTERS_DAYS"
    NOTIFICATIONS = "RETENTION_NOTIFICATIONS_DAYS"
    VERIFICATIONS = "RETENTION_VERIFICATIONS_DAYS"
    WEBHOOK_DELIVERIES = "RETENTION_WEBHOOK_DELIVERIES_DAYS"
    LOG_ENTRIES = "RETENTION_LOG_ENTRIES_DAYS"
    AUDIT_PERSONAL = "RETENTION_AUDIT_PERSONAL_DAYS"
    AUDIT_INTAKE = "RETENTION_AUDIT_INTAKE_DAYS"
    # Ends everything that is kept WITH_ACCOUNT; counted from the account's closing.
    CLOSED_ACCOUNTS = "RETENTION_CLOSED_ACCOUNTS_DAYS"
    # Ends accounts that were never verified; counted from their last change.
    UNVERIFIED_ACCOUNTS = "RETENTION_UNVERIFIED_ACCOUNTS_DAYS"


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonalDataPolicy:
    """Policy of one table: how long its rows are kept, which of them belong to a person, and how these are erased.

    Every column has one of four classes: deleted with its row (`removed`), overwritten by a value that reveals nothing
    (`blanked`, a function of the person's id), a pseudonym (an id or digest that leads to nobody any more), or
    impersonal.
    """

    table: type[Table]
    retention: str
    """WITH_ACCOUNT, ALWAYS, or the Period after which rows without further use are deleted (impl/kernel/retention)."""
    expired: Callable[[datetime], ColumnElement[bool]] | None = None
    """Condition for rows without further use at a time; without it, rows go with those that they belong to."""
    rows: Callable[[UUID], ColumnElement[bool]] | None = None
    """Condition for the rows of a person; None if there are none, or if the database deletes them with others."""
    removed: bool = False
    remover: Callable[[AsyncSession, ColumnElement[bool]], Awaitable[int]] | None = None
    """Function that deletes rows and returns their number, where a plain DELETE is not enough."""
    blanked: Mapping[str, Callable[[UUID], object]] = field(default_factory=dict)
    about: Callable[[UUID], ColumnElement[bool]] | None = None
    """Condition for rows of other people that tell of the person too: they stay, `blanked`, and `rows` are removed."""
    events: Collection[str] = ()
    """Names of audit events about the rows whose personal part tells of the person, and goes with them."""
    pseudonyms: Collection[str] = ()
    impersonal: Collection[str] = ()
    export: Section | str | None = None
    """Section of the export, or the reason why there is none; None if the table concerns no person."""

    async def remove(self, tx: AsyncSession, condition: ColumnElement[bool]) -> int:
        """Delete rows of the table and return their number."""
        if self.remover is not None:
            return await self.remover(tx, condition)
        connection = await tx.connection()
        return (await connection.execute(delete(core_table(self.table)).where(condition))).rowcount


@dataclass(frozen=True, slots=True)
class Collected:
    """Data of a person in the words of the contract, and the names of sections that were cut at their bound."""

    sections: Mapping[str, object]
    truncated: Sequence[str]


type EraseEvents = Callable[[AsyncSession, Collection[str], Select[UUID]], Awaitable[int]]
"""Erases the personal part of events of these names about these things, and returns how many had one."""


class PersonalData:
    """Personal data policies of all tables, ordered so that referring rows go before the rows that they refer to."""

    def __init__(self, policies: Iterable[PersonalDataPolicy], erase_events: EraseEvents | None = None) -> None:
        """Take the policies; without `erase_events`, the audit trail is left as it is."""
        by_table = {core_table(policy.table).key: policy for policy in policies}
        order = [table.key for table in reversed(Table.metadata.sorted_tables)]
        self.policies = [by_table[key] for key in order if key in by_table]
        self._erase_events = erase_events

    async def erase(self, tx: AsyncSession, person: UUID) -> Counter[str]:
        """Remove or blank all rows of the person; return their number by table."""
        done: Counter[str] = Counter()
        connection = await tx.connection()
        # While there still are the rows by which they are found.
        for policy in self.policies:
            if policy.events and policy.rows is not None and self._erase_events is not None:
                (key,) = core_table(policy.table).primary_key
                await self._erase_events(tx, policy.events, select(key).where(policy.rows(person)))
        for policy in self.policies:
            table = core_table(policy.table)
            if policy.rows is None:
                continue
            if policy.removed:
                done[table.name] = await policy.remove(tx, policy.rows(person))
            if policy.blanked:
                values = {name: value(person) for name, value in policy.blanked.items()}
                of_person = (policy.about or policy.rows)(person)
                emptied = await connection.execute(update(table).where(of_person).values(**values))
                done[table.name] += emptied.rowcount
        return done

    async def collect(self, tx: AsyncSession, person: UUID, *, owned_since: datetime) -> Collected:
        """Return all personal data of an account, as of the transaction.

        What sections hold `since` a time is given from `owned_since` on.
        """
        sections: dict[str, object] = {}
        truncated: list[str] = []
        for policy in self.policies:
            section = policy.export
            if not isinstance(section, Section):
                continue
            if section.shape is Shape.COUNT:
                mine = select(func.count()).select_from(core_table(policy.table)).where(_rows(policy, section)(person))
                sections[section.name] = await tx.scalar(mine)
                continue
            found = (await tx.execute(_newest(policy, section, person, owned_since))).mappings().all()
            if len(found) > section.most:
                truncated.append(section.name)
            items = [_item(section, row) for row in found[: section.most]]
            sections[section.name] = items if section.shape is Shape.ROWS else next(iter(items), None)
        return Collected(sections, sorted(truncated))


def exported_columns(policy: PersonalDataPolicy, section: Section) -> list[str]:
    """Return the columns that are exported."""
    if section.shape is Shape.COUNT:
        return []
    return [name for name in core_table(policy.table).columns.keys() if name not in section.withheld]  # noqa: SIM118 - not a dict


def _rows(policy: PersonalDataPolicy, section: Section) -> Callable[[UUID], ColumnElement[bool]]:
    rows = section.rows or policy.rows
    if rows is None:
        raise TypeError(f"{section.name}: say which rows are a person's")
    return rows


def _newest(
    policy: PersonalDataPolicy, section: Section, person: UUID, owned_since: datetime
) -> Select[*tuple[Any, ...]]:
    table = core_table(policy.table)
    columns = [
        section.shown[name](person).label(name) if name in section.shown else table.c[name]
        for name in exported_columns(policy, section)
    ]
    # Ids rise with time.
    order = [column.desc() for column in table.primary_key]
    rows = [_rows(policy, section)(person)]
    if section.since is not None:
        rows.append(section.since(owned_since))
    return select(*columns).where(*rows).order_by(*order).limit(fetched(section.most))


def _item(section: Section, row: Mapping[Any, Any]) -> dict[str, Any]:
    item: dict[str, Any] = {}
    for name, value in row.items():
        *objects, member = section.named.get(name, name).split(".")
        place = item
        for one in objects:
            place = place.setdefault(one, {})
        place[member] = section.written[name](value) if name in section.written else value
    return _without_empty(item, {path for path in section.named.values() if "." in path})


def _without_empty(item: dict[str, Any], paths: Iterable[str]) -> dict[str, Any]:
    """Replace objects whose members are all null by null: a point without coordinates is no point."""
    objects = {path.rpartition(".")[0] for path in paths}
    for path in sorted(objects, key=lambda one: one.count("."), reverse=True):
        *above, last = path.split(".")
        place = item
        for one in above:
            place = place[one]
        if all(value is None for value in place[last].values()):
            place[last] = None
    return item
