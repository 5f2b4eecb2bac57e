"""Readers of urlencoded and multipart forms into the object that their schema describes."""

import hashlib
import re
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import BinaryIO, ClassVar, override
from urllib.parse import parse_qsl

from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema
from starlette.datastructures import FormData, Headers, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from openapi.runtime.texts import Field
from openapi.runtime.wire import MAX_BODY, FieldError, Refusal

MAX_FIELDS = 100
MAX_FILES = 10
MAX_TEXT = MAX_BODY
"""Bytes that the texts of one form may have together; files do not count."""

_BOUNDARY = re.compile(r"boundary\s*=\s*(\"[^\"]{1,70}\"|[^\s;\"]{1,70})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Upload:
    """File of a form; its name and type are claims of the sender.

    Its content lies in memory or, when it is larger than SPOOLED_BYTES, on disk; it is gone when the request ends.
    """

    SPOOLED_BYTES: ClassVar = 64 * 1024

    filename: str
    content_type: str
    size: int
    sha256: bytes
    file: BinaryIO

    @classmethod
    def __get_pydantic_core_schema__(cls, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Validate nothing but that it is one."""
        return core_schema.is_instance_schema(cls)


@dataclass(frozen=True, slots=True)
class UrlencodedForm:
    """Fields of a urlencoded body; with `open_fields`, unknown and empty ones are ignored (RFC 6749)."""

    fields: Mapping[str, Field]
    open_fields: bool = False


@dataclass(frozen=True, slots=True)
class MultipartForm:
    """Fields of a multipart/form-data body, and the names of those that are files."""

    fields: Mapping[str, Field]
    files: frozenset[str] = field(default_factory=frozenset)
    open_fields: bool = False


type Part = tuple[str, str | Upload]
type Submitted = dict[str, list[str | Upload]]


def read_urlencoded(form: UrlencodedForm, payload: bytes) -> tuple[object, list[FieldError]]:
    """Return the fields as one object, and an error for each name that came too often."""
    try:
        pairs = parse_qsl(payload.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=MAX_FIELDS)
    except ValueError as error:  # bytes that are not ASCII, escapes that are not UTF-8, or too many fields
        raise Refusal(400, "malformed-request", "The body is not a urlencoded form in UTF-8.") from error
    submitted: Submitted = {}
    for name, value in pairs:
        if not form.open_fields or (value and name in form.fields):
            submitted.setdefault(name, []).append(value)
    return _document(form.fields, submitted)


async def read_parts(stream: AsyncGenerator[bytes, None], parameters: str) -> list[Part]:
    """Read a multipart/form-data body as it arrives: texts into memory, files to disk."""
    boundary = _BOUNDARY.search(parameters)
    if boundary is None:
        raise Refusal(400, "malformed-request", "The media type names no boundary.")
    headers = Headers({"content-type": f"multipart/form-data; boundary={boundary[1]}"})
    parser = _PartsParser(headers, stream, max_files=MAX_FILES, max_fields=MAX_FIELDS, max_part_size=MAX_TEXT)
    try:
        parts = await parser.parse()
    except MultiPartException as error:
        raise Refusal(400, "malformed-request", "The body is not a multipart form.") from error
    except OSError as error:
        raise Refusal(503, "unavailable", "Files cannot be received at the moment.") from error
    return [
        (name, await _upload(value) if isinstance(value, UploadFile) else value) for name, value in parts.multi_items()
    ]


def form_of(form: MultipartForm, parts: Sequence[Part]) -> tuple[object, list[FieldError]]:
    """Return the parts as one object, and an error for each name that came too often or as the wrong kind of part."""
    submitted: Submitted = {}
    errors: list[FieldError] = []
    for name, part in parts:
        if form.open_fields and name not in form.fields:
            continue
        if name in form.fields and isinstance(part, Upload) != (name in form.files):
            kind = "a file" if name in form.files else "text"
            errors.append(FieldError("wrong_type", f"must be {kind}", pointer=_pointer(name)))
        submitted.setdefault(name, []).append(part)
    document, duplicates = _document(form.fields, submitted)
    return document, [*errors, *duplicates]


def digest(parts: Sequence[Part]) -> bytes:
    """Return a digest of the parts: the boundary between them differs each time that a form is sent."""
    whole = hashlib.sha256()
    for name, part in parts:
        content = part.sha256 if isinstance(part, Upload) else part.encode("utf-8", "surrogatepass")
        claims = ("file", part.filename, part.content_type) if isinstance(part, Upload) else ("text",)
        for piece in (*(text.encode("utf-8", "surrogatepass") for text in (name, *claims)), content):
            whole.update(len(piece).to_bytes(8))
            whole.update(piece)
    return whole.digest()


class _PartsParser(MultiPartParser):
    """Parser that bounds what all texts together hold in memory, and moves files to disk early.

    It refuses a form without its last delimiter (RFC 2046, section 5.1.1), of which the last part may be cut off.
    """

    spool_max_size = Upload.SPOOLED_BYTES
    _has_ended = False
    _text = 0

    @override
    async def parse(self) -> FormData:
        self.stream = self._whole(self.stream)
        return await super().parse()

    async def _whole(self, stream: AsyncGenerator[bytes, None]) -> AsyncGenerator[bytes, None]:
        async for chunk in stream:
            yield chunk
        if not self._has_ended:
            raise MultiPartException("The last delimiter is missing.")

    @override
    def on_end(self) -> None:
        self._has_ended = True

    @override
    def on_part_data(self, data: bytes, start: int, end: int) -> None:
        if self._current_part.file is None:
            self._text += end - start
            if self._text > MAX_TEXT:
                raise Refusal(413, "payload-too-large", f"The texts of a form may have {MAX_TEXT} bytes at most.")
        super().on_part_data(data, start, end)


async def _upload(given: UploadFile) -> Upload:
    whole, size = hashlib.sha256(), 0
    while chunk := await given.read(Upload.SPOOLED_BYTES):
        whole.update(chunk)
        size += len(chunk)
    await given.seek(0)
    name, media = given.filename or "", given.content_type or "application/octet-stream"
    return Upload(name, media, size, whole.digest(), given.file)


def _document(fields: Mapping[str, Field], submitted: Submitted) -> tuple[object, list[FieldError]]:
    document: dict[str, object] = {}
    errors: list[FieldError] = []
    for name, values in submitted.items():
        read = fields.get(name, Field())
        texts = [value for value in values if isinstance(value, str)]
        if len(values) > 1 and not read.many:
            errors.append(FieldError("duplicate", "must be given once", pointer=_pointer(name)))
        elif len(texts) == len(values):
            document[name] = read.value(texts)
        else:
            document[name] = values if read.many else values[0]
    return document, errors


def _pointer(name: str) -> str:
    return "/" + name.replace("~", "~0").replace("/", "~1")
