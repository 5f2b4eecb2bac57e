"""HTML page of a problem, for a browser that cannot be redirected to a client."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Final

from jinja2 import Template

from impl.edge.plain_pages import HTML, PLAIN_POLICY, templates

PAGE_HEADERS: Final = {"content-type": HTML, "content-security-policy": PLAIN_POLICY}


def refusal_page(*, slug: str, title: str, detail: str, errors: Sequence[str], request_id: str, prefix: str) -> bytes:
    """Render a refusal as a page that links to its problem only, since where the person came from is uncertain."""
    page = _template().render(
        slug=slug, title=title, detail=detail, errors=errors, request_id=request_id, prefix=prefix
    )
    # Replaced, because a lone surrogate of the request would turn a 422 into a 500.
    return page.encode("utf-8", "replace")


@cache
def _template() -> Template:
    return templates().get_template("refusal.html.jinja")
