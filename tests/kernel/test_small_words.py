"""Ids, clock, secrets, entity tags and problems of the kernel."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from impl.kernel import etags
from impl.kernel.clock import SystemClock
from impl.kernel.errors import (
    InvalidInput,
    InvalidTransition,
    Malformed,
    NotFound,
    PreconditionFailed,
    PreconditionRequired,
)
from impl.kernel.ids import new_id
from impl.kernel.secrets import derive, derive_token, fingerprint
from openapi.runtime.wire import FieldError

ROOT = b"0123456789abcdef0123456789abcdef"


def test_ids_are_version_7_of_the_standard_variant_and_of_now() -> None:
    made = new_id()
    assert made.version == 7
    assert made.variant == "specified in RFC 4122"
    at = datetime.fromtimestamp((made.int >> 80) / 1000, UTC)
    assert abs(at - datetime.now(UTC)) < timedelta(seconds=5)


def test_ids_rise_strictly_also_in_a_burst_and_across_threads() -> None:
    made = [new_id() for _ in range(20_000)]
    assert made == sorted(made)
    found: list[UUID] = []
    threads = [threading.Thread(target=lambda: found.extend(new_id() for _ in range(2_000))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(found)) == 8_000


def test_the_clock_is_aware_and_in_utc() -> None:
    assert SystemClock().now().utcoffset() == timedelta(0)


def test_derived_secrets_differ_by_root_purpose_and_the_boundaries_of_parts() -> None:
    secrets = {
        derive(ROOT, "a", "b", "c"),
        derive(ROOT, "a", "bc"),
        derive(ROOT, "ab", "c"),
        derive(ROOT, "a", "b", "c", ""),
        derive(ROOT[:-1] + b"g", "a", "b", "c"),
    }
    assert len(secrets) == 5
    assert derive(ROOT, "a", "b", "c") in secrets
    some = new_id()
    assert derive(ROOT, "a", some) == derive(ROOT, "a", some.bytes)


def test_derived_tokens_fit_in_a_url_and_their_fingerprints_in_a_column() -> None:
    token = derive_token(ROOT, "one-time", new_id())
    assert len(token) == 43
    assert token.replace("-", "").replace("_", "").isalnum()
    assert len(fingerprint(token)) == 32


@pytest.mark.parametrize(
    "if_match", ['"3"', ' "3" ', "*", '"1", "3"', '"1","3",', ', ,"3"', 'W/"3"', 'W/"2", "3"', '"a,b", "3"']
)
def test_an_if_match_with_the_present_version_passes(if_match: str) -> None:
    etags.check(if_match, 3)


@pytest.mark.parametrize("if_match", ['"2"', '"1", "2"', 'W/"2"', '"33"', '""', '"3a"'])
def test_an_if_match_without_it_is_stale(if_match: str) -> None:
    with pytest.raises(PreconditionFailed):
        etags.check(if_match, 3)


@pytest.mark.parametrize(
    "if_match",
    ["", '" 3"', "3", '"3', '3"', '"1" "3"', 'w/"3"', '"3", *', ",", ", ,", '"3"x', '"\x00"', "\u2028", '"1",' * 2000],
)
def test_an_if_match_that_is_no_list_of_tags_is_malformed(if_match: str) -> None:
    with pytest.raises(Malformed):
        etags.check(if_match, 3)


def test_an_if_match_may_be_absent_unless_it_is_required() -> None:
    etags.check(None, 3)
    etags.check(etags.etag(3), 3, required=True)
    with pytest.raises(PreconditionRequired):
        etags.check(None, 3, required=True)


def test_a_problem_says_something_even_when_nothing_was_said() -> None:
    assert NotFound().detail
    problem = InvalidInput(errors=[FieldError("missing", "It is needed.", "/name")], headers={"Retry-After": "3"})
    assert (problem.status, problem.slug, problem.errors[0].pointer) == (422, "validation-failed", "/name")
    assert problem.headers == {"Retry-After": "3"}
    assert InvalidTransition("PAUSED", ["resume"]).members == {"state": "PAUSED", "possible": ["resume"]}
