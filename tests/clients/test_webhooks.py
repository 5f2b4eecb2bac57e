"""Examples of docs/webhooks.md: the event is the contract's, and the code verifies what the service really sends."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from standardwebhooks.webhooks import WebhookVerificationError

from tests.clients.build import make_typescript, npm
from tests.gateways.smtp_server import Authority
from tests.harness.accounts import Accounts
from tests.harness.contract import load_contract
from tests.harness.databases import ROOT, Databases
from tests.harness.service import run_service
from tests.marketplace.payloads import Json, ok
from tests.marketplace.webhooks.receiving import receiving

_PAGE = (ROOT / "docs" / "webhooks.md").read_text(encoding="utf-8")
_OTHER_SECRET = "whsec_" + "A" * 32


def _shown(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", _PAGE, re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
async def sent(databases: Databases, worker_id: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Json]:
    """Return a request that the service has sent over HTTPS a moment ago, with the secret of its endpoint."""
    authority = Authority(tmp_path_factory.mktemp("consumer"), "consumer")
    trusting = run_service(databases, "sqlite", f"consumer_{worker_id}", webhook_ca_file=authority.file)
    async with receiving(authority.server_context(host="localhost")) as receiver, trusting as service:
        people = Accounts(service)
        provider = await people.make("SERVICE_PROVIDER")
        body = {"url": receiver.url(), "events": ["ping"], "description": None}
        endpoint = ok(await provider.client.post("/service-providers/webhooks", json=body), 201)
        ok(await provider.client.post(f"/service-providers/webhooks/{endpoint['id']}/test"), 202)
        (request,) = await receiver.got(1)
        await people.close()
        yield {
            "endpoint": endpoint["id"],
            "secret": endpoint["secret"],
            "body": request.body.decode(),
            "headers": request.headers,
        }


async def test_what_is_shown_in_typescript_verifies_a_signature(sent: Json, tmp_path: Path) -> None:
    await asyncio.to_thread(make_typescript)
    file = tmp_path / "sent.json"
    file.write_text(json.dumps(sent), encoding="utf-8")

    told = await asyncio.to_thread(npm, "run", "webhook", environment={"HESTAMI_WEBHOOK": str(file)})
    assert f"verified: ping of {sent['endpoint']}" in told
    assert told.count("refused:") == 2


def test_what_is_shown_in_python_verifies_a_signature(sent: Json) -> None:
    shown: dict[str, Any] = {}
    for block in _shown("python"):
        exec(compile(block, "docs/webhooks.md", "exec"), shown)  # noqa: S102 - what we show ourselves
    event_of, is_genuine = shown["event_of"], shown["is_genuine"]
    secret, body, headers = sent["secret"], sent["body"], sent["headers"]
    assert event_of(secret, body, headers)["data"]["webhook_id"] == sent["endpoint"]
    assert is_genuine(secret, body, headers)
    rotated = {**headers, "webhook-signature": f"v1,{'A' * 43}= {headers['webhook-signature']}"}
    assert event_of(secret, body, rotated)["type"] == "ping"
    assert is_genuine(secret, body, rotated)
    old = {**headers, "webhook-timestamp": str(int(headers["webhook-timestamp"]) - 301)}
    for wrong in ((_OTHER_SECRET, body, headers), (secret, body.replace("ping", "pong"), headers), (secret, body, old)):
        assert not is_genuine(*wrong)
        with pytest.raises(WebhookVerificationError):
            event_of(*wrong)


def test_the_event_that_is_shown_is_the_contracts_example() -> None:
    (shown,) = (json.loads(block) for block in _shown("json"))
    document: Any = load_contract().document
    operation = document["webhooks"][shown["type"]]["post"]
    (example,) = operation["requestBody"]["content"]["application/json"]["examples"].values()
    assert shown == example["value"]
