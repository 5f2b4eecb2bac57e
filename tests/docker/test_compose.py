"""The compose files pin images, name known settings, keep secrets in files, set limits, and mount read-only."""

from __future__ import annotations

import json
import re
from importlib.metadata import distribution
from ipaddress import IPv4Network
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import yaml

from impl.cli import fresh_secrets
from impl.kernel.settings.service import Settings
from tests.harness.databases import ROOT

_FOLDER = ROOT / "docker"
_KNOWN = {name.upper() for name in Settings.model_fields}
_SCHEMA = "check_jsonschema/builtin_schemas/vendor/compose-spec.json"
_VERSION = re.compile(r"\d")


def _read(name: str) -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load((_FOLDER / name).read_text(encoding="utf-8"))
    return document


_DEV = _read("compose.dev.yaml")
_PROD = _read("compose.prod.yaml")
_ALL = [
    (f"{kind}-{name}", one) for kind, of in (("dev", _DEV), ("prod", _PROD)) for name, one in of["services"].items()
]
OURS = {name: one for name, one in _PROD["services"].items() if one["image"].startswith("hestami:")}
SECRETS = set(OURS["api"]["secrets"])
ALL_SECRETS = set(_PROD["secrets"])
_THEIRS = {name: one for name, one in _PROD["services"].items() if name not in OURS}
_MONITORING = {"prometheus", "grafana"}


@pytest.mark.parametrize("service", [one for _, one in _ALL], ids=[name for name, _ in _ALL])
def test_an_image_is_pinned_and_its_health_is_known(service: dict[str, Any]) -> None:
    image, _, tag = service["image"].partition(":")
    if image == "hestami":
        assert tag.startswith("${HESTAMI_VERSION:?"), "without a version nothing should start"
    else:
        assert _VERSION.search(tag)
        assert service["healthcheck"]["test"]
    assert not service.get("privileged")
    assert "network_mode" not in service


@pytest.mark.parametrize("service", OURS.values(), ids=OURS)
def test_our_programs_have_the_time_that_they_take_to_stop(service: dict[str, Any]) -> None:
    drain, stop = (Settings.model_fields[name].default for name in ("drain_seconds", "stop_seconds"))
    assert int(service["stop_grace_period"].removesuffix("s")) > drain + stop + 5


def test_our_programs_are_there() -> None:
    assert OURS.keys() == {"migrate", "api", "worker"}
    assert "healthcheck" not in OURS["api"], "it has the image's own"
    assert OURS["api"]["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}


@pytest.mark.parametrize("service", OURS.values(), ids=OURS)
def test_our_programs_may_do_little(service: dict[str, Any]) -> None:
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert "volumes" not in service
    assert "ports" not in service, "only a reverse proxy talks to it"


@pytest.mark.parametrize("service", _PROD["services"].values(), ids=_PROD["services"])
def test_every_program_has_its_limits(service: dict[str, Any]) -> None:
    assert service["deploy"]["resources"]["limits"].keys() == {"cpus", "memory"}
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]


@pytest.mark.parametrize("path", sorted(_FOLDER.rglob("*.yaml")), ids=lambda path: path.name)
def test_no_key_stands_twice_in_a_mapping(path: Path) -> None:
    """Docker and Kubernetes refuse such a file, and Python reads it without a word."""
    pending: list[yaml.Node] = list(yaml.compose_all(path.read_text(encoding="utf-8"), yaml.SafeLoader))
    while pending:
        node = pending.pop()
        if isinstance(node, yaml.MappingNode):
            keys = [key.value for key, _ in node.value]
            assert len(keys) == len(set(keys)), f"{path.name}:{node.start_mark.line + 1}"
            pending += [value for _, value in node.value]
        elif isinstance(node, yaml.SequenceNode):
            pending += node.value


@pytest.mark.parametrize("name", [path.name for path in sorted(_FOLDER.glob("compose.*.yaml"))])
def test_a_file_fits_the_schema_of_compose(name: str) -> None:
    # Read as a file: the package itself cannot be imported beside the version of click that another one pins.
    schema = Path(str(distribution("check-jsonschema").locate_file(_SCHEMA)))
    jsonschema_rs.validate(json.loads(schema.read_text(encoding="utf-8")), _read(name))


def test_with_a_pooler_every_program_of_ours_goes_through_it() -> None:
    pooler = _read("compose.pooler.yaml")
    (theirs,) = pooler["services"].keys() - OURS.keys()
    for name in OURS:
        service = pooler["services"][name]
        assert service["environment"].keys() <= _KNOWN
        assert {secret.upper() for secret in service["secrets"]} <= _KNOWN
    service = pooler["services"][theirs]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["networks"] == ["inside"]
    assert service["healthcheck"]["test"]
    assert "ports" not in service
    for config in pooler["configs"].values():
        assert (_FOLDER / config["file"]).is_file()


def connections_of(settings: dict[str, str]) -> int:
    """Return how many connections a process may open: those of its pools, to listen, and to ask about a statement."""
    pools = ("database_pool_size", "database_max_overflow")
    return sum(int(settings.get(name.upper(), Settings.model_fields[name].default)) for name in pools) + 2


def max_connections(words: list[str]) -> int:
    """Return what the command of a server says; less those that PostgreSQL keeps for its administrators."""
    (said,) = (word for word in words if word.startswith("max_connections="))
    return int(said.partition("=")[2]) - 3


@pytest.mark.parametrize("name", ["compose.prod.yaml", "compose.archive.yaml"])
def test_the_database_takes_what_all_processes_may_open(name: str) -> None:
    command = _read(name)["services"]["postgres"]["command"]
    processes = sum(one["deploy"].get("replicas", 1) for one in OURS.values())
    assert processes * connections_of(OURS["api"]["environment"]) < max_connections(command)


def test_the_proxy_is_trusted_in_each_network_in_which_it_reaches_a_process() -> None:
    trusted = IPv4Network(OURS["api"]["environment"]["TRUSTED_PROXIES"].removeprefix("${TRUSTED_PROXIES:-").rstrip("}"))
    for name in set(OURS["api"]["networks"]) & set(_PROD["services"]["proxy"]["networks"]):
        (config,) = _PROD["networks"][name]["ipam"]["config"]
        assert IPv4Network(config["subnet"]).subnet_of(trusted)


@pytest.mark.parametrize("of", [_DEV, _PROD], ids=["dev", "prod"])
def test_the_database_is_healthy_once_it_listens_for_others(of: dict[str, Any]) -> None:
    """The server that makes the database, at the first start, listens at its socket only."""
    assert "-h" in of["services"]["postgres"]["healthcheck"]["test"]


def test_files_that_are_mounted_are_there() -> None:
    for config in _PROD["configs"].values():
        assert (_FOLDER / config["file"]).is_file()
    used = [config["source"] for service in _PROD["services"].values() for config in service.get("configs", [])]
    assert sorted(used) == sorted(_PROD["configs"])


@pytest.mark.parametrize("path", sorted(_FOLDER.glob("compose.*.yaml")), ids=lambda path: path.name)
def test_all_that_a_file_names_is_declared(path: Path) -> None:
    """Compose says so only when it starts, file after file that it was given."""
    files = [_read(path.name)] if path.name == "compose.dev.yaml" else [_PROD, _read(path.name)]
    kinds = ("networks", "volumes", "secrets", "configs")
    declared = {kind: {name for one in files for name in one.get(kind, {})} for kind in kinds}
    services = {name for one in files for name in one["services"]}
    for service in files[-1]["services"].values():
        assert set(service.get("networks", [])) <= declared["networks"]
        assert set(service.get("secrets", [])) <= declared["secrets"]
        assert {config["source"] for config in service.get("configs", [])} <= declared["configs"]
        assert {volume.partition(":")[0] for volume in service.get("volumes", [])} <= declared["volumes"]
        assert set(service.get("depends_on", {})) <= services


def test_a_program_that_may_not_write_has_what_it_writes_to() -> None:
    """Folders in memory or on a volume: what each image writes while it runs."""
    temporary = "/tmp"  # noqa: S108 - a path of the images
    written = {
        **{name: {temporary} for name in OURS},
        "postgres": {temporary, "/run/postgresql", "/var/lib/postgresql/data"},
        "redis": {"/data"},
        "proxy": {temporary, "/etc/nginx/conf.d"},
        "prometheus": {"/prometheus"},
        "grafana": {temporary, "/var/lib/grafana"},
    }
    for name, service in _PROD["services"].items():
        memory = {place.partition(":")[0] for place in service.get("tmpfs", [])}
        volumes = {volume.split(":")[1] for volume in service.get("volumes", [])}
        assert memory | volumes == written[name], name


def test_monitoring_is_there_for_whoever_asks_for_it() -> None:
    asked = {name for name, service in _PROD["services"].items() if service.get("profiles") == ["monitoring"]}
    assert asked == _MONITORING
    exposed = set(OURS["api"]["expose"]) | set(OURS["worker"]["expose"])
    assert OURS["api"]["environment"]["METRICS_PORT"] in exposed
    scraped = yaml.safe_load((_FOLDER / "prometheus" / "prometheus.yaml").read_text(encoding="utf-8"))["scrape_configs"]
    targets = {name for job in scraped for found in job["dns_sd_configs"] for name in found["names"]}
    assert targets == {"api", "worker"}
    assert {str(found["port"]) for job in scraped for found in job["dns_sd_configs"]} <= exposed


@pytest.mark.parametrize("service", OURS.values(), ids=OURS)
def test_the_settings_know_what_is_set(service: dict[str, Any]) -> None:
    assert service["environment"].keys() - _KNOWN == set()
    assert service["environment"]["ENVIRONMENT"] == "production"
    assert {name.upper() for name in service["secrets"]} - _KNOWN == set()


def test_secrets_are_files_and_none_is_missing() -> None:
    granted = {"database_url", "redis_url", "smtp_password", "storage_s3_secret_access_key", "metrics_token"}
    needed = {name.lower() for name in fresh_secrets()} | granted
    # Which of several keys is the active one is no secret, and of one key it need not be said.
    assert needed - SECRETS <= {"jwt_active_kid"}
    for name, secret in _PROD["secrets"].items():
        assert secret == {"file": f"./secrets/{name}"}
    used = {name for service in _PROD["services"].values() for name in service["secrets"]}
    assert used == _PROD["secrets"].keys()
    for service in _PROD["services"].values():
        told = service.get("environment", {})
        assert not [
            name for name in told if re.search(r"PASSWORD$|SECRET|PEPPER|KEYS?$", name) and name != "NGINX_SECRETS"
        ]


def test_only_the_proxy_is_reached_from_elsewhere() -> None:
    assert _PROD["networks"]["inside"]["internal"] is True
    published = {name: service["ports"] for name, service in _THEIRS.items() if "ports" in service}
    assert published == {"proxy": ["80:8080", "443:8443"], "grafana": ["127.0.0.1:3000:3000"]}
    for name in _THEIRS.keys() - published.keys():
        assert _THEIRS[name]["networks"] == ["inside"]


def test_development_has_what_it_needs_on_loopback() -> None:
    images = {name: service["image"] for name, service in _DEV["services"].items()}
    assert images.keys() == {"postgres", "redis", "mailpit", "seaweedfs"}
    assert images["postgres"].startswith("postgres:17")
    assert images["postgres"] == _PROD["services"]["postgres"]["image"]
    ports = [port for service in _DEV["services"].values() for port in service["ports"]]
    assert [port for port in ports if not port.startswith("127.0.0.1:")] == []
    comment = (_FOLDER / "compose.dev.yaml").read_text(encoding="utf-8").partition("name:")[0]
    assert set(re.findall(r"\b([A-Z_]+)=", comment)) - _KNOWN == set()
