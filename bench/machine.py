"""Description of the machine of a run: figures of two machines do not compare, ratios nearly do."""

import os
import platform
import subprocess
from importlib.metadata import version
from pathlib import Path
from typing import Final

from bench.load import wrk

_LIBRARIES: Final = ("asyncpg", "fastapi", "pydantic", "sqlalchemy", "starlette", "uvicorn", "uvloop")


def describe() -> dict[str, str]:
    told = subprocess.run([wrk(), "--version"], capture_output=True, text=True, check=False).stdout
    return {
        "processor": f"{_processor()}, {os.cpu_count()} cores",
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "wrk": told.split()[1] if told.startswith("wrk ") else "unknown",
    } | {name: version(name) for name in _LIBRARIES}


def load_average() -> float:
    """Return how busy the machine is: above the number of its cores, a run measures its neighbours."""
    return os.getloadavg()[0]


def _processor() -> str:
    known = Path("/proc/cpuinfo")
    lines = known.read_text(encoding="utf-8").splitlines() if known.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()
