"""Program of `make bench`: runs all measurements and writes their report."""

import argparse
import sys
import time
from pathlib import Path
from typing import Final

from bench import load, machine, operations, report, rounds, starts, storm
from bench.database import prepared
from bench.report import Found
from bench.servers import ROOT

_RESULTS: Final = ROOT / "bench" / "out" / "results.json"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measure the service beside its baselines.")
    parser.add_argument("--quick", action="store_true", help="few and short rounds: a look, not a result")
    parser.add_argument("--out", type=Path, default=_RESULTS, help="where the figures go as JSON")
    given = parser.parse_args()
    load.wrk()
    found = _run(quick=given.quick)
    report.write(found, given.out)
    print(report.text(found), end="")


def _run(*, quick: bool) -> Found:
    load_before = machine.load_average()
    started = time.perf_counter()
    _tell("a database with 100,000 services")
    with prepared() as ready:
        prepared_seconds = time.perf_counter() - started
        _tell("starts, and the generator")
        start_seconds = starts.first_answer(ready, times=1 if quick else 3)
        generate_seconds = starts.generate()
        _tell("empty operations")
        empty = operations.measure()
        with rounds.servers(ready) as servers:
            _tell("three cases on three servers")
            cases = rounds.measure(ready, servers, rounds=2 if quick else 5, seconds=1 if quick else 2)
            _tell("a login storm")
            stormed = storm.measure(ready, servers[0], seconds=2 if quick else 6)
    return Found(
        machine=machine.describe(),
        load_before=load_before,
        prepared_seconds=prepared_seconds,
        cases=cases,
        storm=stormed,
        operations=empty,
        start_seconds=start_seconds,
        generate_seconds=generate_seconds,
    )


def _tell(what: str) -> None:
    sys.stderr.write(f"bench: {what}\n")


if __name__ == "__main__":
    main()
