"""Loader of YAML as the JSON document that it stands for."""

from typing import Any

import yaml


class DuplicateKeyError(yaml.YAMLError):
    """Raised when a mapping has a key twice, of which YAML's own parsers would silently keep the last."""


class _JsonLoader(yaml.CSafeLoader):
    """Loader without YAML's types beyond JSON, in which the names of an object are unique."""


def _mapping(loader: _JsonLoader, node: yaml.MappingNode) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key_node, value_node in node.value:
        key = str(loader.construct_object(key_node, deep=True))
        if key in found:
            raise DuplicateKeyError(f"line {key_node.start_mark.line + 1}: the key {key!r} stands here twice")
        found[key] = loader.construct_object(value_node, deep=True)
    return found


def _text(loader: _JsonLoader, node: yaml.ScalarNode) -> str:
    return str(loader.construct_scalar(node))


_JsonLoader.add_constructor("tag:yaml.org,2002:map", _mapping)
_JsonLoader.add_constructor("tag:yaml.org,2002:timestamp", _text)


def load_mapping(source: str | bytes) -> dict[str, Any]:
    """Return the document's root, as JSON would hold it.

    Raises yaml.YAMLError when it is no YAML, DuplicateKeyError (one of these) for a key given twice, and TypeError when
    the root is no mapping.
    """
    root = yaml.load(source, Loader=_JsonLoader)  # noqa: S506 - a subclass of CSafeLoader, which ruff cannot see through
    if not isinstance(root, dict):
        raise TypeError("the document is not a mapping")
    return root
