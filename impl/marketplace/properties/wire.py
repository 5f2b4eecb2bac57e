"""Addresses of properties on the wire."""

from generated import replies
from impl.marketplace.capabilities.geography.wire import COUNTRIES
from impl.marketplace.properties.tables import AddressColumns


def address_to_wire(row: AddressColumns) -> replies.Address:
    return {
        "line1": row["line1"],
        "line2": row["line2"],
        "city": row["city"],
        "region": row["region"],
        "postal_code": row["postal_code"],
        "country": COUNTRIES[row["country"]],
    }
