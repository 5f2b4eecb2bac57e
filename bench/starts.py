"""Waiting times: from a start to the first answer, and for the generator."""

import subprocess
import sys
import time
from statistics import median
from typing import Final

from bench.database import Prepared
from bench.servers import ROOT, running

_READY: Final = "/api/v1/categories"


def first_answer(prepared: Prepared, *, times: int) -> float:
    """Measure the median seconds from the start of the process to its first 200 from the database."""
    found: list[float] = []
    for number in range(times):
        with running(f"start-{number}", "impl.app", prepared.environment, prepared.folder, ready=_READY) as server:
            found.append(server.first_answer_seconds)
    return median(found)


def generate() -> float:
    """Measure the seconds of the generator, which compares its output instead of writing it."""
    started = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "openapi.codegen", "--check"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    taken = time.perf_counter() - started
    if done.returncode != 0:
        raise RuntimeError(f"the generator failed:\n{done.stdout}{done.stderr}")
    return taken
