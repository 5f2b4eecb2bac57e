"""A gazetteer of a handful of places, which tests import."""

from __future__ import annotations

import gzip
from collections.abc import Sequence

# Its id is derived from its key.
PORTLAND = "2184120b-0ca0-53be-aecd-36e21683dd71"
LINES = (
    ("TOWN", "5746545", "US", "OR", "Portland", "45.5234", "-122.6762", "652503"),
    ("TOWN", "4975802", "US", "ME", "Portland", "43.6615", "-70.2553", "66881"),
    ("TOWN", "4720131", "US", "TX", "Portlandia Heights", "27.8772", "-97.3239", "9000000"),
    ("TOWN", "6692041", "GB", "", "Portland", "50.5675", "-2.4447", "12710"),
    ("TOWN", "3448439", "BR", "", "São Paulo", "-23.5475", "-46.6361", "12400232"),
    ("TOWN", "2198148", "FJ", "", "Suva", "-18.1416", "178.4415", "77366"),
    ("POSTAL_CODE", "97214", "US", "OR", "Portland", "45.5142", "-122.6430", "0"),
    ("POSTAL_CODE", "97215", "US", "OR", "Portland", "45.5144", "-122.5987", "0"),
)
# A ninth part holds other names.
NAMED = (
    ("TOWN", "2761369", "AT", "", "Vienna", "48.2085", "16.3721", "1691468", "Wien|Wiedeń|Viena"),
    ("TOWN", "2867714", "DE", "", "Munich", "48.1374", "11.5755", "1505005", "München|Muenchen|Monaco di Baviera"),
    ("TOWN", "2886242", "DE", "", "Köln", "50.9333", "6.9500", "1024621", "Cologne|Koeln|Colonia"),
    ("TOWN", "524901", "RU", "", "Moscow", "55.7520", "37.6178", "10381222", "Moskau|Moskva|Москва"),
    ("TOWN", "5601538", "US", "ID", "Moscow", "46.7324", "-117.0002", "25060"),
    ("TOWN", "2761353", "AT", "", "Wiener Neustadt", "47.8049", "16.2319", "40264"),
)
# Of one letter each, by a name of its own or by another one.
SHORT = (
    ("TOWN", "2666199", "SE", "", "Å", "63.9000", "12.1000", "15000"),
    ("TOWN", "3119841", "ES", "", "A Coruña", "43.3713", "-8.3960", "246056", "La Coruña|O Burgo"),
    ("TOWN", "2950159", "DE", "", "Aachen", "50.7766", "6.0834", "249070", "Aix-la-Chapelle|Aken|O"),
    ("TOWN", "360630", "EG", "", "Alexandria", "31.2018", "29.9158", "5263542", "A|Iskandariyya"),
    ("TOWN", "4744091", "US", "VA", "Alexandria", "38.8048", "-77.0469", "159467"),
)


def packed(lines: Sequence[Sequence[str]]) -> bytes:
    return gzip.compress("\n".join("\t".join(line) for line in lines).encode(), mtime=0)


SMALL = packed(LINES)
