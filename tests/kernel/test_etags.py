"""Entity tags of versions, and the condition of a change."""

from __future__ import annotations

from uuid import UUID

import pytest

from impl.kernel.errors import Malformed, PreconditionFailed, PreconditionRequired
from impl.kernel.etags import FIRST_VERSION, check, edition, etag, next_version


def test_versions_count_from_one_on() -> None:
    assert (FIRST_VERSION, next_version(FIRST_VERSION), next_version(7)) == (1, 2, 8)


def test_a_tag_changes_with_whatever_is_shown_and_not_with_its_order() -> None:
    assert etag(7) == '"7"'
    shown = edition(7, {"a": 1, "b": UUID(int=2)}, {"c": "\u00fc"})
    assert shown == edition(7, {"b": UUID(int=2), "a": 1}, {"c": "\u00fc"})
    assert shown == "7-0f939513aa382c03", "clients hold it beyond a release"
    others = (
        edition(8, {"a": 1, "b": UUID(int=2)}, {"c": "\u00fc"}),
        edition(7, {"a": 1, "b": UUID(int=3)}, {"c": "\u00fc"}),
        edition(7, {"a": 1, "b": UUID(int=2), "c": "\u00fc"}),
    )
    assert len({shown, *others}) == 4


def test_a_change_needs_a_condition_only_where_one_is_required() -> None:
    check(None, 7)
    with pytest.raises(PreconditionRequired):
        check(None, 7, required=True)


@pytest.mark.parametrize("if_match", ['"7"', 'W/"7"', "*", '"6", "7"', '"7-gzip"'])
def test_the_present_version_lets_a_change_pass(if_match: str) -> None:
    check(if_match, 7)
    check(if_match, "7", required=True)


@pytest.mark.parametrize(
    ("if_match", "refusal"), [('"8"', PreconditionFailed), ('"77"', PreconditionFailed), ("7", Malformed)]
)
def test_another_version_and_what_is_none_are_refused(if_match: str, refusal: type[Exception]) -> None:
    for required in (False, True):
        with pytest.raises(refusal):
            check(if_match, 7, required=required)
