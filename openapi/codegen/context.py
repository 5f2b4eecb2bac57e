"""The variables of the templates."""

from openapi.codegen.document import Document, Node
from openapi.codegen.policies import policies
from openapi.codegen.views import router_views

PACKAGE_KEY = "x-codegen-package"


def template_context(root: Node) -> dict[str, object]:
    """Views for a contract whose root names the package that is being made."""
    document = Document(root)
    return {"code": repr, "package": root[PACKAGE_KEY], "policies": policies(document), "views": router_views(document)}
