"""Contract as a document: loaded strictly, references resolved, operations listed in its order."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from openapi.runtime.yaml_documents import DuplicateKeyError, load_mapping

type Node = dict[str, Any]

METHODS = ("get", "put", "post", "patch", "delete")


class ContractError(Exception):
    """Raised when the contract cannot be read at all."""


@dataclass(frozen=True, slots=True)
class RawOperation:
    """Operation as the contract writes it; `parameters` are resolved and include those of its path."""

    path: str
    method: str
    node: Node
    parameters: tuple[Node, ...]

    @property
    def where(self) -> str:
        """Return the operation's place, for messages."""
        return f"{self.method.upper()} {self.path}"

    @property
    def id(self) -> str:
        """Return the operationId, or an empty text where the contract forgot it."""
        return str(self.node.get("operationId", ""))

    @property
    def tag(self) -> str:
        """Return the one tag, or an empty text."""
        return str((self.node.get("tags") or [""])[0])


@dataclass(frozen=True, slots=True)
class RawWebhook:
    """Event of the section `webhooks`, which the service sends to others."""

    name: str
    item: Node

    @property
    def where(self) -> str:
        """Return the event's place, for messages."""
        return f"webhooks/{self.name}"

    @property
    def node(self) -> Node:
        """Return what is sent by POST, or nothing where the contract forgot it."""
        node: Node = self.item.get("post") or {}
        return node


class Document:
    """Contract with the look-ups that the generator makes in it."""

    def __init__(self, root: Node) -> None:
        self.root = root

    @classmethod
    def load(cls, path: Path) -> "Document":
        """Read the file; ContractError when it is no mapping in YAML."""
        try:
            return cls(load_mapping(path.read_bytes()))
        except DuplicateKeyError as error:
            raise ContractError(str(error)) from error
        except yaml.YAMLError as error:
            raise ContractError(f"{path.name} is not YAML: {error}") from error
        except TypeError as error:
            raise ContractError(f"{path.name} is not a mapping") from error

    @property
    def prefix(self) -> str:
        """Return the path of the first server, below which every operation is served."""
        servers = self.root.get("servers") or [{"url": ""}]
        return str(servers[0].get("url", "")).rstrip("/")

    def component(self, kind: str) -> Node:
        """Return the components of one kind, by name."""
        found: Node = (self.root.get("components") or {}).get(kind) or {}
        return found

    @property
    def schemas(self) -> Node:
        """Return the named schemas."""
        return self.component("schemas")

    def resolve(self, node: Node) -> Node:
        """Follow `$ref` to the end; members beside a `$ref` win over those that it refers to."""
        seen: set[str] = set()
        while "$ref" in node:
            ref = str(node["$ref"])
            if ref in seen:
                raise ContractError(f"{ref} refers to itself")
            seen.add(ref)
            beside = {key: value for key, value in node.items() if key != "$ref"}
            node = {**self.target(ref), **beside}
        return node

    def target(self, ref: str) -> Node:
        """Return what a local reference names; raise ContractError for one that names nothing."""
        found: Any = self.root
        if not ref.startswith("#/"):
            raise ContractError(f"{ref} is not a reference into this file")
        for part in ref[2:].split("/"):
            key = part.replace("~1", "/").replace("~0", "~")
            if not isinstance(found, dict) or key not in found:
                raise ContractError(f"{ref} names nothing")
            found = found[key]
        if not isinstance(found, dict):
            raise ContractError(f"{ref} names no object")
        return found

    def operations(self) -> Sequence[RawOperation]:
        """Return every operation, in the order of the file; they are read once, since each rule asks for them."""
        return self._operations

    @cached_property
    def _operations(self) -> Sequence[RawOperation]:
        return tuple(self._read_operations())

    def _read_operations(self) -> Iterator[RawOperation]:
        for path, item in (self.root.get("paths") or {}).items():
            shared = [self.resolve(one) for one in item.get("parameters") or []]
            for method, node in item.items():
                if method not in METHODS:
                    continue
                own = [self.resolve(one) for one in node.get("parameters") or []]
                named = {(one.get("in"), one.get("name")): one for one in [*shared, *own]}
                yield RawOperation(path, method, node, tuple(named.values()))

    def webhooks(self) -> Iterator[RawWebhook]:
        """Yield every event that the service sends, in the order of the file."""
        for name, item in (self.root.get("webhooks") or {}).items():
            yield RawWebhook(str(name), item)


def ref_name(ref: str) -> str:
    """Return the component's name in a reference."""
    return ref.rsplit("/", 1)[-1]
