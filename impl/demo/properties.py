"""Properties of the demo: three for each homeowner."""

from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from generated.states import PropertyState
from impl.demo.accounts import Demo
from impl.demo.rows import DATA, PROPERTIES, Values, add, stamps
from impl.marketplace.properties.service import derived_from
from impl.marketplace.properties.tables import Property, PropertyContent, PropertyType


async def fill(tx: AsyncSession, demo: Demo) -> None:
    homeowners = demo.those_with("HOMEOWNER")
    kinds = [PropertyType.SINGLE_FAMILY_HOME, PropertyType.APARTMENT, PropertyType.TOWNHOUSE]
    rows: list[Values] = []
    for number in range(3 * len(homeowners)):
        town, kind = DATA["towns"][number % len(DATA["towns"])], kinds[number % 3]
        content: PropertyContent = {
            "label": f"{kind.replace('_', ' ').capitalize()} in {town['city']}",
            "type": kind,
            "line1": f"{1200 + 37 * number} {town['streets'][number % 2]}",
            "line2": f"Unit {number + 1}" if kind is PropertyType.APARTMENT else None,
            "city": town["city"],
            "region": town["region"],
            "postal_code": town["postal_code"],
            "country": "US",
            "latitude": round(town["latitude"] + 0.0031 * number, 4),
            "longitude": round(town["longitude"] - 0.0027 * number, 4),
            "size_m2": 70 + 17 * number,
            "year_built": 1910 + 11 * number,
            "notes": None,
        }
        if number == 0:
            content |= {
                "label": "Home on Alder Street",
                "line1": "1421 SE Alder Street",
                "line2": "Back house",
                "postal_code": "97214",
                "latitude": 45.5179,
                "longitude": -122.6512,
                "notes": "The key is with the neighbors at number 1423.",
            }
        kept: Values = {"owner_id": homeowners[number // 3].id, "state": PropertyState.ACTIVE}
        made = stamps(PROPERTIES + number, demo.now - timedelta(days=40 - number))
        rows.append({**made, **content, **kept, **derived_from(content)})
    await add(tx, Property, rows)
