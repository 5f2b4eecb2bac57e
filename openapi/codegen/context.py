"""What passes through fastapi-code-generator: the contract on its way in, the templates' variables on its way out."""

from dataclasses import dataclass

from openapi.codegen.document import Document, Node
from openapi.codegen.policies import code, policies
from openapi.codegen.views import router_views
from openapi.runtime.wire import MAX_BODY

_CONTRACT = "x-contract"
_PACKAGE = "x-package"


@dataclass(frozen=True)
class Tagged:
    """As much of an operation as decides which routers there are."""

    tags: tuple[str, ...]


def envelope(document: Document, package: str) -> Node:
    """A document without operations and schemas that carries the contract.

    Parsed as it is, the contract would be turned into models and operations first, which cost most of the time and
    are thrown away: what they leave out (security, policies, problems, headers) is why the views exist.
    """
    info = {"title": package, "version": "1"}
    return {"openapi": "3.1.0", "info": info, "paths": {}, _CONTRACT: document.root, _PACKAGE: package}


def template_context(root: Node) -> dict[str, object]:
    """The variables of the templates, from an envelope."""
    document = Document(root[_CONTRACT])
    views = router_views(document)
    return {
        "code": code,
        "default_max_body": MAX_BODY,
        "operations": [Tagged((tag,)) for tag in views],
        "package": root[_PACKAGE],
        "policies": policies(document),
        "views": views,
    }
