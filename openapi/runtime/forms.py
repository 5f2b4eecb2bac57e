"""Readers of urlencoded and multipart forms into the object that their schema describes."""

import re
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

from starlette.datastructures import Headers, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from openapi.runtime.texts import Field
from openapi.runtime.wire import FieldError, Refusal

MAX_FIELDS = 100
MAX_FILES = 10

_BOUNDARY = re.compile(r"boundary\s*=\s*(\"[^\"]{1,70}\"|[^\s;\"]{1,70})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Upload:
    """File of a form; its name and type are claims of the sender."""

    filename: str
    content_type: str
    content: bytes


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


async def read_multipart(form: MultipartForm, payload: bytes, parameters: str) -> tuple[object, list[FieldError]]:
    """Return the parts as one object, and an error for each name that came too often or as the wrong kind of part."""
    boundary = _BOUNDARY.search(parameters)
    if boundary is None:
        raise Refusal(400, "malformed-request", "The media type names no boundary.")

    async def stream() -> AsyncGenerator[bytes, None]:
        yield payload

    headers = Headers({"content-type": f"multipart/form-data; boundary={boundary[1]}"})
    parser = MultiPartParser(
        headers, stream(), max_files=MAX_FILES, max_fields=MAX_FIELDS, max_part_size=max(len(payload), 1)
    )
    try:
        parts = await parser.parse()
    except MultiPartException as error:
        raise Refusal(400, "malformed-request", "The body is not a multipart form.") from error
    submitted: Submitted = {}
    errors: list[FieldError] = []
    for name, value in parts.multi_items():
        part = await _upload(value) if isinstance(value, UploadFile) else value
        if form.open_fields and name not in form.fields:
            continue
        if name in form.fields and isinstance(part, Upload) != (name in form.files):
            kind = "a file" if name in form.files else "text"
            errors.append(FieldError("wrong_type", f"must be {kind}", pointer=_pointer(name)))
        submitted.setdefault(name, []).append(part)
    document, duplicates = _document(form.fields, submitted)
    return document, [*errors, *duplicates]


async def _upload(file: UploadFile) -> Upload:
    content = await file.read()
    await file.close()
    return Upload(file.filename or "", file.content_type or "application/octet-stream", content)


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
