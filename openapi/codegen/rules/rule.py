"""Type of a rule: a name, a message for who breaks it, and a check of one kind of subject."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol, override

from openapi.codegen.document import Document


@dataclass(frozen=True, slots=True)
class Finding:
    """Place in the contract that breaks a rule."""

    where: str
    rule: str
    text: str
    detail: str

    @override
    def __str__(self) -> str:
        detail = f" ({self.detail})" if self.detail else ""
        return f"{self.where}: {self.text}{detail} [{self.rule}]"


@dataclass(frozen=True, slots=True)
class Rule[SubjectT]:
    """Rule whose `check` yields one detail for each breach by a subject; a detail may be empty."""

    name: str
    text: str
    check: Callable[[Document, SubjectT], Iterable[str]]


class Section(Protocol):
    """Rules about one kind of subject."""

    def findings(self, document: Document) -> list[Finding]:
        """Return what breaks the rules."""
        ...

    @property
    def names(self) -> tuple[str, ...]:
        """Return the names of the rules."""
        ...


@dataclass(frozen=True, slots=True)
class Table[SubjectT]:
    """Section as a table: the places of its subjects, and the rules for each."""

    subjects: Callable[[Document], Iterator[tuple[str, SubjectT]]]
    rules: tuple[Rule[SubjectT], ...]

    def findings(self, document: Document) -> list[Finding]:
        """Return what breaks the rules, in the order of the contract."""
        return [
            Finding(where, rule.name, rule.text, detail)
            for where, subject in self.subjects(document)
            for rule in self.rules
            for detail in rule.check(document, subject)
        ]

    @property
    def names(self) -> tuple[str, ...]:
        """Return the names of the rules."""
        return tuple(rule.name for rule in self.rules)


def unless(condition: object, detail: str = "") -> Iterator[str]:
    """Return the detail, unless the condition holds."""
    if not condition:
        yield detail
