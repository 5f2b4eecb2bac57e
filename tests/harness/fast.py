"""Option `pytest --fast`, for after each change: SQLite only, without programs, browsers and exhaustive inputs."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from tests.harness.databases import Engine
from tests.harness.engines import within

OPTION: Final = "--fast"

# What `make test` runs besides; a path ends with .py for a file, names a test of one, or is a folder.
LEFT_OUT: Final[dict[str, str]] = {
    "tests/architecture/test_docstrings.py": "all docstrings are read; `make check` asks before a commit",
    "tests/architecture/test_imports.py::test_what_is_off_by_default_is_not_loaded": "the program is started",
    "tests/architecture/test_locks.py": "all installed packages are looked through; `make check` asks before a commit",
    "tests/architecture/test_private_names.py": "all names are looked up; `make check` asks before a commit",
    "tests/architecture/test_problem_details.py": "all problems are looked up; `make check` asks before a commit",
    "tests/chaos": "processes are killed and replaced under load",
    "tests/clients": "clients are generated, installed and compiled",
    "tests/codegen": "for who changes the generator; `make generate` tells what is wrong with a contract",
    "tests/commands": "`make run` and operators' commands are started again and again",
    "tests/contract/test_acceptable.py": "the edge negotiates for all operations alike",
    "tests/contract/test_audit.py::test_a_commit_that_fails_leaves_neither_the_event_nor_the_change": (
        "all tables are compared for each operation"
    ),
    "tests/contract/test_audit.py::test_a_refused_request_leaves_no_event_of_success": "parsers refuse",
    "tests/contract/test_bounds.py": "the edge bounds all operations alike",
    "tests/contract/test_caching.py": "one function compares conditions for all operations",
    "tests/contract/test_closed.py": "parsers refuse what the contract does not name",
    "tests/contract/test_entity_tags.py": "all that can be read is compared for each operation",
    "tests/contract/test_handlers.py": "mypy and the program run on copies of all code",
    "tests/contract/test_idempotency.py": "one service keeps the replies of all operations",
    "tests/contract/test_kept_pages.py": "all that is public is read twice",
    "tests/contract/test_methods.py": "the router refuses, for all operations alike",
    "tests/contract/test_owners.py::test_a_malformed_id_is_422": "parsers refuse",
    "tests/contract/test_roles.py": "one guard reads the contract's permissions for all operations",
    "tests/contract/test_states.py": "all states are walked through, for who changes their tables",
    "tests/docker": "an image is built",
    "tests/docs/test_commands.py": "commands of pages are run",
    "tests/docs/test_troubleshooting.py": "all code is searched for warnings; `make check` asks before a commit",
    "tests/edge": "for who changes the edge, which is the same for all operations",
    "tests/fuzz": "thousands of requests",
    "tests/gateways": "for who changes how mail, files, pictures and other hosts are reached",
    "tests/harness": "of interest to who changes the harness",
    "tests/identity/accounts/test_changing.py::test_two_administrators_who_suspend_each_other_leave_one": (
        "SQLite lets one write at a time"
    ),
    "tests/identity/accounts/test_finding.py::test_pages_hold_everyone_once_and_in_order": (
        "each order is read in pages"
    ),
    "tests/identity/capabilities/login_throttle/test_back_off.py": "bursts of guesses",
    "tests/identity/capabilities/mails/test_killed.py": "processes are killed and started again",
    "tests/identity/capabilities/mails/test_templates.py": "each mail in each language, for who changes templates",
    "tests/identity/closure/test_erasure.py": "accounts have all there is",
    "tests/identity/closure/test_unverified.py": "accounts grow old",
    "tests/identity/export/test_export.py": "accounts have all there is",
    "tests/identity/mfa/test_enrolment.py::test_no_secret_and_no_code_stands_in_the_database": (
        "all tables are searched"
    ),
    "tests/identity/mfa/test_guessing.py": "bursts of guesses",
    "tests/identity/oauth": "services with settings and identity providers of their own",
    "tests/identity/passwords/test_reset.py::test_the_token_is_not_in_the_database": "all tables are searched",
    "tests/identity/races": "SQLite lets one write at a time",
    "tests/identity/registration/test_verify.py::test_nothing_of_a_mailed_token_stands_in_the_database": (
        "all tables are searched"
    ),
    "tests/identity/roles/test_granting.py::test_two_administrators_who_demote_each_other_leave_one": (
        "SQLite lets one write at a time"
    ),
    "tests/identity/roles/test_properties.py": "hundreds of drawn hierarchies of roles",
    "tests/identity/sessions/test_key_rotation.py": "instances are started again and again",
    "tests/identity/sessions/test_login.py::test_no_token_and_no_password_stands_in_the_database": (
        "all tables are searched"
    ),
    "tests/identity/sessions/test_rush.py": "bursts of sign-ins",
    "tests/identity/test_two_processes.py": "two more processes",
    "tests/identity/test_uniform_answers.py": "sequences of requests are repeated and compared",
    "tests/identity/test_uniform_sequences.py": "hundreds of sequences of requests",
    "tests/journey": "whole stories of several people",
    "tests/kernel": "for who changes what all features stand on",
    "tests/marketplace/catalogue/test_catalogue.py::test_pages_are_complete_while_others_publish": (
        "each order is read in pages"
    ),
    "tests/marketplace/catalogue/test_relevance.py": "a catalogue of its own is ranked",
    "tests/marketplace/catalogue/test_search.py::test_pages_through_many_ties_are_complete": (
        "each order is read in pages"
    ),
    "tests/marketplace/categories/test_categories.py::test_services_are_submitted_while_their_category_changes": (
        "SQLite lets one write at a time"
    ),
    "tests/marketplace/geography/test_sphere.py": "thousands of drawn points",
    "tests/marketplace/message_attachments": "pictures are rendered, one process for each",
    "tests/marketplace/notification_stream/test_processes.py": "two more processes",
    "tests/marketplace/photos": "pictures are rendered, one process for each",
    "tests/marketplace/places/test_places.py::test_the_gazetteer_that_comes_along_has_the_contracts_examples": (
        "the whole gazetteer is loaded"
    ),
    "tests/marketplace/privacy": "whole trades of several people",
    "tests/marketplace/property_areas/test_areas.py::test_no_question_tells_where_in_its_cell_a_house_is": (
        "hundreds of questions are compared"
    ),
    "tests/marketplace/provider_services/test_review.py::test_of_parallel_steps_one_wins": (
        "SQLite lets one write at a time"
    ),
    "tests/marketplace/quotes/test_quotes.py::test_of_an_acceptance_and_what_ends_the_quote_at_once_one_is_done": (
        "SQLite lets one write at a time"
    ),
    "tests/marketplace/quotes/test_totals.py": "hundreds of drawn sums",
    "tests/marketplace/reports/test_erased.py": "all that two people wrote is looked for",
    "tests/marketplace/reports/test_hidden_photos.py": "pictures are rendered, one process for each",
    "tests/marketplace/reviews/test_ratings.py": "a long history is added up",
    "tests/marketplace/suspensions": "whole trades of several people",
    "tests/marketplace/test_demo.py": "all demo data is made",
    "tests/marketplace/test_most.py": "tables are filled up to their bounds",
    "tests/marketplace/test_possible.py": "all states are walked through, for who changes their tables",
    "tests/marketplace/test_tables.py": "interpreters are started for each order of imports",
    "tests/marketplace/webhooks/test_trade.py": "whole trades of several people",
    "tests/migrations": "each migration goes up and down",
    "tests/operations/capabilities": "for who changes the audit chain, the worker's tasks and commands",
    "tests/operations/health": "servers of Redis and PostgreSQL are taken away",
    "tests/recovery": "archives are written and read by commands again and again",
    "tests/runtime": "for who changes the library that generated code stands on",
}


def is_fast(config: pytest.Config) -> bool:
    """Return whether the run is a fast one."""
    return bool(config.getoption(OPTION))


def add_option(parser: pytest.Parser) -> None:
    """Add the option to pytest's own."""
    parser.addoption(OPTION, action="store_true", help="SQLite only, without what tests/harness/fast.py lists")


def need_not_be_read(path: Path, config: pytest.Config) -> bool:
    """Return whether a fast run need not even read a file or folder."""
    return is_fast(config) and within(path.relative_to(config.rootpath).as_posix(), LEFT_OUT)


def engines(config: pytest.Config) -> tuple[Engine, ...]:
    """Return the engine of a fast run, which need not even collect the tests on the other one."""
    return ("sqlite",) if is_fast(config) else ()


def leave_out(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Take out of a fast run what is not for it."""
    if not is_fast(config):
        return
    parts: dict[bool, list[pytest.Item]] = {False: [], True: []}
    for item in items:
        parts[_is_left_out(item)].append(item)
    if parts[True]:
        items[:] = parts[False]
        config.hook.pytest_deselected(items=parts[True])


def _is_left_out(item: pytest.Item) -> bool:
    chosen = getattr(item, "callspec", None)  # of a test with parameters
    engine = "" if chosen is None else chosen.params.get("engine")
    return engine == "postgresql" or item.get_closest_marker("browser") is not None or within(item.nodeid, LEFT_OUT)
