"""Context that passes through fastapi-code-generator: the contract in, the variables of the templates out."""

import json
from collections.abc import Iterable

from openapi.codegen.document import ContractError, Document, Node
from openapi.codegen.machines import machines
from openapi.codegen.naming import docstring
from openapi.codegen.policies import code, policies
from openapi.codegen.views import router_views
from openapi.runtime.wire import MAX_BODY

_PACKAGE = "x-package"

type OperationKey = tuple[str, str, str, str]


def contract_text(document: Document, package: str) -> str:
    """Return the whole contract as JSON for fastapi-code-generator, with the package's name as an extension."""
    # Events are no operations that it could lay out; their module is made beside it.
    served = {key: value for key, value in document.root.items() if key != "webhooks"}
    return json.dumps({**served, _PACKAGE: package})


def template_context(parsed: Node, operations: Iterable[OperationKey]) -> dict[str, object]:
    """Return the variables of the templates, computed from the contract as fastapi-code-generator has parsed it.

    `operations` are (method, path, tag, operationId) of those that it has found: it lays out a router for each of their
    tags. Raises ContractError when they are not those of the contract, so that none can vanish without a word.
    """
    document = Document({key: value for key, value in parsed.items() if key != _PACKAGE})
    ours = {(one.method, one.path, one.tag, one.id) for one in document.operations()}
    differences = sorted(f"{method.upper()} {path} ({id_})" for method, path, _, id_ in ours ^ set(operations))
    if differences:
        raise ContractError(f"fastapi-code-generator reads these operations differently: {', '.join(differences)}")
    return {
        "code": code,
        "default_max_body": MAX_BODY,
        "docstring": docstring,
        "machines": machines(document),
        "package": parsed[_PACKAGE],
        "policies": policies(document),
        "views": router_views(document),
    }
