"""Settings come from arguments, environment and files, and unsafe ones keep the program from starting."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
from pydantic import ValidationError

from impl.kernel.settings.database import DatabaseSettings
from impl.kernel.settings.service import Settings

GOOD = {
    "ENVIRONMENT": "production",
    "DATABASE_URL": "postgresql://a:b@db/hestami",
    "APP_URL": "https://hestami.ai",
    "API_URL": "https://api.hestami.ai",
    "SMTP_HOST": "mail.hestami.ai",
    "STORAGE_S3_BUCKET": "hestami",
    "SECRET_KEY": hashlib.sha256(b"a").hexdigest(),
    "PASSWORD_PEPPER": hashlib.sha256(b"b").hexdigest(),
    "ENCRYPTION_KEYS": f"{hashlib.sha256(b'e').hexdigest()}, {hashlib.sha256(b'd').hexdigest()}",
    "AUDIT_KEYS": hashlib.sha256(b"f").hexdigest(),
    "JWT_KEYS": f'{{"2026": {{"algorithm": "HS256", "key": "{hashlib.sha256(b"c").hexdigest()}"}}}}',
}


@pytest.fixture(autouse=True)
def empty_surroundings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("SECRETS_DIR", *(field.upper() for field in Settings.model_fields)):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)


def set_env(monkeypatch: pytest.MonkeyPatch, values: dict[str, str]) -> None:
    for name, value in values.items():
        monkeypatch.setenv(name, value)


def refusal(monkeypatch: pytest.MonkeyPatch, **changes: str) -> str:
    set_env(monkeypatch, GOOD | changes)
    with pytest.raises(SystemExit) as raised:
        Settings.load()
    return str(raised.value)


def test_production_starts_with_all_it_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    set_env(monkeypatch, GOOD | {"DATABASE_POOL_SIZE": ""})
    settings = Settings.load()
    assert settings.database_pool_size == 20, "what is empty counts as not set"
    assert settings.is_production
    assert settings.jwt_active_kid == "2026"
    assert settings.signing_keys["2026"][0] == "HS256"
    assert settings.mailbox_dir is None
    assert settings.log_format == "json"
    assert settings.encryption_ring == tuple(hashlib.sha256(name).hexdigest().encode() for name in (b"e", b"d"))
    assert not Path(".data").exists()


def test_production_names_all_that_is_missing_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENVIRONMENT", "production")
    with pytest.raises(SystemExit) as raised:
        Settings.load()
    secrets = ("SECRET_KEY", "PASSWORD_PEPPER", "JWT_KEYS", "ENCRYPTION_KEYS", "AUDIT_KEYS")
    for name in (*secrets, "DATABASE_URL", "APP_URL", "API_URL", "SMTP_HOST", "STORAGE_DIR"):
        assert name in str(raised.value)
    assert "Traceback" not in str(raised.value)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("SECRET_KEY", "short", "shorter"),
        ("SECRET_KEY", "change-me-change-me-change-me-change-me", "default or a placeholder"),
        ("SECRET_KEY", "ababababababababababababababababababababab", "default or a placeholder"),
        ("PASSWORD_PEPPER", GOOD["SECRET_KEY"], "differ"),
        ("PASSWORD_PEPPER", "", "missing"),
        ("ENCRYPTION_KEYS", " , ", "ENCRYPTION_KEYS is missing"),
        ("ENCRYPTION_KEYS", f"{GOOD['ENCRYPTION_KEYS']},short", "ENCRYPTION_KEYS[2] is shorter"),
        ("ENCRYPTION_KEYS", GOOD["SECRET_KEY"], "differ"),
        ("AUDIT_KEYS", "", "AUDIT_KEYS is missing"),
        ("AUDIT_KEYS", "short", "AUDIT_KEYS[0] is shorter"),
        ("AUDIT_KEYS", GOOD["SECRET_KEY"], "differ"),
        ("JWT_KEYS", '{"a": {"key": "short"}}', "JWT_KEYS[a] is shorter"),
        ("JWT_ACTIVE_KID", "other", "names no key"),
        ("BCRYPT_COST", "11", "BCRYPT_COST is below 12"),
        ("APP_URL", "http://hestami.ai", "https"),
        ("DATABASE_POOL_SIZE", "0", "DATABASE_POOL_SIZE"),
        ("SMTP_CA_FILE", "/nowhere/at/all", "SMTP_CA_FILE"),
        ("SMTP_TIMEOUT_SECONDS", "41", "SMTP_TIMEOUT_SECONDS"),
        ("STORAGE_S3_BUCKET", "", "STORAGE_DIR or STORAGE_S3_BUCKET is missing"),
        ("STORAGE_S3_BUCKET", "No/Bucket", "STORAGE_S3_BUCKET"),
        ("STORAGE_DIR", "/srv/files", "exclude one another"),
        ("STORAGE_S3_ENDPOINT", "s3.example.org", "STORAGE_S3_ENDPOINT: has no scheme"),
        ("STORAGE_S3_ACCESS_KEY_ID", "AKEXAMPLE", "belong together"),
        ("WEBHOOK_NETWORK", "loopback", "WEBHOOK_NETWORK=loopback is for development"),
        ("WEBHOOK_PORTS", "443,0", "WEBHOOK_PORTS"),
        ("REDIS_URL", "redis://redis:6379/0", "REDIS_URL has no password"),
        ("METRICS_TOKEN", "short", "METRICS_TOKEN is shorter"),
        ("METRICS_TOKEN", GOOD["SECRET_KEY"], "differ"),
        ("METRICS_HOST", "localhost", "METRICS_HOST: name an address"),
        ("METRICS_PORT", "0", "METRICS_PORT"),
        ("ENVIRONMENT", "staging", "ENVIRONMENT"),
    ],
)
def test_production_refuses_what_is_not_safe(monkeypatch: pytest.MonkeyPatch, name: str, value: str, said: str) -> None:
    assert said in refusal(monkeypatch, **{name: value})


@pytest.mark.parametrize("host", ["::", "10.0.0.7"])
def test_others_read_metrics_with_a_token_only(monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    assert "METRICS_TOKEN is missing" in refusal(monkeypatch, METRICS_PORT="9464", METRICS_HOST=host)
    set_env(monkeypatch, {"METRICS_TOKEN": hashlib.sha256(b"m").hexdigest()})
    assert Settings.load().metrics_host == host


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_metrics_for_this_machine_need_no_token(monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    set_env(monkeypatch, GOOD | {"METRICS_PORT": "9464", "METRICS_HOST": host})
    assert Settings.load().metrics_token is None


def test_mails_are_written_to_a_folder_in_development_only(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert "MAILBOX_DIR is for development" in refusal(monkeypatch, MAILBOX_DIR=str(tmp_path))
    set_env(monkeypatch, {"ENVIRONMENT": "development"})
    assert Settings.load().mailbox_dir == tmp_path


def test_the_data_folder_holds_the_database_too(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    set_env(monkeypatch, {"DATA_DIR": str(tmp_path / "not" / "there")})
    expected = f"sqlite+aiosqlite:///{tmp_path}/not/there/hestami.db"
    assert Settings.load().database_url == expected
    assert DatabaseSettings().database_url == expected, "the one that migrations change"
    monkeypatch.delenv("DATA_DIR")
    assert Settings.load().database_url == "sqlite+aiosqlite:///.data/hestami.db"
    set_env(monkeypatch, {"DATABASE_URL": "postgresql://x/y", "DATA_DIR": str(tmp_path)})
    assert Settings.load().database_url == "postgresql://x/y"


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("https://app.hestami.ai", "https://app.hestami.ai"),
        ("HTTPS://App.Hestami.AI", "https://app.hestami.ai"),
        ("https://app.hestami.ai/", "https://app.hestami.ai"),
        ("https://app.hestami.ai:443", "https://app.hestami.ai"),
        ("http://localhost:80", "http://localhost"),
        ("http://localhost:3000", "http://localhost:3000"),
        ("http://[0::1]:3000", "http://[::1]:3000"),
        ("capacitor://localhost", "capacitor://localhost"),
    ],
)
def test_an_origin_is_compared_as_browsers_write_it(monkeypatch: pytest.MonkeyPatch, written: str, read: str) -> None:
    set_env(monkeypatch, GOOD | {"CORS_ORIGINS": written})
    assert Settings.load().cors_origins == (read,)


@pytest.mark.parametrize(
    "origin",
    [
        "*",
        "null",
        "app.hestami.ai",
        "localhost:3000",
        "https://*.hestami.ai",
        "https://app.hestami.ai/path",
        "https://app.hestami.ai?",
        "https://app.hestami.ai#x",
        "https://app.hestami.ai:port",
        "https://app.hestami.ai:99999",
        "https://",
        "https:///x",
        "https://[::1",
        "https://b\u00fccher.example",
        "https://user:pla1n-text@app.hestami.ai",
    ],
)
def test_an_origin_that_can_never_match_is_named(monkeypatch: pytest.MonkeyPatch, origin: str) -> None:
    said = refusal(monkeypatch, CORS_ORIGINS=f"https://good.example,{origin}")
    assert "CORS_ORIGINS: " in said
    assert origin.rpartition("@")[2] in said
    assert "pla1n-text" not in said


@pytest.mark.parametrize(
    "url",
    [
        "api.hestami.ai",
        "https://api.hestami.ai/?a=b",
        "https://api.hestami.ai#x",
        "https://a:pla1n-text@api.hestami.ai",
        "https://::1/x",
        "https://api.hestami.ai/a b",
        "https://api.hestami.ai/a/../b",
        "ftp://api.hestami.ai",
    ],
)
def test_an_address_of_ours_that_no_link_can_begin_with_is_named(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    for name in ("API_URL", "APP_URL"):
        said = refusal(monkeypatch, **{name: url})
        assert f"{name}: " in said
        assert "pla1n-text" not in said
        monkeypatch.delenv(name)


def test_the_version_is_no_part_of_the_service_s_address(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "leave out /api/v1" in refusal(monkeypatch, API_URL="https://api.hestami.ai/api/v1/")


def test_addresses_of_ours_lose_what_makes_no_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    set_env(monkeypatch, GOOD | {"API_URL": "https://API.hestami.ai:443/hestami/", "APP_URL": "https://[::1]:8443/"})
    settings = Settings.load()
    assert (settings.api_url, settings.app_url) == ("https://api.hestami.ai/hestami", "https://[::1]:8443")


def test_a_proxy_that_is_no_address_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "TRUSTED_PROXIES: proxy.internal is no address" in refusal(
        monkeypatch, TRUSTED_PROXIES="10.0.0.1,proxy.internal"
    )


def test_a_password_for_the_mail_server_goes_out_over_tls_only(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "SMTP_USERNAME needs" in refusal(monkeypatch, SMTP_USERNAME="hestami", SMTP_STARTTLS="false")
    for way in ({"SMTP_STARTTLS": "true"}, {"SMTP_STARTTLS": "false", "SMTP_TLS": "true"}):
        set_env(monkeypatch, GOOD | {"SMTP_USERNAME": "hestami"} | way)
        assert Settings.load().smtp_username == "hestami"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("RETENTION_SESSIONS_DAYS", "0"),
        ("RETENTION_LOGIN_THROTTLES_DAYS", "0"),
        ("RETENTION_CLOSED_ACCOUNTS_DAYS", "13"),
        ("RETENTION_CLOSED_ACCOUNTS_DAYS", "31"),
        ("RETENTION_UNVERIFIED_ACCOUNTS_DAYS", "6"),
        ("RETENTION_UNVERIFIED_ACCOUNTS_DAYS", "366"),
        ("RETENTION_AUDIT_PERSONAL_DAYS", "29"),
        ("RETENTION_SECOND_FACTORS_DAYS", "-1"),
        ("RETENTION_SENT_MAILS_DAYS", "for ever"),
    ],
)
def test_a_period_that_makes_no_sense_is_named(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    assert f"{name}: Input should be" in refusal(monkeypatch, **{name: value})


_PROVIDER = {"client_id": "9f1c62d0.apps", "client_secret": "GX-pla1n-text-58ce0b41"}


def test_google_needs_its_client_only(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "providers").write_text(
        json.dumps({"google": _PROVIDER, "work": {**_PROVIDER, "issuer": "https://id"}})
    )
    clients = {"web": ["https://app.hestami.ai/in"], "app": ["ai.hestami.app:/in", "http://127.0.0.1:7000/in"]}
    files = {"OAUTH_PROVIDERS_FILE": str(tmp_path / "providers"), "OAUTH_CLIENTS": json.dumps(clients)}
    set_env(monkeypatch, GOOD | files)
    settings = Settings.load()
    google, work = settings.oauth_providers["google"], settings.oauth_providers["work"]
    assert (google.issuer, google.display_name) == ("https://accounts.google.com", "Google")
    assert (work.issuer, work.display_name, work.scopes) == ("https://id", "Work", ("openid", "email", "profile"))
    assert settings.oauth_clients["app"] == ("ai.hestami.app:/in", "http://127.0.0.1:7000/in")
    assert "pla1n-text" not in repr(settings)


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("google", {"client_secret": "short"}),
        ("google", {"client_secret": "your-secret-goes-here"}),
        ("google", {"client_id": "your-client-id"}),
        ("google", {"issuer": "http://accounts.google.com"}),
        ("google", {"issuer": "http://127.0.0.1:9000"}),
        ("google", {"issuer": "https://a@accounts.google.com"}),
        ("google", {"issuer": "https://accounts.google.com/?a=b"}),
        ("google", {"scopes": ["email"]}),
        ("google", {"scopes": ["openid", "a b"]}),
        ("google", {"redirect": "x"}),
        ("work", {}),
        ("local", {"issuer": "https://id"}),
        ("a/b", {"issuer": "https://id"}),
    ],
)
def test_a_provider_that_makes_no_sense_is_named(
    monkeypatch: pytest.MonkeyPatch, name: str, changes: dict[str, object]
) -> None:
    said = refusal(monkeypatch, OAUTH_PROVIDERS=json.dumps({name: _PROVIDER | changes}))
    assert name.upper() in said.upper()
    assert "pla1n-text" not in said


@pytest.mark.parametrize(
    "uri",
    [
        "http://app.hestami.ai/in",
        "https://app.hestami.ai/in#x",
        "https://a@app.hestami.ai/in",
        "https:///in",
        "https://*",
        "javascript:alert(1)",
        "data:text/html,x",
        "app:/in",
        "https://app.hestami.ai/ in",
        "https://app.hestami.ai/in\r\nSet-Cookie: x",
        "",
    ],
)
def test_a_redirect_uri_that_nobody_could_own_is_named(monkeypatch: pytest.MonkeyPatch, uri: str) -> None:
    assert "OAUTH_CLIENTS[web]" in refusal(monkeypatch, OAUTH_CLIENTS=json.dumps({"web": [uri]}))


def test_no_message_shows_a_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SECRET_KEY", "PASSWORD_PEPPER"):
        assert "pla1n-text" not in refusal(monkeypatch, **{name: "pla1n-text"})
    assert "pla1n-text" not in refusal(monkeypatch, JWT_KEYS='{"a": {"algorithm": "RS1", "key": "pla1n-text"}}')
    set_env(monkeypatch, GOOD)
    assert GOOD["SECRET_KEY"] not in repr(Settings.load())


def test_secrets_may_stand_in_files(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    folder = tmp_path / "secrets"
    folder.mkdir()
    (folder / "password_pepper").write_text(GOOD["PASSWORD_PEPPER"] + "\n")
    (folder / "JWT_KEYS").write_text(GOOD["JWT_KEYS"])
    (tmp_path / "key").write_text(GOOD["SECRET_KEY"] + "\n")
    others = {name: value for name, value in GOOD.items() if name not in {"SECRET_KEY", "PASSWORD_PEPPER", "JWT_KEYS"}}
    set_env(monkeypatch, others | {"SECRETS_DIR": str(folder), "SECRET_KEY_FILE": str(tmp_path / "key")})
    settings = Settings.load()
    assert settings.secret_key.get_secret_value() == GOOD["SECRET_KEY"]
    assert settings.password_pepper.get_secret_value() == GOOD["PASSWORD_PEPPER"]
    assert list(settings.jwt_keys) == ["2026"]


def test_a_file_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "SMTP_PASSWORD_FILE" in refusal(monkeypatch, SMTP_PASSWORD_FILE="/nowhere/at/all")


def test_json_that_is_none_is_told_without_showing_it(monkeypatch: pytest.MonkeyPatch) -> None:
    said = refusal(monkeypatch, JWT_KEYS="pla1n-text")
    assert "jwt_keys" in said
    assert "pla1n-text" not in said


def test_the_environment_wins_over_the_file_and_dotenv(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("MAIL_FROM=dotenv@hestami.test\nSMTP_HOST=dotenv\nPORT=1\nSMTP_USERNAME=dotenv\n")
    (tmp_path / "host").write_text("file")
    set_env(monkeypatch, {"SMTP_HOST_FILE": str(tmp_path / "host"), "MAIL_FROM": "env@hestami.test", "SMTP_PORT": ""})
    settings = Settings.load()
    assert (settings.mail_from, settings.smtp_host, settings.smtp_username, settings.smtp_port) == (
        "env@hestami.test",
        "file",
        "dotenv",
        587,
    )


def test_development_needs_nothing_and_keeps_its_secrets() -> None:
    first, second = Settings.load(), Settings.load()
    assert first.environment == "development"
    assert first.secret_key == second.secret_key
    assert first.jwt_keys == second.jwt_keys
    assert first.secret_key != first.password_pepper
    assert first.encryption_ring == second.encryption_ring
    assert first.mailbox_dir == Path(".data/mailbox")
    assert first.log_format == "text"
    path = Path(".data/secrets.json")
    assert path.stat().st_mode & 0o077 == 0
    assert len(list(path.parent.iterdir())) == 1


def test_tests_are_given_all_their_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    set_env(monkeypatch, {"SMTP_HOST": "from-outside"})
    (tmp_path / ".env").write_text("MAIL_FROM=outside@hestami.test\n")
    settings = Settings.model_validate({"environment": "test", "cors_origins": "https://a.test, https://b.test,"})
    assert settings.smtp_host is None
    assert settings.mail_from == Settings.model_fields["mail_from"].default
    assert settings.cors_origins == ("https://a.test", "https://b.test")


def test_lists_are_given_with_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    set_env(monkeypatch, {"TRUSTED_PROXIES": "10.0.0.7/8, ::1"})
    assert Settings.load().trusted_proxies == ("10.0.0.0/8", "::1/128")


def test_settings_cannot_be_changed_afterwards() -> None:
    settings = Settings.load()
    with pytest.raises(ValidationError):
        settings.bcrypt_cost = 4  # type: ignore[misc]  # what mypy refuses, the program refuses as well


def test_a_migration_needs_the_database_only(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "url").write_text("postgresql://x/y\n")
    set_env(monkeypatch, {"ENVIRONMENT": "production", "DATABASE_URL_FILE": str(tmp_path / "url")})
    assert DatabaseSettings().database_url == "postgresql://x/y"


@pytest.mark.parametrize("name", ["*", "a b", "x:", "\u00fc"])
def test_a_header_that_no_request_has_is_named(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    assert "CORS_HEADERS: " in refusal(monkeypatch, CORS_HEADERS=f"x-good,{name}")
