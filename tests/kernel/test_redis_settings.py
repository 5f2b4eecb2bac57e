"""Settings of Redis: which addresses are taken, and what is said of others."""

from __future__ import annotations

import pytest
from pydantic import SecretStr

from impl.kernel.settings.redis import RedisSettings


def _complaints(url: str, *, is_production: bool) -> list[str]:
    return list(RedisSettings(redis_url=SecretStr(url)).redis_complaints(is_production=is_production))


@pytest.mark.parametrize("is_production", [False, True])
@pytest.mark.parametrize("url", ["redis://[::1", "redis://:secret@redis:port", "redis://:secret@redis:70000"])
def test_text_that_is_no_url_is_refused_without_its_password(url: str, is_production: bool) -> None:
    assert _complaints(url, is_production=is_production) == ["REDIS_URL is no URL"]


@pytest.mark.parametrize("url", ["http://:secret@redis", "redis://", "unix://", "redis:secret"])
def test_an_address_that_leads_to_no_redis_is_refused(url: str) -> None:
    (complaint,) = _complaints(url, is_production=False)
    assert complaint.startswith("REDIS_URL must be redis://")


@pytest.mark.parametrize("url", ["redis://:secret@redis:6379/0", "rediss://:secret@redis", "unix:///run/redis.sock"])
def test_production_takes_a_password_or_a_socket(url: str) -> None:
    assert _complaints(url, is_production=True) == []


def test_only_production_demands_a_password() -> None:
    assert _complaints("redis://redis", is_production=False) == []
    (complaint,) = _complaints("redis://redis", is_production=True)
    assert complaint.startswith("REDIS_URL has no password")


@pytest.mark.parametrize("url", ["unix:///run/redis.sock", "redis://redis/1"])
def test_a_cluster_is_at_hosts_and_has_one_database(url: str) -> None:
    settings = RedisSettings(redis_url=SecretStr(url), redis_cluster=True)
    (complaint,) = settings.redis_complaints(is_production=False)
    assert "REDIS_CLUSTER" in complaint


@pytest.mark.parametrize("url", ["redis://redis", "redis://redis:7000/", "rediss://redis/0"])
def test_a_cluster_is_named_by_one_of_its_nodes(url: str) -> None:
    assert not list(RedisSettings(redis_url=SecretStr(url), redis_cluster=True).redis_complaints(is_production=False))


def test_a_cluster_without_an_address_is_refused() -> None:
    assert list(RedisSettings(redis_cluster=True).redis_complaints(is_production=False)) == [
        "REDIS_CLUSTER needs REDIS_URL"
    ]
