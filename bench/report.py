"""Report of a run: a table for people, JSON for programs, and both with their targets."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from bench.load import Measured
from bench.rounds import Compared
from bench.storm import Storms

_START_TARGET: Final = 1.5
_GENERATE_TARGET: Final = 10.0
_STORM_TARGET: Final = 20.0


@dataclass(frozen=True, slots=True)
class Found:
    machine: dict[str, str]
    load_before: float
    prepared_seconds: float
    cases: list[Compared]
    storm: Storms
    operations: dict[str, dict[int, float]]
    start_seconds: float
    generate_seconds: float


@dataclass(frozen=True, slots=True)
class Target:
    name: str
    value: float
    bound: float
    at_least: bool

    @property
    def reached(self) -> bool:
        return self.value >= self.bound if self.at_least else self.value <= self.bound


def targets(found: Found) -> list[Target]:
    shares = [
        target
        for compared in found.cases
        for target in (
            Target(f"{compared.case.name}, of the limit", compared.ratio("limit"), compared.case.limit_target, True),
            Target(
                f"{compared.case.name}, times the idiomatic way",
                compared.ratio("idiomatic"),
                compared.case.idiomatic_target,
                True,
            ),
        )
    ]
    return [
        *shares,
        Target("start to first 200, s", found.start_seconds, _START_TARGET, False),
        Target("make generate, s", found.generate_seconds, _GENERATE_TARGET, False),
        Target("p99 of others in a login storm, ms", found.storm.p99_ms, _STORM_TARGET, False),
    ]


def text(found: Found) -> str:
    machine = ", ".join(f"{name} {value}" for name, value in found.machine.items() if name != "processor")
    lines = [f"{found.machine['processor']}; load {found.load_before:.1f} before the run", machine, ""]
    lines += _table(
        ("case", "server", "req/s", "hestami is", "p50 ms", "p99 ms", "CPU us", "CPU of hestami's"),
        (_row(compared, name) for compared in found.cases for name in compared.rounds),
    )
    counts = list(found.operations["tree"])
    lines += ["", "An operation that does nothing, CPU us, by the number of operations:"]
    lines += _table(
        ("kind", *map(str, counts)),
        ((kind, *(f"{costs[count]:.0f}" for count in counts)) for kind, costs in found.operations.items()),
    )
    calm = found.storm.calm
    lines += ["", f"People who sign in without a pause, and others at {calm.per_second:.0f} req/s:"]
    lines += _table(
        ("people", "logins/s", "others p50 ms", "p99 ms"),
        [("0", "", f"{calm.p50_ms:.1f}", f"{calm.p99_ms:.1f}")]
        + [
            (
                str(storm.people),
                f"{storm.logins.per_second:.1f}",
                f"{storm.others.p50_ms:.1f}",
                f"{storm.others.p99_ms:.1f}",
            )
            for storm in found.storm.storms
        ],
    )
    lines.append("")
    lines += _table(
        ("target", "found", "wanted", ""),
        (
            (
                target.name,
                f"{target.value:.2f}",
                f"{'>=' if target.at_least else '<='} {target.bound}",
                "reached" if target.reached else "MISSED",
            )
            for target in targets(found)
        ),
    )
    return "\n".join(lines) + "\n"


def write(found: Found, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(_plain(found), indent=2) + "\n", encoding="utf-8")


def _row(compared: Compared, name: str) -> tuple[str, ...]:
    def middle(figure: str) -> float:
        return compared.middle(name, lambda measured: getattr(measured, figure) or 0.0)

    share = compared.cpu_ratio(name)
    return (
        compared.case.name,
        name,
        f"{middle('per_second'):.0f}",
        "" if name == "hestami" else f"{compared.ratio(name):.2f} x",
        f"{middle('p50_ms'):.1f}",
        f"{middle('p99_ms'):.1f}",
        f"{middle('cpu_us'):.0f}",
        "" if name == "hestami" or share is None else f"{share:.2f} x",
    )


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> list[str]:
    lines = [head, *rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines]


def _plain(found: Found) -> dict[str, Any]:
    def rounds(measured: list[Measured]) -> list[dict[str, Any]]:
        return [asdict(one) for one in measured]

    return {
        "machine": found.machine,
        "load_before": found.load_before,
        "prepared_seconds": found.prepared_seconds,
        "cases": {
            compared.case.name: {
                "title": compared.case.title,
                "of_limit": compared.ratio("limit"),
                "times_idiomatic": compared.ratio("idiomatic"),
                "cpu_of_limit": compared.cpu_ratio("limit"),
                "cpu_times_idiomatic": compared.cpu_ratio("idiomatic"),
                "rounds": {name: rounds(measured) for name, measured in compared.rounds.items()},
            }
            for compared in found.cases
        },
        "storm": asdict(found.storm),
        "operations_cpu_us": found.operations,
        "start_seconds": found.start_seconds,
        "generate_seconds": found.generate_seconds,
        "targets": [{**asdict(target), "reached": target.reached} for target in targets(found)],
    }
