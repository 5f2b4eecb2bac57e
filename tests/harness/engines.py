"""Selection of the engines on which a test runs: both, unless the list gives a reason for one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from tests.harness.databases import ENGINES, Engine

_ATTACHMENTS: Final = "tests/marketplace/message_attachments/test_attachments.py"
_HIDDEN: Final = "tests/marketplace/reports/test_hidden_photos.py"
_PHOTOS: Final = "tests/marketplace/photos"
_A_STATE: Final = "a state and an owner are looked at, which are changed and read on both beside this test"

# These run on the engine that needs no server. A path ends with .py for a file, names a test of one, or is a folder.
ONE_ENGINE: Final[dict[str, str]] = {
    "tests/contract/test_acceptable.py": "Accept is looked at before a handler is called",
    "tests/contract/test_audit.py::test_a_commit_that_fails_leaves_neither_the_event_nor_the_change": (
        "which transaction a row is written in, the services decide for both; no engine's module begins one"
    ),
    "tests/contract/test_audit.py::test_a_refused_request_leaves_no_event_of_success": (
        "the parsers refuse it before a handler is called"
    ),
    "tests/contract/test_bounds.py": "sizes and limits are refused before a handler is called; the log is the edge's",
    "tests/contract/test_caching.py": "conditions are compared with the answer; which row it is made of, others show",
    "tests/contract/test_closed.py": "what a body or query may hold is checked before a handler is called",
    "tests/contract/test_idempotency.py::test_a_malformed_key_is_422": "a header is read before a handler is called",
    "tests/contract/test_idempotency.py::test_a_refused_create_does_not_use_the_key_up": (
        "the parsers refuse before the key is looked up"
    ),
    "tests/contract/test_idempotency.py::test_another_payload_under_the_key_is_422": (
        "payloads are compared by the service; what is kept of the first one, the repeated create reads on both"
    ),
    "tests/contract/test_methods.py": "paths and methods are resolved by the router",
    "tests/contract/test_owners.py": "no engine's module asks whose a thing is; features' own tests ask on both",
    "tests/contract/test_roles.py": "roles are read by one query for all operations, before anything else is looked at",
    "tests/contract/test_routes.py": "paths are resolved by the router, and documents are files",
    "tests/contract/test_states.py": "one table says which step leads where; test_examples.py takes each step on both",
    "tests/contract/test_strangers.py": "whoever has no token is refused before a database is asked",
    "tests/contract/test_texts.py::test_a_line_that_hides_something_is_refused": "the parsers refuse",
    "tests/edge/test_client_address.py": "who the sender is comes from the connection and its headers",
    "tests/edge/test_compressing_proxies.py": "proxies rewrite the headers of whatever is answered",
    "tests/docker/test_proxy.py": "the proxy knows no database",
    "tests/edge/test_compression.py": "bodies are compressed after they were made",
    "tests/edge/test_cors.py": "origins are compared with a setting",
    "tests/edge/test_docs.py": "documents and assets are files",
    "tests/edge/test_framework_refusals.py": "the server and the router refuse",
    "tests/edge/test_headers.py": "headers are added to whatever is answered",
    "tests/edge/test_hostile_bytes.py": "the parsers refuse; what reaches a database, the fuzzer sends to both",
    "tests/edge/test_log_entries.py": "what is kept, the handler says; test_logs.py writes and reads it on both",
    "tests/edge/test_negotiation.py": "Accept is looked at before a handler is called",
    "tests/edge/test_pages_in_a_browser.py": "pages call the API, whose tests run on both",
    "tests/edge/test_path_prefix.py": "the path comes from a setting",
    "tests/edge/test_problem_pages.py": "pages are made of the contract",
    "tests/edge/test_production.py": "production's refusals come before a handler is called",
    "tests/edge/test_security_text.py": "the page is made of settings",
    "tests/edge/test_stopping.py": "the server ends its connections, whatever the answers are made of",
    "tests/edge/test_slow_clients.py": "the server waits for requests, before a handler is called",
    "tests/edge/test_unrouted.py": "nothing of it asks a database",
    "tests/edge/test_traces.py::test_a_strangers_trace_is_not_gone_on_with": "a header is read before anything else",
    "tests/edge/test_traces.py::test_a_collector_that_is_out_costs_no_request_and_no_end": "no database is asked",
    "tests/gateways": "mail and identity providers know no database",
    "tests/marketplace/quotes/test_document.py": "pages are set of what test_quotes.py reads on both",
    "tests/marketplace/contact_details": "texts are masked before they are kept, or after they were read",
    "tests/marketplace/reviews/test_reviews.py::test_nothing_that_is_read_depends_on_a_review_that_is_blind": (
        "what is compared is what the tests of each list read on both"
    ),
    "tests/marketplace/suspensions": "a state and an account are looked at; features' own tests read both on both",
    "tests/identity/oauth/test_authorization_endpoint.py": "a request is checked before anything is stored",
    "tests/identity/oauth/test_certified_software.py": "clients of others; the flow runs on both in test_sign_in.py",
    "tests/identity/oauth/test_in_a_browser.py": "browsers; the flow runs on both in test_sign_in.py",
    "tests/identity/oauth/test_standard_software.py": "clients of others; the flow runs on both in test_sign_in.py",
    "tests/identity/sessions/test_access_tokens.py": "tokens are verified before a database is asked",
    "tests/identity/sessions/test_key_rotation.py": "keys are settings of each instance",
    "tests/identity/sessions/test_key_set.py": "the key set is made of settings",
    "tests/marketplace/reviews/test_ratings.py": "the sums are the statements'; reviews run them on both",
    "tests/identity/export/test_export.py::test_nothing_of_anybody_else_is_in_it": (
        "whose rows are read, the queries say for both; that all of them are read, other tests show on both"
    ),
    f"{_ATTACHMENTS}::test_only_pictures_and_whole_documents_are_taken": "files are read before they are kept",
    f"{_ATTACHMENTS}::test_a_photo_is_shown_once_it_is_ready_and_by_an_address_of_its_reader": (
        "signatures are compared"
    ),
    f"{_PHOTOS}/test_inquiry_photos.py::test_those_who_were_asked_see_the_photos_at_addresses_of_their_own": (
        "signatures are compared"
    ),
    f"{_PHOTOS}/test_photos.py::test_a_private_picture_is_shown_by_its_signature_alone_and_for_minutes": (
        "signatures are compared"
    ),
    f"{_PHOTOS}/test_photos.py::test_an_address_that_no_picture_can_have_is_not_found": "no database is asked",
    f"{_PHOTOS}/test_photos.py::test_rare_and_double_natured_files_come_back_clean": "a program renders files",
    f"{_PHOTOS}/test_photos.py::test_what_is_no_picture_is_refused_at_once": "files are read before they are kept",
    f"{_PHOTOS}/test_review_photos.py::test_nobody_else_sees_a_photo_before_its_review_is_published": _A_STATE,
    f"{_PHOTOS}/test_review_photos.py::test_nobody_decides_on_what_a_review_shows_or_says_of_their_business": _A_STATE,
    f"{_PHOTOS}/test_review_photos.py::test_a_photo_alone_is_reported_once_it_is_public_and_taken_down": _A_STATE,
    "tests/marketplace/privacy/test_whole_trade.py": "answers are searched, which features' own tests read on both",
    f"{_HIDDEN}::test_an_address_from_before_shows_nothing_of_what_is_hidden": _A_STATE,
    f"{_HIDDEN}::test_photos_are_reported_that_others_see_and_that_are_not_ones_own": _A_STATE,
    f"{_HIDDEN}::test_nobody_hides_or_reinstates_their_own_photo": _A_STATE,
}


def engines_of(path: str) -> tuple[Engine, ...]:
    """Return the engines that a test, or the tests of a file, run on; the path is relative to the repository's root."""
    return ("sqlite",) if within(path, ONE_ENGINE) else ENGINES


def within(path: str, places: Iterable[str]) -> bool:
    """Return whether the path, of a file or of a test in it, is one of the places or below one."""
    test = path.partition("[")[0]
    return any(test == place or test.startswith((f"{place}/", f"{place}::")) for place in places)
