"""Category for tests of services, which belong to one."""

from __future__ import annotations

from weakref import WeakKeyDictionary

from tests.contract.scenario import Stage

_found: WeakKeyDictionary[Stage, str] = WeakKeyDictionary()


async def category(stage: Stage) -> str:
    """Return the id of a category without others below it; a stage reads the tree once."""
    if stage not in _found:
        tree = (await stage.expect(200, "GET", "/categories")).json()
        node = tree["items"][0]
        while node["children"]:
            node = node["children"][0]
        _found[stage] = str(node["id"])
    return _found[stage]
