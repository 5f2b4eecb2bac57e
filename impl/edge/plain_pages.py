"""Templates and Content-Security-Policy of pages without scripts, whose one style is allowed by its digest."""

from __future__ import annotations

import base64
import hashlib
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from impl.edge.docs import PAGES

HTML: Final = "text/html; charset=utf-8"
_STYLE: Final = (PAGES / "problems.css").read_text(encoding="utf-8")
_DIGEST: Final = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
PLAIN_POLICY: Final = (
    f"default-src 'none'; style-src 'sha256-{_DIGEST}'; img-src data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


def templates() -> Environment:
    """Return the templates of all pages, which escape their variables."""
    found = Environment(loader=FileSystemLoader(PAGES), autoescape=True, undefined=StrictUndefined)
    found.globals["style"] = Markup(_STYLE)  # noqa: S704 - our own file
    return found
