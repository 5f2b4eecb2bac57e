"""Generator of the Python client: `python generate.py CONTRACT FOLDER`."""

from __future__ import annotations

import json
import sys
import tempfile
from importlib import import_module
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

_SCHEMA = "#/components/schemas/"


def prepared(document: dict[str, Any]) -> dict[str, Any]:
    """Write the contract in the words that openapi-python-client understands; the wire stays the same."""
    schemas = document["components"]["schemas"]
    for schema in schemas.values():
        if "allOf" in schema:
            _flatten(schema, schemas)
    for path in document["paths"].values():
        for method, operation in path.items():
            if method != "parameters":
                _keep_the_first_body(operation)
    return document


def _flatten(schema: dict[str, Any], schemas: dict[str, dict[str, Any]]) -> None:
    """Give a text its pattern, and a problem its properties: the generator drops those that are narrowed by `const`."""
    base, *narrowed = schema.pop("allOf")
    inherited = schemas[base["$ref"].removeprefix(_SCHEMA)]
    if not narrowed:
        schema.update(inherited | schema)
        return
    (own,) = narrowed
    schema["type"] = "object"
    schema["required"] = list(dict.fromkeys([*inherited["required"], *own["required"]]))
    schema["properties"] = {**inherited["properties"], **own["properties"]}


def _keep_the_first_body(operation: dict[str, Any]) -> None:
    """Leave one media type: for two, the generator writes a default that it does not import."""
    content = operation.get("requestBody", {}).get("content", {})
    for media_type in list(content)[1:]:
        del content[media_type]


def main(contract: Path, folder: Path) -> None:
    """Write the package `hestami_client` below the folder; fail on a warning, which means that something is missing."""
    yaml = YAML(typ="safe")
    document = prepared(yaml.load(contract.read_text(encoding="utf-8")))
    with tempfile.TemporaryDirectory() as scratch:
        # JSON, since the library that the generator reads YAML with takes seconds for a contract of this size.
        source = Path(scratch, "contract.json")
        source.write_text(json.dumps(document, sort_keys=True), encoding="utf-8")
        config = Path(scratch, "config.yaml")
        # Files and streams have media types that the generator knows under this name only.
        files = dict.fromkeys(
            ("application/pdf", "image/jpeg", "image/png", "text/event-stream"), "application/octet-stream"
        )
        settings = {"post_hooks": [], "literal_enums": True, "content_type_overrides": files}
        with config.open("w", encoding="utf-8") as file:
            yaml.dump(settings, file)
        command = ["generate", "--fail-on-warning", "--overwrite", "--meta", "none"]
        command += ["--path", str(source), "--config", str(config), "--output-path", str(folder / "hestami_client")]
        # It copies each operation three times, with all models behind it, and drops the original: most of its time.
        parser: Any = import_module("openapi_python_client.parser.openapi")
        parser.deepcopy = lambda operation: operation
        import_module("openapi_python_client.cli").app(command)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
