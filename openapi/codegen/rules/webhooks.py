"""Rules about events that the service sends: their names, their bodies, and the enum of them all."""

import re
from collections.abc import Iterator

from openapi.codegen.document import Document, RawWebhook, ref_name
from openapi.codegen.naming import constant
from openapi.codegen.rules.rule import Rule, Table, unless
from openapi.codegen.schemas import JSON, flatten, is_enum, lists_events

# As Standard Webhooks has them: words with full stops between them.
_NAME = re.compile(r"[a-z][a-z_]*(\.[a-z][a-z_]*)*")
_MEMBERS = {"type", "timestamp", "data"}


def _webhooks(document: Document) -> Iterator[tuple[str, RawWebhook]]:
    yield from ((webhook.where, webhook) for webhook in document.webhooks())


def _name(document: Document, webhook: RawWebhook) -> Iterator[str]:
    yield from unless(_NAME.fullmatch(webhook.name), webhook.name)


def _post(document: Document, webhook: RawWebhook) -> Iterator[str]:
    yield from unless(list(webhook.item) == ["post"], ", ".join(webhook.item))


def _operation(document: Document, webhook: RawWebhook) -> Iterator[str]:
    others = [one.id for one in document.operations()]
    others += [str(one.node.get("operationId")) for one in document.webhooks() if one.name != webhook.name]
    wanted = constant(webhook.name)
    operation_id = str(webhook.node.get("operationId", ""))
    yield from unless(constant(operation_id) == wanted and operation_id not in others, f"operationId {operation_id}")
    yield from unless(webhook.node.get("security") == [], "security is not []")


def _body(document: Document, webhook: RawWebhook) -> Iterator[str]:
    content = document.resolve(webhook.node.get("requestBody") or {}).get("content") or {}
    schema = (content.get(JSON) or {}).get("schema") or {}
    if list(content) != [JSON] or "$ref" not in schema:
        yield "its body is no named schema in JSON"
        return
    whole = flatten(document, document.schemas[ref_name(schema["$ref"])])
    properties = whole.get("properties") or {}
    yield from unless(set(properties) == _MEMBERS, f"members: {', '.join(properties)}")
    yield from unless(set(whole.get("required") or []) == set(properties), "a member is not required")
    kind = (properties.get("type") or {}).get("const")
    yield from unless(kind == webhook.name, f"type: {kind}")


def _listed(document: Document, webhook: RawWebhook) -> Iterator[str]:
    enums = [schema for schema in document.schemas.values() if is_enum(schema) and webhook.name in schema["enum"]]
    yield from unless(any(lists_events(document, schema) for schema in enums), webhook.name)


SECTION = Table(
    _webhooks,
    (
        Rule("webhook-names", "An event is named by lower-case words with full stops between them.", _name),
        Rule("webhook-post", "An event is sent by POST and by nothing else.", _post),
        Rule(
            "webhook-operations",
            "An event has an operationId of its own, which is its name, and no security.",
            _operation,
        ),
        Rule("webhook-bodies", "An event's body is a named schema: its name as type, timestamp and data.", _body),
        Rule("webhook-enum", "An enum lists the events, by their names and nothing else.", _listed),
    ),
)
