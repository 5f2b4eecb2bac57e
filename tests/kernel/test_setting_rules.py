"""Rules of single settings, each by a table: secrets, identity providers, redirect URIs, collectors, connections."""

from __future__ import annotations

import pytest
from pydantic import SecretStr, ValidationError

from impl.kernel.engines.connection_checks import Patience
from impl.kernel.engines.connection_options import ConnectionOptions
from impl.kernel.settings import oauth
from impl.kernel.settings.connection import ConnectionSettings
from impl.kernel.settings.oauth import OAuthProvider, complaints, completed
from impl.kernel.settings.secret import is_placeholder, weakness
from impl.kernel.settings.tracing import TracingSettings, pairs

_STRONG = "0123456789abcdefghijklmnopqrstuv"


@pytest.mark.parametrize(
    ("secret", "weakness_of"),
    [
        (_STRONG, None),
        (_STRONG[:10] * 4, None),
        ("", "is missing"),
        (_STRONG[:31], "is shorter than 32 characters"),
        (_STRONG[:9] * 4, "is a default or a placeholder"),
        (f"{_STRONG}-CHANGE-me", "is a default or a placeholder"),
    ],
)
def test_a_secret_is_long_and_of_many_characters(secret: str, weakness_of: str | None) -> None:
    assert weakness(SecretStr(secret)) == weakness_of
    assert not is_placeholder(_STRONG)


def _provider(**changes: object) -> OAuthProvider:
    values = {"issuer": "https://id.test", "client_id": "hestami", "client_secret": "s3cr3t-12", **changes}
    return OAuthProvider.model_validate(values)


@pytest.mark.parametrize(
    ("name", "changes", "in_development", "in_production"),
    [
        ("good", {}, [], []),
        ("local", {}, ["a name is"], ["a name is"]),
        ("Bad", {}, ["a name is"], ["a name is"]),
        ("good", {"issuer": "http://localhost:9"}, [], [".issuer"]),
        ("good", {"issuer": "http://id.test"}, [".issuer"], [".issuer"]),
        ("good", {"issuer": "https://id.test/?x=1"}, [".issuer"], [".issuer"]),
        ("good", {"issuer": "https://ann@id.test"}, [".issuer"], [".issuer"]),
        ("good", {"issuer": "https:///x"}, [".issuer"], [".issuer"]),
        ("good", {"issuer": "ftp://localhost"}, [".issuer"], [".issuer"]),
        ("good", {"issuer": "https://[x"}, [".issuer"], [".issuer"]),
        ("good", {"scopes": ["email"]}, [".scopes"], [".scopes"]),
        ("good", {"scopes": ["openid", "a b"]}, [".scopes"], [".scopes"]),
        ("good", {"client_secret": "1234567"}, [], [".client_secret"]),
        ("good", {"client_secret": "12345678"}, [], []),
        ("good", {"client_secret": "change-it-now"}, [], [".client_secret"]),
        ("good", {"client_id": "your-client"}, [], [".client_id"]),
    ],
)
def test_each_fault_of_a_provider_is_named_alone(
    name: str, changes: dict[str, object], in_development: list[str], in_production: list[str]
) -> None:
    for is_production, expected in ((False, in_development), (True, in_production)):
        found = list(complaints({name: _provider(**changes)}, {}, is_production=is_production))
        assert len(found) == len(expected)
        assert all(text in complaint for text, complaint in zip(expected, found, strict=True))
        assert all(complaint.startswith(f"OAUTH_PROVIDERS[{name}]") for complaint in found)


@pytest.mark.parametrize(("name", "longest", "may_be_empty"), [("client_id", 500, False), ("display_name", 60, True)])
def test_a_text_of_a_provider_is_bounded(name: str, longest: int, *, may_be_empty: bool) -> None:
    for length, is_good in ((0, may_be_empty), (1, True), (longest, True), (longest + 1, False)):
        if is_good:
            assert getattr(_provider(**{name: "x" * length}), name) == "x" * length
        else:
            with pytest.raises(ValidationError):
                _provider(**{name: "x" * length})


@pytest.mark.parametrize(
    ("uri", "is_good"),
    [
        ("https://app.test/callback", True),
        ("https:///callback", False),
        ("http://localhost:3000/x", True),
        ("http://127.0.0.1/x", True),
        ("http://[::1]:8/x", True),
        ("http://app.test/x", False),
        ("com.example.app:/callback", True),
        ("example:/callback", False),
        ("https://app.test/#x", False),
        ("https://ann@app.test/", False),
        ("https://[x/", False),
        ("", False),
    ],
)
def test_a_redirect_uri_belongs_to_somebody(uri: str, *, is_good: bool) -> None:
    assert list(complaints({}, {"app": (uri,)}, is_production=False)) == (
        []
        if is_good
        else [
            f"OAUTH_CLIENTS[app]: {uri} must be https://, http:// on this machine, or a scheme like com.example.app:/"
        ]
    )


def test_a_client_has_a_plain_name_and_a_redirect_uri() -> None:
    assert list(complaints({}, {"an app": ("https://a.test",), "none": ()}, is_production=True)) == [
        "OAUTH_CLIENTS[an app]: a client id is letters, digits, dot, hyphen and underscore",
        "OAUTH_CLIENTS[none] has no redirect URI",
    ]
    assert [oauth.is_loopback(f"http://{host}/x") for host in ("localhost", "127.0.0.1", "[::1]", "a.test")] == [
        *(True, True, True, False)
    ]


def test_what_is_known_of_a_provider_is_filled_in() -> None:
    assert completed("x") == "x"
    assert completed({"google": 1}) == {"google": 1}
    assert completed(
        {"google": {"client_id": "a"}, "mine": {"issuer": "i", "display_name": "My own"}, "other": {}}
    ) == {
        "google": {"issuer": "https://accounts.google.com", "display_name": "Google", "client_id": "a"},
        "mine": {"issuer": "i", "display_name": "My own"},
        "other": {"issuer": "", "display_name": "Other"},
    }


def test_pairs_are_read_with_what_stands_around_them() -> None:
    assert pairs(" a = 1 ,, b=x%20y=z,") == {"a": "1", "b": "x y=z"}
    assert pairs("") == {}
    for wrong in ("a", "=1", " =1", "a=1,b"):
        with pytest.raises(ValueError, match="write name=value"):
            pairs(wrong)


@pytest.mark.parametrize(
    ("endpoint", "is_complained_of"),
    [
        ("http://collector.test:4318", True),
        ("https://collector.test", False),
        ("http://localhost:4318", False),
        ("http://127.0.0.9", False),
        ("http://[::1]:1", False),
    ],
)
def test_keys_leave_the_machine_over_tls_only(endpoint: str, *, is_complained_of: bool) -> None:
    settings = TracingSettings.model_validate(
        {"otel_exporter_otlp_endpoint": f"{endpoint}/", "otel_exporter_otlp_headers": "key=1"}
    )
    assert settings.otel_exporter_otlp_endpoint == endpoint
    assert len(list(settings.tracing_complaints(is_production=True))) == is_complained_of
    bare = TracingSettings.model_validate({"otel_exporter_otlp_endpoint": endpoint})
    assert list(bare.tracing_complaints(is_production=True)) == []


def test_a_service_has_a_name_that_a_collector_takes() -> None:
    for name, is_good in (("", False), ("x", True), ("x" * 200, True), ("x" * 201, False)):
        if is_good:
            assert TracingSettings(otel_service_name=name).otel_service_name == name
        else:
            with pytest.raises(ValidationError):
                TracingSettings(otel_service_name=name)


def test_connections_are_half_for_reading_and_half_for_writing() -> None:
    settings = ConnectionSettings(database_pool_size=9, database_max_overflow=7)
    options = settings.connection_options
    assert (options.size, options.overflow, options.wait, options.recycle) == (4, 3, 2.0, 1800.0)
    assert (options.statement, options.lock, options.idle_transaction, options.transaction) == (15.0, 5.0, 30.0, 120.0)
    assert (options.statement_cache_size, options.is_pooled, settings.is_pooled) == (100, False, False)
    assert settings.connection_patience == Patience(1.0, 1.0, 5.0, 5.0)
    # Of a program that has no settings of the service, as a migration.
    assert Patience() == Patience(1.0, 1.0, 30.0, 0.0)
    plain = ConnectionOptions()
    assert (plain.size, plain.overflow, plain.places, plain.wait, plain.recycle) == (10, 0, 10, 30.0, 1800.0)
    assert (plain.statement_cache_size, plain.is_pooled) == (100, False)
    assert plain.server_settings == {"statement_timeout": "30000ms", "max_parallel_workers_per_gather": "0"}
    pooled = ConnectionSettings(database_pooler="transaction").connection_options
    assert (pooled.statement_cache_size, pooled.is_pooled) == (0, True)
