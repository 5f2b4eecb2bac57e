"""PostgreSQL archives its log to a bucket in compose and on Kubernetes, by one script and the same commands."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any, Final

import pytest
import yaml

from impl.wal import WalSettings, make_parser
from tests.docker.test_compose import OURS
from tests.docker.test_kubernetes import POSTGRES, RECOVERY
from tests.harness.databases import ROOT

_DOCKER: Final = ROOT / "docker"
_COMPOSE: Final[dict[str, Any]] = yaml.safe_load((_DOCKER / "compose.archive.yaml").read_text(encoding="utf-8"))
_SCRIPTS: Final = {path.name: path.read_text(encoding="utf-8") for path in (_DOCKER / "postgres").iterdir()}
_KNOWN: Final = {name.upper() for name in WalSettings.model_fields}
_COMMANDS: Final = ("archiver", "base-backup", "fetcher", "prepare")


def _of_kind(kind: str, name: str) -> dict[str, Any]:
    (found,) = [one for one in POSTGRES if (one["kind"], one["metadata"]["name"]) == (kind, name)]
    return found


def _settings(words: list[str]) -> dict[str, str]:
    """Return the settings that a server is started with."""
    return dict(word.split("=", 1) for before, word in pairwise(words) if before == "-c")


def test_the_compose_file_lets_the_archiver_do_little() -> None:
    assert _COMPOSE["services"].keys() == {"postgres", *_COMMANDS}
    for name in _COMMANDS:
        service = _COMPOSE["services"][name]
        assert service["image"] == OURS["api"]["image"]
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert service["deploy"]["resources"]["limits"].keys() == {"cpus", "memory"}
        assert {one for one in service["environment"] if not one.startswith("PG")} <= _KNOWN
        assert "ports" not in service
    used = {name for service in _COMPOSE["services"].values() for name in service.get("secrets", [])}
    assert used - {"postgres_password"} == _COMPOSE["secrets"].keys()
    for config in _COMPOSE["configs"].values():
        assert (_DOCKER / config["file"]).is_file()


def test_only_a_recovery_has_the_private_key() -> None:
    holders = {name for name, one in _COMPOSE["services"].items() if "backup_identity" in one.get("secrets", [])}
    assert holders == {"fetcher", "prepare"}
    for name in holders:
        assert _COMPOSE["services"][name]["profiles"] == ["recovery"]
    assert "--identity" not in (_DOCKER / "kubernetes" / "postgres.yaml").read_text(encoding="utf-8")


def test_the_prepared_folder_is_the_servers_own() -> None:
    """PostgreSQL starts for nobody else, and the user who prepares it reads the secrets as the server's user."""
    prepare = _COMPOSE["services"]["prepare"]
    server = _of_kind("StatefulSet", "postgres")["spec"]["template"]["spec"]["securityContext"]
    job = RECOVERY["spec"]["template"]["spec"]
    assert prepare["user"] == f"{server['runAsUser']}:{server['runAsGroup']}" == "70:70"
    assert job["securityContext"] == server
    assert prepare["volumes"] == ["postgres:/var/lib/postgresql/data"]
    (container,) = job["containers"]
    words = [word.replace("/run/recovery/", "/run/secrets/") for word in container["command"]]
    assert words == prepare["entrypoint"]
    options = make_parser().parse_args([*words[3:], *container["args"]])
    assert (options.command, options.folder.parent.as_posix()) == ("prepare", "/var/lib/postgresql/data")


def test_a_recovery_on_kubernetes_changes_what_is_there() -> None:
    patch = yaml.safe_load((_DOCKER / "kubernetes" / "recovery-patch.yaml").read_text(encoding="utf-8"))
    patched, pod = (one["spec"]["template"]["spec"] for one in (patch, _of_kind("StatefulSet", "postgres")))
    for kind in ("initContainers", "containers"):
        assert [one["name"] for one in patched[kind]] == [one["name"] for one in pod[kind]]
    (fetcher,), (archiver,) = patched["initContainers"], pod["initContainers"]
    fetching = [word for word in fetcher["command"] if word not in {"--identity", "/run/recovery/backup_identity"}]
    assert fetching == archiver["command"]
    (folder,) = [one["value"] for one in patched["containers"][0]["env"] if one["name"] == "PGDATA"]
    assert folder in RECOVERY["spec"]["template"]["spec"]["containers"][0]["command"]
    volumes = RECOVERY["spec"]["template"]["spec"]["volumes"]
    assert patched["volumes"] == [one for one in volumes if one["name"] == "recovery"]


def test_nothing_of_the_service_is_mounted_beside_the_database() -> None:
    for manifest in (_of_kind("StatefulSet", "postgres"), RECOVERY):
        secrets = [one["secret"] for one in manifest["spec"]["template"]["spec"]["volumes"] if "secret" in one]
        assert {one["secretName"] for one in secrets} <= {"hestami-postgres", "hestami-recovery"}


@pytest.mark.parametrize("name", [one for one in _COMMANDS if one != "prepare"])
def test_commands_are_those_of_the_program(name: str) -> None:
    words = [re.sub(r"\$\{.*\}", "age1", word) for word in _COMPOSE["services"][name]["command"]]
    assert words[:3] == ["python", "-m", "impl.wal"]
    assert make_parser().parse_args(words[3:]).recipient == ["age1"]


def test_both_start_the_server_alike_and_hand_over_by_the_same_script() -> None:
    pod = _of_kind("StatefulSet", "postgres")["spec"]["template"]["spec"]
    (server,), (archiver,) = pod["containers"], pod["initContainers"]
    here, there = _settings(_COMPOSE["services"]["postgres"]["command"]), _settings(server["args"])
    assert here.keys() == there.keys()
    # As many connections as the programs of each may open, which their own tests count.
    for name, value in here.items() - {("max_connections", here["max_connections"])}:
        assert there[name] == value.replace("/usr/local/bin/", "/etc/postgresql/")
    assert here["archive_command"].endswith("wal.sh archive %p %f")
    assert here["restore_command"].endswith("wal.sh fetch %f %p")
    assert _of_kind("ConfigMap", "postgres")["data"] == _SCRIPTS

    (copying,) = _of_kind("CronJob", "base-backup")["spec"]["jobTemplate"]["spec"]["template"]["spec"]["containers"]
    commands = {"archiver": archiver["command"], "base-backup": copying["args"]}
    for name, words in commands.items():
        expected = [re.sub(r"\$\{(\w+).*\}", r"$(\1)", word) for word in _COMPOSE["services"][name]["command"]]
        assert words == expected
    assert archiver["restartPolicy"] == "Always", "it runs beside the server"
    settings = _of_kind("ConfigMap", "archive")["data"]
    assert settings.keys() - {"BACKUP_RECIPIENT"} <= _KNOWN
    for container in (server, archiver, copying):
        assert container["securityContext"]["readOnlyRootFilesystem"] is True
        assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
        assert "memory" in container["resources"]["limits"]
    for mounting in (server, archiver):
        assert {"name": "wal", "mountPath": "/wal"} in mounting["volumeMounts"]


def test_a_server_that_is_stopped_has_the_time_to_archive() -> None:
    pod = _of_kind("StatefulSet", "postgres")["spec"]["template"]["spec"]
    (tries,) = re.findall(r"^left=\$\{WAL_TRIES:-(\d+)\}$", _SCRIPTS["wal.sh"], re.MULTILINE)
    (pause,) = re.findall(r"^    sleep ([\d.]+)$", _SCRIPTS["wal.sh"], re.MULTILINE)
    # PostgreSQL asks three times before it gives up for now.
    assert pod["terminationGracePeriodSeconds"] > 3 * int(tries) * float(pause)
