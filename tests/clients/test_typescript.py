"""The TypeScript client is generated, compiles strictly, and completes the journey against the live service."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator

import pytest

from tests.clients.build import CONTRACT, TYPESCRIPT, guide, make_typescript, npm
from tests.clients.live_service import serving
from tests.harness.databases import Databases


@pytest.fixture(scope="module")
async def live(
    databases: Databases, worker_id: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[dict[str, str]]:
    """Serve on PostgreSQL; the Python client walks on SQLite."""
    folder = tmp_path_factory.mktemp("typescript")
    async with serving(databases, "postgresql", f"typescript_{worker_id}", folder) as environment:
        yield environment


def test_everything_compiles_strictly() -> None:
    make_typescript()

    built = {path.relative_to(TYPESCRIPT / "build").as_posix() for path in (TYPESCRIPT / "build").rglob("*.js")}
    shown = re.findall(r"^```tsx?\n// (\S+)\.tsx?$", guide(), re.MULTILINE)
    options = (TYPESCRIPT / "tsconfig.json").read_text(encoding="utf-8")
    assert {f"guide/{name}.js" for name in shown} - built == set(), "the guide's files are compiled as they stand there"
    assert len(shown) > 5
    assert all(f'"{option}": true' in options for option in ("strict", "noUncheckedIndexedAccess"))


def test_next_builds_the_guide_and_leaves_to_each_request_what_belongs_to_it() -> None:
    """`next build` stops at what its defaults refuse; a key that it made itself would be the same for every visitor."""
    make_typescript()

    pages = TYPESCRIPT / "guide" / ".next" / "server" / "app"
    built = {name: (pages / f"{name}.html").read_text(encoding="utf-8") for name in ("services", "properties/new")}
    assert "Looking for services..." in built["services"]
    assert "One moment..." in built["properties/new"]
    assert 'name="key"' not in built["properties/new"]
    routes = json.loads((pages.parent / "app-paths-manifest.json").read_text(encoding="utf-8"))
    shown = re.findall(r"^```tsx?\n// app(/\S+/(?:page|route))\.tsx?$", guide(), re.MULTILINE)
    assert set(shown) - set(routes) == set()
    assert len(shown) > 2


def test_the_application_of_the_guide_takes_the_largest_photo() -> None:
    """Next.js holds back what passes a proxy.ts, and cuts it off: the service would be sent a part of the file."""
    make_typescript()

    built = TYPESCRIPT / "guide" / ".next" / "required-server-files.json"
    limit = json.loads(built.read_text(encoding="utf-8"))["config"]["experimental"]["proxyClientMaxBodySize"]
    photos = re.findall(
        r"^      operationId: add\w+Photo$.*?^      x-max-body: (\d+)$",
        CONTRACT.read_text(encoding="utf-8"),
        re.MULTILINE | re.DOTALL,
    )
    assert photos
    assert limit > max(map(int, photos))


def test_every_operation_has_a_function() -> None:
    make_typescript()

    # What stands before them are events that the service sends, and nobody calls.
    paths = CONTRACT.read_text(encoding="utf-8").partition("\npaths:\n")[2]
    operations = set(re.findall(r"^      operationId: (\w+)$", paths, re.MULTILINE))
    functions = (TYPESCRIPT / "guide" / "lib" / "hestami" / "sdk.gen.ts").read_text(encoding="utf-8")
    assert operations == set(re.findall(r"^export const (\w+) = ", functions, re.MULTILINE))


async def test_the_journey_ends_well(live: dict[str, str]) -> None:
    await asyncio.to_thread(make_typescript)

    told = await asyncio.to_thread(npm, "run", "journey", environment=live)
    assert "The story ended well" in told
    assert told.count("refused:") > 30, "the story shows what is refused, too"
    assert "she sees the new rating" in told, "the trade is walked to its end"


async def test_the_recipes_of_the_guide_hold(live: dict[str, str]) -> None:
    await asyncio.to_thread(make_typescript)

    assert "Every recipe holds." in await asyncio.to_thread(npm, "run", "recipes", environment=live)


def test_the_lock_names_no_host_and_pins_exactly() -> None:
    package = json.loads((TYPESCRIPT / "package.json").read_text(encoding="utf-8"))
    locked = json.loads((TYPESCRIPT / "package-lock.json").read_text(encoding="utf-8"))["packages"]

    assert {name for name, entry in locked.items() if "resolved" in entry} == set()
    assert {name for name, entry in locked.items() if name and "integrity" not in entry} == set()
    versions = {name: version.rpartition("@")[2] for name, version in package["devDependencies"].items()}
    assert {name for name, version in versions.items() if not version[0].isdigit()} == set()
    assert f"@hey-api/openapi-ts@{versions['@hey-api/openapi-ts']}" in guide()
