"""Settings of traces, by the names that OpenTelemetry gives them."""

from collections.abc import Iterator, Mapping
from ipaddress import ip_address
from typing import Annotated, Literal
from urllib.parse import unquote, urlsplit

from pydantic import AfterValidator, BaseModel, Field, SecretStr

type Sampler = Literal[
    "always_on",
    "always_off",
    "traceidratio",
    "parentbased_always_on",
    "parentbased_always_off",
    "parentbased_traceidratio",
]


def pairs(text: str) -> Mapping[str, str]:
    """Read `name=value,name=value`, whose values may be percent-encoded; raise ValueError for anything else."""
    found: dict[str, str] = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        name, sign, value = part.partition("=")
        if not sign or not name.strip():
            raise ValueError("write name=value, several with commas in between")
        found[name.strip()] = unquote(value.strip())
    return found


def _paired(given: str) -> str:
    pairs(given)
    return given


def _paired_secret(given: SecretStr) -> SecretStr:
    pairs(given.get_secret_value())
    return given


def _endpoint(given: str) -> str:
    url = urlsplit(given)
    if url.scheme not in {"http", "https"} or not url.hostname or url.query or url.fragment or "@" in url.netloc:
        raise ValueError("name the collector's address, as http://127.0.0.1:4318, without a user and a query")
    return given.rstrip("/")


class TracingSettings(BaseModel):
    # Without an endpoint nothing is traced, and no library for it is loaded.
    otel_exporter_otlp_endpoint: Annotated[str, AfterValidator(_endpoint)] | None = None
    otel_exporter_otlp_headers: Annotated[SecretStr, AfterValidator(_paired_secret)] = SecretStr("")
    otel_service_name: str = Field(default="hestami", min_length=1, max_length=200)
    otel_resource_attributes: Annotated[str, AfterValidator(_paired)] = ""
    otel_traces_sampler: Sampler = "parentbased_always_on"
    otel_traces_sampler_arg: float = Field(default=1.0, ge=0, le=1)
    otel_sdk_disabled: bool = False

    @property
    def is_traced(self) -> bool:
        return self.otel_exporter_otlp_endpoint is not None and not self.otel_sdk_disabled

    def tracing_complaints(self, *, is_production: bool) -> Iterator[str]:
        """Yield what production refuses of these settings."""
        endpoint = urlsplit(self.otel_exporter_otlp_endpoint or "")
        has_headers = bool(self.otel_exporter_otlp_headers.get_secret_value())
        if is_production and has_headers and endpoint.scheme == "http" and not _is_here(endpoint.hostname or ""):
            yield "OTEL_EXPORTER_OTLP_ENDPOINT must begin with https://: OTEL_EXPORTER_OTLP_HEADERS would be readable"


def _is_here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
