"""Reader of an operation's path, query, header and cookie parameters."""

from collections.abc import Mapping
from urllib.parse import parse_qsl

from pydantic import BaseModel, ValidationError
from starlette.requests import Request
from starlette.types import Scope

from openapi.runtime import findings
from openapi.runtime.formats import Closed
from openapi.runtime.texts import Field
from openapi.runtime.wire import FieldError

type Raw = dict[str, object]


class NoParameters(Closed):
    """Parameters of an operation that has none."""


class Parameters[ModelT: BaseModel]:
    """Reads the parameters of one operation; `headers` and `cookies` map the model's names to those on the wire."""

    def __init__(
        self,
        model: type[ModelT],
        *,
        path: Mapping[str, Field] | None = None,
        query: Mapping[str, Field] | None = None,
        headers: Mapping[str, tuple[str, Field]] | None = None,
        cookies: Mapping[str, tuple[str, Field]] | None = None,
        defaults: Mapping[str, object] | None = None,
        open_query: bool = False,
    ) -> None:
        self._model = model
        self._defaults = dict(defaults or {})
        self._path = tuple((path or {}).items())
        self._query = dict(query or {})
        self._headers = tuple(
            (name, wire.lower().encode("latin-1"), field) for name, (wire, field) in (headers or {}).items()
        )
        self._cookies = {wire: (name, field) for name, (wire, field) in (cookies or {}).items()}
        self._wire_names = {name: wire for name, (wire, _) in [*(headers or {}).items(), *(cookies or {}).items()]}
        self._open_query = open_query

    def collect(self, request: Request) -> tuple[ModelT | None, list[FieldError]]:
        """Return the parameters, or None with all that is wrong with them."""
        scope = request.scope
        raw: Raw = dict(self._defaults)
        errors: list[FieldError] = []
        for name, field in self._path:
            raw[name] = field.read(scope["path_params"][name])
        if scope["query_string"]:
            self._collect_query(scope["query_string"], raw, errors)
        if self._headers:
            self._collect_headers(scope, raw, errors)
        if self._cookies:
            self._collect_cookies(scope, raw, errors)
        refused = {error.parameter for error in errors}
        try:
            parameters = self._model.model_validate(raw)
        except ValidationError as error:
            found = findings.in_parameters(error, self._wire_names)
            errors.extend(one for one in found if one.parameter not in refused)
            return None, errors
        return (None, errors) if errors else (parameters, errors)

    def _collect_query(self, query: bytes, raw: Raw, errors: list[FieldError]) -> None:
        sent: dict[str, list[str]] = {}
        # surrogateescape keeps bytes that are not UTF-8 visible as such, and the model refuses them by name
        for name, value in parse_qsl(query.decode("latin-1"), keep_blank_values=True, errors="surrogateescape"):
            sent.setdefault(name, []).append(value)
        for name, values in sent.items():
            field = self._query.get(name)
            if field is None:
                if not self._open_query:
                    errors.append(FieldError("unknown", "is not known here", parameter=_printable(name)))
            elif field.repeated(values):
                errors.append(FieldError("duplicate", "must be given once", parameter=name))
            else:
                raw[name] = field.value(values)

    def _collect_headers(self, scope: Scope, raw: Raw, errors: list[FieldError]) -> None:
        headers: list[tuple[bytes, bytes]] = scope["headers"]
        for name, wire, field in self._headers:
            values = [value.decode("latin-1") for key, value in headers if key == wire]
            if len(values) > 1 and field.read is not Field().read:
                errors.append(FieldError("duplicate", "must be given once", parameter=self._wire_names[name]))
            elif values:
                raw[name] = field.value([", ".join(values)])  # RFC 9110, section 5.3: lines of one name are one list

    def _collect_cookies(self, scope: Scope, raw: Raw, errors: list[FieldError]) -> None:
        """Read our cookies; every service below the domain may have set others, of our names as well."""
        for key, line in scope["headers"]:
            if key != b"cookie":
                continue
            for pair in line.decode("latin-1").split(";"):
                wire, _, value = pair.strip(" \t").partition("=")
                if wire not in self._cookies:
                    continue
                name, field = self._cookies[wire]
                if name not in raw:
                    raw[name] = field.value([value])
                elif field.read is Field().read:
                    raw[name] = f"{raw[name]}; {value}"  # as they came; no value holds a semicolon
                else:
                    errors.append(FieldError("duplicate", "must be given once", parameter=wire))


def _printable(name: str) -> str:
    """Return an unknown name as text that JSON can carry, and not too much of it, since it is sent back."""
    return name.encode("utf-8", "replace").decode("utf-8")[: findings.MAX_NAME]
