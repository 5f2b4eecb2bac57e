"""Rules about references, checked before all others, because those follow references."""

from collections.abc import Iterator

from openapi.codegen.document import ContractError, Document
from openapi.codegen.rules.rule import Rule, Table


def _references(document: Document) -> Iterator[tuple[str, str]]:
    waiting: list[tuple[str, object]] = [("#", document.root)]
    while waiting:
        where, node = waiting.pop()
        if isinstance(node, dict):
            if isinstance(node.get("$ref"), str):
                yield where, node["$ref"]
            waiting.extend((f"{where}/{str(key).replace('/', '~1')}", value) for key, value in node.items())
        elif isinstance(node, list):
            waiting.extend((f"{where}/{index}", value) for index, value in enumerate(node))


def _leads_somewhere(document: Document, ref: str) -> Iterator[str]:
    try:
        document.resolve({"$ref": ref})
    except ContractError as error:
        yield str(error)


SECTION = Table(_references, (Rule("references", "Every $ref leads to an object of this file.", _leads_somewhere),))
