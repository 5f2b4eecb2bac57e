"""Settings of the webhooks that are sent to the systems of others."""

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, Field, FilePath
from pydantic_settings import NoDecode


def _ports(value: object) -> object:
    """Split a list that the environment gives as `443,8443`."""
    return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value


type Ports = Annotated[tuple[Annotated[int, Field(ge=1, le=65535)], ...], NoDecode, BeforeValidator(_ports)]


class WebhookSettings(BaseModel):
    webhook_ports: Ports = (443,)
    # `loopback` sends to this machine alone, on any port: for development and tests.
    webhook_network: Literal["public", "loopback"] = "public"
    # Certificates of authorities to trust beside those that everybody trusts.
    webhook_ca_file: FilePath | None = None
    # Most requests that are under way at once, each to another endpoint.
    webhook_concurrency: int = Field(default=16, ge=1, le=200)

    def webhook_complaints(self, *, is_production: bool) -> Iterator[str]:
        """Yield what production refuses of these settings."""
        if is_production and self.webhook_network == "loopback":
            yield "WEBHOOK_NETWORK=loopback is for development: providers could send requests to this machine"
