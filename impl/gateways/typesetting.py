"""Pages that Typst sets from a template and data, for people to print or keep."""

import asyncio
import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Final, Protocol

import typst

from impl.kernel.errors import JsonValue
from impl.kernel.semaphore import FairSemaphore

# Pages take some dozens of milliseconds of a processor each.
_AT_ONCE: Final = 2
_PATIENCE_SECONDS: Final = 5.0


class Typesetter(Protocol):
    async def set_pages(self, template: Path, data: Mapping[str, JsonValue], *, at: datetime) -> bytes:
        """Return a PDF of the template with these data, which says that it is of this time.

        Raises Unavailable when too many others wait.
        """
        ...


class TypstTypesetter:
    """Typesetter in threads of its own number; the template reads the data as `json(bytes(sys.inputs.data))`.

    Data are values, and Typst reads no markup in them. Templates see no files beside themselves, and nothing of the
    machine: the fonts are those that come with Typst, so that a page is the same wherever it is set.
    """

    def __init__(self) -> None:
        self._fonts: typst.Fonts | None = None
        self._places = FairSemaphore(_AT_ONCE, _PATIENCE_SECONDS, refusal="Too many pages are being set.")

    async def set_pages(self, template: Path, data: Mapping[str, JsonValue], *, at: datetime) -> bytes:
        async with self._places:
            return await asyncio.to_thread(self._set_pages, template, json.dumps(data), at)

    def _set_pages(self, template: Path, data: str, at: datetime) -> bytes:
        if self._fonts is None:
            # Read when the first page is set, and then kept: the program starts without them.
            self._fonts = typst.Fonts(include_system_fonts=False)
        compiler = typst.Compiler(
            template, root=template.parent, font_paths=self._fonts, ignore_system_fonts=True, sys_inputs={"data": data}
        )
        made = compiler.compile(format="pdf", timestamp=at.replace(microsecond=0))
        if not isinstance(made, bytes):
            raise TypeError("a PDF is one file")
        return made
