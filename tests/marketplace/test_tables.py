"""The tables stand on their own, whatever a program imports first."""

import subprocess
import sys

import pytest

from generated import models
from impl.marketplace.capabilities.listings.tables import Listing, ListingValues, Offer, PricingKind
from impl.marketplace.properties.tables import PropertyType
from impl.marketplace.provider_services.tables import Service

# For each feature that is named, a process forked from one that has imported no feature imports its tables alone.
UNTYPED = """
import importlib, os, sys
from sqlalchemy.types import NullType
from impl.kernel.tables import Table
for name in sys.argv[1:]:
    child = os.fork()
    if child == 0:
        importlib.import_module(name)
        tables = Table.metadata.tables.values()
        print(name, [str(c) for t in tables for c in t.columns if isinstance(c.type, NullType)], flush=True)
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0, name
"""
FEATURES = ("capabilities.categories", "capabilities.listings", "properties", "provider_profile", "provider_services")


def test_columns_have_their_types_before_other_features_are_imported() -> None:
    # A column that borrows the type of the column it refers to has none until that is imported; a statement that was
    # built before sends SQLite what it cannot store.
    names = [f"impl.marketplace.{feature}.tables" for feature in FEATURES]
    told = subprocess.run([sys.executable, "-c", UNTYPED, *names], check=True, capture_output=True, text=True).stdout
    assert told.splitlines() == [f"{name} []" for name in names]


def test_an_approval_copies_every_column_of_an_offer() -> None:
    columns = {name for name in vars(Offer) if not name.startswith("_")}
    assert columns <= set(ListingValues.__annotations__)
    assert columns <= set(Service.__table__.columns.keys()) & set(Listing.__table__.columns.keys())


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (PropertyType, models.PropertyType),
        (PricingKind, models.PricingKind),
    ],
)
def test_the_domains_words_are_the_contracts(ours: type[PropertyType], theirs: type[models.PropertyType]) -> None:
    assert {one.value for one in ours} == {one.value for one in theirs}
