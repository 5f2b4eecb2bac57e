"""The rules of the contract that linters cannot say; a contract that breaks one is not generated."""

from openapi.codegen.document import ContractError, Document
from openapi.codegen.rules import bodies, operations, parameters, references, responses, root, schemas
from openapi.codegen.rules.rule import Finding, Section

SECTIONS: tuple[Section, ...] = (
    root.SECTION,
    operations.SECTION,
    parameters.SECTION,
    bodies.SECTION,
    responses.SECTION,
    schemas.SECTION,
)


def findings(document: Document) -> list[Finding]:
    """All that is wrong with the contract, at once; nothing else is asked of one whose references lead nowhere."""
    dangling = references.SECTION.findings(document)
    if dangling:
        return dangling
    try:
        return [finding for section in SECTIONS for finding in section.findings(document)]
    except ContractError as error:
        return [Finding("#", "readable", "The contract can be read.", str(error))]


__all__ = ["SECTIONS", "Finding", "findings"]
