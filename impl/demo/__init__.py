"""Demo data for development: accounts with a known password, and businesses with services in real towns.

Each feature whose tables the demo fills has a module here, named after it, with an `async def fill(tx, demo)` that adds
its rows. To add a feature, write its module and name its `fill` in `loading.FILLS`, after those of the features whose
rows it refers to. Its texts stand in `data.json`, and its ids begin at a number of its own in `rows.py`: what the
contract's examples name has that very id here. `load` adds all of it in one transaction, and nothing to a database
that has the demo already. `draw_photos` makes the photos beside the running service, so that nobody waits for them.
"""

from impl.demo.accounts import people
from impl.demo.loading import PASSWORD, load
from impl.demo.photos import draw_photos

__all__ = ["PASSWORD", "draw_photos", "load", "people"]
