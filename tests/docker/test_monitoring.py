"""Alerts and the dashboard ask for what the service really exports."""

from __future__ import annotations

import json
import re
import subprocess
from typing import Any, Final

import pytest
import yaml
from pydantic import SecretStr

from generated.policies import OPERATIONS, PROBLEM_TYPES
from tests.harness.databases import ROOT, Databases, Engine
from tests.harness.metrics import Samples, metrics_port
from tests.harness.service import run_service
from tests.harness.system_programs import find_program

ALERTS: Final = ROOT / "docker" / "prometheus" / "alerts.yaml"
DASHBOARD: Final = ROOT / "docker" / "grafana" / "hestami.json"
_CASES: Final = ROOT / "tests" / "docker" / "alerts.test.yaml"
_TYPE: Final = re.compile(r"^# TYPE (?P<name>\w+) (?P<type>\w+)$", re.MULTILINE)
METRIC: Final = re.compile(r"\b(?:hestami|process|python)_\w+")
_BY: Final = re.compile(r"\bby \(([^)]*)\)")
_SELECTORS: Final = re.compile(r"\{([^}]*)\}")
_SELECTOR: Final = re.compile(r'(\w+)\s*(=~|!~|!=|=)\s*"([^"]*)"')
# Labels that Prometheus itself adds to what it reads.
_OF_TARGETS: Final = {"job", "instance"}
LABELS: Final = {
    "operation",
    "status",
    "type",
    "outcome",
    "pool",
    "topic",
    "task",
    "le",
    "use",
    "policy",
    "version",
    "python",
}


def _rules() -> list[dict[str, Any]]:
    groups = yaml.safe_load(ALERTS.read_text(encoding="utf-8"))["groups"]
    return [rule for group in groups for rule in group["rules"]]


def _panels() -> list[dict[str, Any]]:
    panels: list[dict[str, Any]] = json.loads(DASHBOARD.read_text(encoding="utf-8"))["panels"]
    return panels


def _queries() -> dict[str, str]:
    found = {rule["alert"]: rule["expr"] for rule in _rules()}
    for panel in _panels():
        found |= {f"{panel['title']} {target['refId']}": target["expr"] for target in panel["targets"]}
    return found


def _selected(label: str) -> set[str]:
    """Return the texts that the queries compare a label with; alternatives of a pattern one by one."""
    return {
        alternative
        for query in _queries().values()
        for selectors in _SELECTORS.findall(query)
        for name, _, text in _SELECTOR.findall(selectors)
        if name == label
        for alternative in text.split("|")
    }


@pytest.fixture(scope="module")
async def exported(databases: Databases, engine: Engine, worker_id: str) -> set[str]:
    """Return the names of all samples that a service may export, whether it has any of them yet or not."""
    port = metrics_port()
    settings = {"metrics_port": port, "redis_url": SecretStr("unix:///nowhere")}
    async with run_service(databases, engine, f"monitored_{worker_id}", **settings):
        text = (await Samples.read(port)).text
    names: set[str] = set()
    for found in _TYPE.finditer(text):
        parts = ("_bucket", "_count", "_sum") if found["type"] == "histogram" else ("",)
        names |= {found["name"] + part for part in parts}
    return names


async def test_every_query_asks_for_metrics_that_there_are(exported: set[str]) -> None:
    missing = {title: set(METRIC.findall(query)) - exported for title, query in _queries().items()}

    assert {title: names for title, names in missing.items() if names} == {}


async def test_the_dashboard_shows_every_metric_of_ours(exported: set[str]) -> None:
    asked = {name for panel in _panels() for target in panel["targets"] for name in METRIC.findall(target["expr"])}
    ours = {name for name in exported if name.startswith("hestami_") and not name.endswith(("_count", "_sum"))}

    assert ours - asked == set()


def test_queries_name_labels_and_values_that_there_are() -> None:
    named = {word.strip() for query in _queries().values() for words in _BY.findall(query) for word in words.split(",")}
    parts = [part for query in _queries().values() for part in _SELECTORS.findall(query)]
    selectors = {name for part in parts for name, *_ in _SELECTOR.findall(part)}
    worker = (ROOT / "impl" / "worker.py").read_text(encoding="utf-8")

    assert named | selectors <= LABELS | _OF_TARGETS
    assert _selected("operation") <= {operation.id for operation in OPERATIONS}
    assert _selected("type") <= PROBLEM_TYPES.keys()
    assert [task for task in _selected("task") if f'"{task}"' not in worker] == []
    assert _selected("outcome") <= {"succeeded", "delivered", "retried", "allowed", "refused", *PROBLEM_TYPES}


def test_every_alert_says_what_it_means_and_how_urgent_it_is() -> None:
    for rule in _rules():
        assert re.fullmatch(r"Hestami[A-Z]\w+", rule["alert"])
        assert rule["labels"]["severity"] in {"page", "ticket"}
        assert rule["annotations"].keys() == {"summary", "description", "runbook"}
    names = [rule["alert"] for rule in _rules()]
    assert len(names) == len(set(names))


@pytest.mark.promtool
def test_every_alert_fires_when_it_should_and_none_when_all_is_well() -> None:
    program = find_program("promtool")
    assert program is not None
    for what, file in (("check", ALERTS), ("test", _CASES)):
        done = subprocess.run([program, what, "rules", file], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
    cases = _CASES.read_text(encoding="utf-8")
    assert [rule["alert"] for rule in _rules() if f'alertname="{rule["alert"]}"}}' not in cases] == []


def test_panels_have_numbers_and_places_of_their_own() -> None:
    panels = _panels()
    places = [(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in panels]

    assert len({panel["id"] for panel in panels}) == len(panels)
    assert len(set(places)) == len(panels)
    assert all(panel["gridPos"]["x"] + panel["gridPos"]["w"] <= 24 for panel in panels)
