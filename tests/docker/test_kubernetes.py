"""Manifests of Kubernetes fit its schemas, name known settings and metrics, and let our programs do little."""

from __future__ import annotations

import re
from typing import Any, Final

import pytest
import yaml

from impl.kernel.settings.service import Settings
from tests.docker.test_compose import OURS, SECRETS, connections_of, max_connections
from tests.docker.test_monitoring import LABELS
from tests.harness.databases import ROOT

_FOLDER: Final = ROOT / "docker" / "kubernetes"
_VERSION: Final = "1.33"
_KUSTOMIZATION: Final[dict[str, Any]] = yaml.safe_load((_FOLDER / "kustomization.yaml").read_text(encoding="utf-8"))
_MANIFESTS: Final[list[dict[str, Any]]] = [
    manifest
    for name in _KUSTOMIZATION["resources"]
    for manifest in yaml.safe_load_all((_FOLDER / name).read_text(encoding="utf-8"))
]
# Not applied with the others: a server of one's own, for those who have no other.
POSTGRES: Final[list[dict[str, Any]]] = list(
    yaml.safe_load_all((_FOLDER / "postgres.yaml").read_text(encoding="utf-8"))
)
RECOVERY: Final[dict[str, Any]] = yaml.safe_load((_FOLDER / "recovery.yaml").read_text(encoding="utf-8"))
_COMPONENT: Final = "app.kubernetes.io/component"
_PODS: Final[dict[str, dict[str, Any]]] = {
    manifest["metadata"]["name"]: manifest["spec"]["template"]
    for manifest in _MANIFESTS
    if manifest["kind"] in {"Deployment", "Job"}
}


def _name(manifest: dict[str, Any]) -> str:
    return f"{manifest['kind']}-{manifest['metadata']['name']}"


def _of_kind(kind: str) -> list[dict[str, Any]]:
    return [manifest for manifest in _MANIFESTS if manifest["kind"] == kind]


@pytest.mark.parametrize("manifest", [*_MANIFESTS, *POSTGRES, RECOVERY], ids=_name)
def test_a_manifest_fits_the_schema_of_its_kind(manifest: dict[str, Any]) -> None:
    import kubernetes_validate  # noqa: PLC0415 - it prepares a grammar of IRIs, which would take each worker a second

    kubernetes_validate.validate(manifest, _VERSION, strict=True)
    assert manifest["kind"] == "Namespace" or manifest["metadata"]["namespace"] == _KUSTOMIZATION["namespace"]


def test_every_file_is_applied_or_is_for_something_else() -> None:
    files = {path.name for path in _FOLDER.iterdir()}
    others = {"kustomization.yaml", "prometheus-adapter.yaml", "postgres.yaml", "recovery.yaml", "recovery-patch.yaml"}
    assert files - {*_KUSTOMIZATION["resources"]} == others


def test_programs_are_those_of_the_compose_file() -> None:
    assert _PODS.keys() == OURS.keys()
    for name, pod in _PODS.items():
        (container,) = pod["spec"]["containers"]
        assert container["image"] == "hestami"
        assert container.get("command") == OURS[name].get("command")
    assert [image["name"] for image in _KUSTOMIZATION["images"]] == ["hestami"]
    assert re.fullmatch(r"\d+\.\d+\.\d+", _KUSTOMIZATION["images"][0]["newTag"])


@pytest.mark.parametrize("pod", _PODS.values(), ids=_PODS)
def test_our_programs_may_do_little(pod: dict[str, Any]) -> None:
    spec = pod["spec"]
    (container,) = spec["containers"]
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert spec["securityContext"]["runAsNonRoot"] is True
    assert spec["securityContext"]["runAsUser"] == 10001
    assert spec["automountServiceAccountToken"] is False
    assert container["resources"]["requests"].keys() == {"cpu", "memory"}
    assert "memory" in container["resources"]["limits"]
    assert [mount["mountPath"] for mount in container["volumeMounts"]] == ["/run/secrets", "/tmp"]  # noqa: S108 - a path of the image


def test_programs_have_the_time_that_they_take_to_stop() -> None:
    drain, stop = (Settings.model_fields[name].default for name in ("drain_seconds", "stop_seconds"))
    for manifest in _of_kind("Deployment"):
        assert manifest["spec"]["template"]["spec"]["terminationGracePeriodSeconds"] > drain + stop + 5


@pytest.mark.parametrize("manifest", [*_MANIFESTS, *POSTGRES, RECOVERY], ids=_name)
def test_what_is_mounted_is_there_and_secrets_are_readable(manifest: dict[str, Any]) -> None:
    spec = manifest.get("spec", {})
    spec = spec.get("jobTemplate", manifest).get("spec", {})
    if "template" not in spec:
        return
    pod, claims = spec["template"]["spec"], spec.get("volumeClaimTemplates", [])
    volumes = {one["name"]: one for one in pod["volumes"]} | {one["metadata"]["name"]: {} for one in claims}
    containers = [*pod["containers"], *pod.get("initContainers", [])]
    mounted = {mount["name"] for container in containers for mount in container["volumeMounts"]}
    assert mounted == volumes.keys()
    group = pod["securityContext"]["fsGroup"]
    for container in containers:
        user = pod["securityContext"] | container.get("securityContext", {})
        assert user["runAsGroup"] == group, "secrets are root's, and readable by this group"
        assert "/tmp" in {mount["mountPath"] for mount in container["volumeMounts"]}  # noqa: S108 - a path of the image
    for volume in volumes.values():
        assert volume.get("secret", {}).get("defaultMode", 0o440) == 0o440


def test_settings_are_known_and_hold_no_secret() -> None:
    (settings,) = _of_kind("ConfigMap")
    known = {name.upper() for name in Settings.model_fields}
    assert settings["data"].keys() - known == set()
    assert settings["data"]["ENVIRONMENT"] == "production"
    assert {name.lower() for name in settings["data"]} & SECRETS == set()
    # What the compose file asks to be told, these say.
    asked = {name for name, value in OURS["api"]["environment"].items() if ":?" in str(value)}
    assert asked <= settings["data"].keys()
    for pod in _PODS.values():
        assert pod["spec"]["containers"][0]["envFrom"] == [{"configMapRef": {"name": settings["metadata"]["name"]}}]


def test_what_may_be_interrupted_keeps_enough_running() -> None:
    kept = {budget["metadata"]["name"]: budget["spec"] for budget in _of_kind("PodDisruptionBudget")}
    assert kept.keys() == {manifest["metadata"]["name"] for manifest in _of_kind("Deployment")}
    for name, budget in kept.items():
        assert budget["maxUnavailable"] == 1
        assert budget["selector"]["matchLabels"].items() <= _PODS[name]["metadata"]["labels"].items()


def test_the_autoscaler_asks_for_a_metric_that_the_adapter_makes_of_ours() -> None:
    (scaler,) = _of_kind("HorizontalPodAutoscaler")
    assert scaler["spec"]["minReplicas"] >= 2
    named = [metric["pods"]["metric"]["name"] for metric in scaler["spec"]["metrics"] if metric["type"] == "Pods"]
    (rule,) = yaml.safe_load((_FOLDER / "prometheus-adapter.yaml").read_text(encoding="utf-8"))["rules"]["custom"]
    assert named == [rule["name"]["as"]]
    metric = rule["seriesQuery"].partition("{")[0]
    assert metric in rule["metricsQuery"]
    assert set(re.findall(r"(\w+)!~", rule["metricsQuery"])) <= LABELS


def test_policies_let_in_what_listens_and_select_what_there_is() -> None:
    policies = {policy["metadata"]["name"]: policy["spec"] for policy in _of_kind("NetworkPolicy")}
    assert policies["nothing"] == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    listening = {port["name"] for pod in _PODS.values() for port in pod["spec"]["containers"][0].get("ports", [])}
    let_in = {port["port"] for spec in policies.values() for rule in spec.get("ingress", []) for port in rule["ports"]}
    assert let_in == listening
    selected = policies["requests"]["podSelector"]["matchLabels"][_COMPONENT]
    assert selected in {pod["metadata"]["labels"][_COMPONENT] for pod in _PODS.values()}


def test_the_database_takes_what_all_pods_may_open() -> None:
    (settings,) = (one["data"] for one in _of_kind("ConfigMap") if one["metadata"]["name"] == "hestami")
    (scaler,) = _of_kind("HorizontalPodAutoscaler")
    deployments = {one["metadata"]["name"]: one["spec"] for one in _of_kind("Deployment")}
    # While pods are replaced, there is one more of each.
    pods = scaler["spec"]["maxReplicas"] + 1 + deployments["worker"]["replicas"] + 1
    (server,) = (one for one in POSTGRES if one["kind"] == "StatefulSet")
    words = server["spec"]["template"]["spec"]["containers"][0]["args"]
    assert pods * connections_of(settings) < max_connections(words)
