"""Readers of request bodies: media type, size, syntax, then the schema, each refused with its own status."""

import re
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, field, replace
from typing import Final, Protocol, override

from pydantic import TypeAdapter, ValidationError
from starlette.requests import ClientDisconnect, Request

from openapi.runtime import findings, forms, strict_json
from openapi.runtime.forms import MultipartForm, UrlencodedForm
from openapi.runtime.wire import MAX_BODY, FieldError, Refusal

UPLOADS: Final = "openapi.uploads"
_PAYLOAD: Final = "openapi.payload"
"""Name in a request's scope of the files that came with it."""

_CHARSET = re.compile(r"charset\s*=\s*\"?([^\";\s]+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Received:
    """Parsed body: its bytes, media type and document, and the errors that the parser found.

    In place of the bytes of a multipart form stands a digest of its parts, so that a form sent again is recognised.
    """

    payload: bytes
    document: object = None
    errors: list[FieldError] = field(default_factory=list)
    media: str | None = None


class Media[BodyT](Protocol):
    """Reader and validator of one media type."""

    async def read(self, request: Request, parameters: str, limit: int) -> Received:
        """Read the body and what is wrong with it; raises a Refusal when it is too large or cannot be read."""
        ...

    def validate(self, document: object) -> BodyT:
        """Return the body's model; raises ValidationError."""
        ...


class JsonMedia[BodyT]:
    """Reader of application/json and application/merge-patch+json."""

    def __init__(self, adapter: TypeAdapter[BodyT]) -> None:
        self._adapter = adapter

    async def read(self, request: Request, parameters: str, limit: int) -> Received:
        """Read a JSON document of RFC 8259 in UTF-8."""
        return self.parse(await _read(request, limit), parameters)

    def parse(self, payload: bytes, parameters: str) -> Received:
        """Parse the bytes of a document; raises a Refusal with 400 or 415."""
        charset = _CHARSET.search(parameters)
        if charset is not None and charset[1].lower() != "utf-8":
            raise _unsupported("JSON is read in UTF-8 only.")
        try:
            return Received(payload, strict_json.parse(payload))
        except strict_json.MalformedJsonError as error:
            raise Refusal(400, "malformed-request", str(error)) from error

    def validate(self, document: object) -> BodyT:
        """Return the model that the document fits."""
        return self._adapter.validate_python(document)


class FormMedia[BodyT]:
    """Reader of application/x-www-form-urlencoded and multipart/form-data."""

    def __init__(self, adapter: TypeAdapter[BodyT], form: UrlencodedForm | MultipartForm) -> None:
        self._adapter = adapter
        self._form = form

    async def read(self, request: Request, parameters: str, limit: int) -> Received:
        """Read the form's fields into one object; files go to disk as they arrive, and are closed with the request."""
        if isinstance(self._form, UrlencodedForm):
            payload = await _read(request, limit)
            document, errors = forms.read_urlencoded(self._form, payload)
            return Received(payload, document, errors)
        parts = await forms.read_parts(_chunks(request, limit), parameters)
        request.scope[UPLOADS] = [part for _, part in parts if isinstance(part, forms.Upload)]
        document, errors = forms.form_of(self._form, parts)
        return Received(forms.digest(parts), document, errors)

    def validate(self, document: object) -> BodyT:
        """Return the model that the fields fit."""
        return self._adapter.validate_python(document)


class Body[BodyT]:
    """Receives the body of one operation; `media` maps the media types that it accepts to their readers."""

    def __init__(self, media: Mapping[str, Media[BodyT]], *, max_size: int = MAX_BODY) -> None:
        self._media = media
        self._max_size = max_size

    async def receive(self, request: Request) -> Received:
        """Read and parse the body, or refuse with 415, 413 or 400."""
        media, parameters = _content_type(request)
        reader = self._media.get(media)
        if reader is None:
            # RFC 5789, section 2.2; for other methods RFC 9110, section 12.5.1, has Accept say it in a response.
            name = "accept-patch" if request.method == "PATCH" else "accept"
            raise _unsupported(f"Send one of: {', '.join(self._media)}.", headers={name: ", ".join(self._media)})
        _check_announced(request, self._max_size)
        return replace(await reader.read(request, parameters, self._max_size), media=media)

    def collect(self, received: Received) -> tuple[BodyT | None, list[FieldError]]:
        """Return the validated body, or None with all that is wrong with it."""
        if received.media is None or received.errors:
            return None, received.errors
        try:
            return self._media[received.media].validate(received.document), []
        except ValidationError as error:
            return None, findings.in_body(error, received.document)


class NoBody(Body[None]):
    """Body of an operation that takes none; nothing is read."""

    def __init__(self) -> None:
        super().__init__({}, max_size=0)

    @override
    async def receive(self, request: Request) -> Received:
        """Read nothing."""
        return Received(b"")


class OptionalBody[BodyT](Body[BodyT | None]):
    """Body that may be left out: no bytes and no media type."""

    @override
    async def receive(self, request: Request) -> Received:
        """Read the body if there is one."""
        if "content-type" not in request.headers and not await _read(request, self._max_size):
            return Received(b"")
        return await super().receive(request)


def _content_type(request: Request) -> tuple[str, str]:
    lines = request.headers.getlist("content-type")
    if len(lines) != 1:
        raise _unsupported("Say in one Content-Type header what the body is.")
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        # RFC 9110, section 12.5.3: a response says by it which encodings a request may have.
        raise _unsupported("Send the body without a content encoding.", headers={"accept-encoding": "identity"})
    media, _, parameters = lines[0].partition(";")
    return media.strip().lower(), parameters


def _unsupported(detail: str, headers: Mapping[str, str] | None = None) -> Refusal:
    return Refusal(415, "unsupported-media-type", detail, headers=headers)


def _too_large(limit: int) -> Refusal:
    return Refusal(413, "payload-too-large", f"The body may have {limit} bytes at most.")


async def _read(request: Request, limit: int) -> bytes:
    # A request that is responded to once more has been read before.
    payload: bytes | None = request.scope.get(_PAYLOAD)
    if payload is None:
        payload = request.scope[_PAYLOAD] = b"".join([chunk async for chunk in _chunks(request, limit)])
    return payload


def _check_announced(request: Request, limit: int) -> None:
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and int(announced) > limit:
        raise _too_large(limit)


async def _chunks(request: Request, limit: int) -> AsyncGenerator[bytes, None]:
    size = 0
    try:
        async for chunk in request.stream():
            size += len(chunk)
            if size > limit:
                raise _too_large(limit)
            yield chunk
    except ClientDisconnect as error:
        raise Refusal(400, "malformed-request", "The connection ended before the body did.") from error
