"""YAML is read as the JSON that it stands for, and content without a JSON form is an error."""

import pytest
import yaml

from openapi.runtime.yaml_documents import DuplicateKeyError, load_mapping


def test_times_stay_text_and_keys_are_names() -> None:
    source = (
        "at: 2026-03-31T09:30:00Z\nday: 2026-03-31\nresponses: {200: ok, '404': none}\nnumber: 1.5\nnothing: null\n"
    )
    assert load_mapping(source) == {
        "at": "2026-03-31T09:30:00Z",
        "day": "2026-03-31",
        "responses": {"200": "ok", "404": "none"},
        "number": 1.5,
        "nothing": None,
    }


def test_a_key_given_twice_is_an_error_that_names_its_line() -> None:
    with pytest.raises(DuplicateKeyError, match="line 3: the key 'b' stands here twice"):
        load_mapping(b"a:\n  b: 1\n  b: 2\n")


def test_invalid_yaml_and_other_types_are_refused() -> None:
    with pytest.raises(TypeError, match="not a mapping"):
        load_mapping("- a")
    with pytest.raises(yaml.YAMLError):
        load_mapping("a: [")
    with pytest.raises(yaml.YAMLError):
        load_mapping("a: !!python/object/apply:os.getcwd []")
