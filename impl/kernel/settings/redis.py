"""Settings of Redis, which processes share their counters through."""

from collections.abc import Iterator
from urllib.parse import urlsplit

from pydantic import BaseModel, Field, SecretStr

_SCHEMES = ("redis", "rediss", "unix")


class RedisSettings(BaseModel):
    # None leaves every process to its own counters.
    redis_url: SecretStr | None = None
    # The URL leads to one node of a cluster, which names the others.
    redis_cluster: bool = False
    # Whether public pages are kept there; counters are in any case.
    response_cache: bool = True
    # A request waits no longer for a page that another process makes at the same time, and then makes it, too.
    response_cache_wait_seconds: float = Field(default=0.25, gt=0, le=60)
    # A request waits no longer for Redis, and then counts in its process alone.
    redis_answer_seconds: float = Field(default=0.025, gt=0, le=5)

    def redis_complaints(self, *, is_production: bool) -> Iterator[str]:
        """Yield the faults of these settings, without the URL, which contains a password."""
        if self.redis_url is None:
            if self.redis_cluster:
                yield "REDIS_CLUSTER needs REDIS_URL"
            return
        try:
            url = urlsplit(self.redis_url.get_secret_value())
            password, _ = url.password, url.port
        except ValueError:
            yield "REDIS_URL is no URL"
            return
        if url.scheme not in _SCHEMES or not (url.path if url.scheme == "unix" else url.hostname):
            yield "REDIS_URL must be redis://, rediss:// or unix://, with a host or a path"
        elif is_production and url.scheme != "unix" and not password:
            yield "REDIS_URL has no password: whoever reaches the server could lift all limits"
        if self.redis_cluster and (url.scheme == "unix" or url.path not in {"", "/", "/0"}):
            yield "REDIS_URL must lead to a host, without the number of a database, where REDIS_CLUSTER is set"
