"""Documentation in a browser: operations, events and examples in Redoc and Swagger UI, and each problem's page."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from typing import Any
from urllib.parse import parse_qsl

import pytest
from playwright.async_api import Locator, Page, expect

from generated.policies import PROBLEM_TYPES
from tests.contract.contract_operations import EVENTS, OPERATIONS, request_examples, response_examples
from tests.harness.databases import Databases
from tests.harness.pages import AT_REST, Events
from tests.harness.service import Service, run_service

pytestmark = pytest.mark.browser

# Opens each tab, media type and example of a section, and collects what stands there.
_SECTION = '[data-section-id*="/operation/"]'
_REDOC = """
async (sections) => {
  const choose = async (list, at) => {
    list.selectedIndex = at;
    list.dispatchEvent(new Event("change", { bubbles: true }));
    await null;
  };
  const shown = {};
  for (const part of sections) {
    const seen = shown[part.dataset.sectionId.split("/").at(-1)] = [];
    for (const tab of part.querySelectorAll("[role=tab]")) {
      tab.click();
      await null;
      const panel = document.getElementById(tab.getAttribute("aria-controls"));
      const lists = (label) => panel.querySelector(`select[aria-label="${label}"]`);
      for (let type = 0; type < (lists("Content type")?.options.length ?? 1); type += 1) {
        if (lists("Content type")) await choose(lists("Content type"), type);
        for (let one = 0; one < (lists("Example")?.options.length ?? 1); one += 1) {
          if (lists("Example")) await choose(lists("Example"), one);
          for (const sample of panel.querySelectorAll(".redoc-json, pre")) seen.push(sample.textContent);
        }
      }
    }
  }
  return shown;
}
"""
_SWAGGER = """
(blocks) => blocks.map((block) => [
  block.querySelector(".opblock-summary-operation-id").textContent,
  block.querySelector(".opblock-summary-method").textContent,
  block.querySelector("[data-path]").dataset.path,
])
"""
# What is not displayed is not laid out, which took half of the time; reading and clicking in a script needs no layout.
_NOT_DISPLAYED = """
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(":root { display: none !important }");
  document.adoptedStyleSheets = [sheet];
"""
# One of each kind: opening an operation takes Swagger UI a second, and Redoc shows all of them.
_OPENED = {"login", "updateProperty", "searchServices"}


@pytest.fixture(scope="module")
async def open_docs(databases: Databases, worker_id: str) -> AsyncIterator[Service]:
    """Return one service: what these pages show is no matter of the database."""
    async with run_service(databases, "sqlite", f"reference_{worker_id}") as running:
        yield running


def _examples() -> Iterator[tuple[str, Any]]:
    requests = ((example.operation.id, example.value) for example in request_examples((*OPERATIONS, *EVENTS)))
    responses = ((example.operation.id, example.value) for example in response_examples())
    for name, value in (*requests, *responses):
        yield name, _lines(value) if isinstance(value, str) else value


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n").strip()


def _read(sample: str) -> Any:  # noqa: ANN401 - JSON, a form, or a text such as a page or a table
    if sample.startswith(("{", "[")):
        return json.loads(sample)
    return _lines(sample) if sample.startswith("<") or "\n" in sample else dict(parse_qsl(sample))


async def test_redoc_shows_each_operation_and_event_with_all_its_examples(
    page: Page, events: Events, open_docs: Service
) -> None:
    await page.add_init_script(_NOT_DISPLAYED)
    await page.goto(f"{open_docs.url}/redoc")
    sections = page.locator(_SECTION)
    await expect(sections).to_have_count(len(OPERATIONS) + len(EVENTS))
    await page.evaluate(AT_REST)
    told: dict[str, list[str]] = await sections.evaluate_all(_REDOC)
    assert set(told) == {operation.id for operation in (*OPERATIONS, *EVENTS)}
    shown = {name: [_read(sample) for sample in samples] for name, samples in told.items()}
    assert [(name, value) for name, value in _examples() if value not in shown[name]] == []
    assert events.errors == []
    assert events.strangers(open_docs.url) == []


async def test_swagger_ui_shows_each_operation_and_event_and_the_examples_of_some(
    page: Page, events: Events, open_docs: Service
) -> None:
    """Look at all of it in one page, since Swagger UI takes most of ten seconds to read the contract."""
    await page.add_init_script(_NOT_DISPLAYED)
    await page.goto(f"{open_docs.url}/docs")
    # Events stand below the tags, and are always open.
    sent = page.locator(".webhooks .opblock")
    await expect(sent).to_have_count(len(EVENTS))
    told: list[tuple[str, str, str]] = await sent.evaluate_all(_SWAGGER)
    blocks = page.locator(".opblock-tag-section .opblock")
    for tag, expected in Counter(operation.tag for operation in OPERATIONS).items():
        await _press(page.locator(f"#operations-tag-{tag}"))
        await expect(blocks).to_have_count(expected)
        told += await blocks.evaluate_all(_SWAGGER)
        for operation in OPERATIONS:
            if operation.tag == tag and operation.id in _OPENED:
                await _holds_its_examples(page, operation.id)
        await _press(page.locator(f"#operations-tag-{tag}"))
        await expect(blocks).to_have_count(0)
    # Swagger UI puts zero-width spaces where a path may break.
    shown = {(name, method, path.replace("\u200b", "")) for name, method, path in told}
    assert shown == {(operation.id, operation.method, operation.path) for operation in (*OPERATIONS, *EVENTS)}
    assert {name for name, *_ in told} >= _OPENED
    assert events.errors == []
    assert events.strangers(open_docs.url) == []


async def _holds_its_examples(page: Page, name: str) -> None:
    block = page.locator(f".opblock[id$='-{name}']")
    await _press(block.locator(".opblock-summary-control"))
    samples = block.locator(".responses-table .microlight")
    await samples.first.wait_for(state="attached")
    await page.evaluate(AT_REST)
    shown = [json.loads(sample) for sample in await samples.all_text_contents()]
    first: dict[int, Any] = {}
    for example in response_examples():
        if example.operation.id == name:
            first.setdefault(example.status, example.value)
    assert [value for value in first.values() if value not in shown] == []


async def _press(part: Locator) -> None:
    """Click without looking where it lies, which has the browser lay the page out for each click."""
    await part.dispatch_event("click")


@pytest.mark.parametrize("slug", ["validation-failed", "method-not-allowed", "invalid-transition"])
async def test_a_problems_page_needs_nothing_else(page: Page, events: Events, open_docs: Service, slug: str) -> None:
    await page.goto(f"{open_docs.url}/problems/{slug}")
    assert await page.text_content("h1") == PROBLEM_TYPES[slug].title
    assert await page.evaluate("getComputedStyle(document.querySelector('main')).maxWidth") == "768px"
    asked = {url for url in events.requests if not url.startswith(("about:", "data:"))}
    assert asked == {f"{open_docs.url}/problems/{slug}"}
    assert events.errors == []
