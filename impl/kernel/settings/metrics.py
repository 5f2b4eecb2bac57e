"""Settings of the listener that metrics are read from."""

from collections.abc import Iterator
from ipaddress import ip_address
from typing import Annotated

from pydantic import AfterValidator, BaseModel, Field, SecretStr


def _address(given: str) -> str:
    """Refuse names, which may lead to another interface than the operator thinks of."""
    try:
        return str(ip_address(given))
    except ValueError:
        raise ValueError("name an address of this machine, as 127.0.0.1 or ::") from None


class MetricsSettings(BaseModel):
    # Without a port, nothing listens and no request is counted.
    metrics_port: int | None = Field(default=None, ge=1, le=65535)
    metrics_host: Annotated[str, AfterValidator(_address)] = "127.0.0.1"
    metrics_token: SecretStr | None = None

    def metrics_complaints(self, *, is_production: bool) -> Iterator[str]:
        """Yield what production refuses of these settings."""
        is_reachable = self.metrics_port is not None and not ip_address(self.metrics_host).is_loopback
        if is_production and is_reachable and self.metrics_token is None:
            yield "METRICS_TOKEN is missing: METRICS_HOST lets others than this machine read the metrics"
