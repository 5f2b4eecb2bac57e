"""Rules of the contract that linters cannot express; a contract that breaks one is not generated."""

from openapi.codegen.document import ContractError, Document
from openapi.codegen.rules import (
    bodies,
    forms,
    operations,
    parameters,
    references,
    responses,
    root,
    schemas,
    syntax,
    transitions,
    webhooks,
)
from openapi.codegen.rules.rule import Finding, Section

SECTIONS: tuple[Section, ...] = (
    root.SECTION,
    operations.SECTION,
    parameters.SECTION,
    bodies.SECTION,
    responses.SECTION,
    forms.SECTION,
    schemas.SECTION,
    transitions.FORM,
    transitions.SECTION,
    webhooks.SECTION,
)

# What must hold before the other rules can be asked.
READABLE: tuple[Section, ...] = (references.SECTION, syntax.VALID, syntax.PLAIN)


def findings(document: Document) -> list[Finding]:
    """Return all that is wrong with the contract.

    Nothing else is asked of one whose references lead nowhere, or whose schemas are none: the other rules follow the
    former and read the latter.
    """
    try:
        for section in READABLE:
            if found := section.findings(document):
                return found
        return [finding for section in SECTIONS for finding in section.findings(document)]
    except ContractError as error:
        return [Finding("#", "readable", "The contract can be read.", str(error))]


__all__ = ["READABLE", "SECTIONS", "Finding", "findings"]
