"""The sitemap names what is public, in parts in which everything keeps its place."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import httpx
import pytest

from impl.operations.capabilities.sitemap import service as sitemap
from tests.harness.accounts import Accounts, unique
from tests.harness.client import open_browser
from tests.marketplace.payloads import PROFILE, SERVICES, approve_business, business, ok, publish

if TYPE_CHECKING:
    from tests.harness.service import Service

_NAMESPACE = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'


def _texts(answer: httpx.Response, name: str) -> list[str]:
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/xml"), answer.text
    assert answer.headers["cache-control"] == "public, max-age=3600"
    assert answer.text.startswith('<?xml version="1.0" encoding="UTF-8"?>')
    assert _NAMESPACE in answer.text
    return re.findall(f"<{name}>([^<]*)</{name}>", answer.text)


async def _parts(service: Service) -> dict[str, list[str]]:
    """Return the addresses of each part that the index names, by the part."""
    async with open_browser(service.url) as client:
        parts = [httpx.URL(text).path for text in _texts(await client.get("/sitemap.xml"), "loc")]
        return {part: _texts(await client.get(part), "loc") for part in parts}


async def test_public_pages_and_services_are_named_while_they_are_public(
    accounts: Accounts, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = service.settings.app_url.rstrip("/")
    made = []
    for _ in range(3):
        provider = await accounts.make("SERVICE_PROVIDER")
        slug = (await approve_business(provider, business_name=unique("Mapped")))["slug"]
        made.append((provider, f"{app}/providers/{slug}", f"{app}/services/{(await publish(provider))['id']}"))
    # Several parts, and not many: other tests have published as well.
    most = max(map(len, (await _parts(service)).values())) // 3 + 1
    monkeypatch.setattr(sitemap, "PART", most)
    before = await _parts(service)
    named = [address for part in before.values() for address in part]
    for _, page, listing in made:
        assert (named.count(page), named.count(listing)) == (1, 1)
    assert len(before) > 2
    assert max(map(len, before.values())) <= most
    assert all(part.startswith(("/sitemaps/providers-", "/sitemaps/services-")) for part in before)

    provider, page, listing = made[0]
    ok(await provider.client.post(f"{SERVICES}/{listing.rpartition('/')[2]}/pause"))
    renamed = ok(await provider.client.put(PROFILE, json=business(business_name=unique("Mapped anew"))))["slug"]
    after = await _parts(service)

    assert f"{app}/providers/{renamed}" in [address for part in after.values() for address in part]
    for part, addresses in before.items():
        kept = [one for one in addresses if one not in {page, listing}]
        assert [one for one in after.get(part, []) if one != f"{app}/providers/{renamed}"] == kept, part


async def test_a_part_says_when_each_page_has_changed(accounts: Accounts, service: Service) -> None:
    provider = await accounts.make("SERVICE_PROVIDER")
    shown = await approve_business(provider, business_name=unique("Changed"))
    async with open_browser(service.url) as client:
        (part,) = [
            path for path, found in (await _parts(service)).items() if any(shown["slug"] in one for one in found)
        ]
        answer = await client.get(part)
        dates = dict(zip(_texts(answer, "loc"), _texts(answer, "lastmod"), strict=True))
        assert (
            dates[f"{service.settings.app_url.rstrip('/')}/providers/{shown['slug']}"] == shown["updated_at"][:19] + "Z"
        )
        assert (await client.get(part.replace("-", "-0"))).status_code == 404, "each part has one address"
        again = await client.get(part, headers={"If-None-Match": answer.headers["etag"]})
        assert (again.status_code, (await client.head(part)).status_code) == (304, 200)


@pytest.mark.parametrize(
    "name",
    [
        "providers-999999999",
        "providers-0",
        "providers-01",
        "providers-",
        "providers--1",
        "people-1",
        "1",
        "providers-9999999999",
    ],
)
async def test_a_part_in_which_nothing_is_does_not_exist(service: Service, name: str) -> None:
    async with open_browser(service.url) as client:
        assert (await client.get(f"/sitemaps/{name}.xml")).status_code == 404


async def test_robots_are_led_to_the_sitemap_and_to_nothing_else(service: Service) -> None:
    async with open_browser(service.url) as client:
        answer = await client.get("/robots.txt")
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.text.splitlines() == [
        "User-agent: *",
        "Allow: /sitemap.xml",
        "Allow: /sitemaps/",
        "Disallow: /",
        "",
        f"Sitemap: {service.settings.issuer}/sitemap.xml",
    ]
