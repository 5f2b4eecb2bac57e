"""Tests that are tried against a mutant of a module, each run in a fork that has imported the libraries before."""

from __future__ import annotations

import contextlib
import importlib
import os
import signal
import sys
from pathlib import Path
from typing import NoReturn

import pytest

# Where a module's tests are, those that answer soonest first. The longest beginning of the module's path counts; the
# mirror of its own folder, and what bears its name, come before all of these.
_TESTS = {
    "impl/edge/": ["tests/edge", "tests/contract"],
    "impl/edge/guard.py": [
        "tests/identity/sessions/test_access_tokens.py",
        "tests/edge/test_rate_limits.py",
        "tests/edge/test_denials.py",
        "tests/contract/test_roles.py",
        "tests/contract/test_strangers.py",
    ],
    "impl/kernel/": ["tests/kernel", "tests/identity", "tests/contract"],
    "impl/identity/": ["tests/identity", "tests/contract"],
    "impl/identity/capabilities/access_control/": ["tests/identity/accounts", "tests/identity/roles"],
    "impl/identity/capabilities/authentication/": ["tests/identity/sessions", "tests/identity/own_sessions"],
    "impl/identity/capabilities/external_identities/": ["tests/identity/oauth"],
    "impl/identity/capabilities/known_devices/": ["tests/identity/capabilities/login_throttle"],
    "impl/identity/capabilities/oauth_codes/": ["tests/identity/oauth"],
    "impl/identity/capabilities/one_time_tokens/": ["tests/identity/registration", "tests/identity/passwords"],
    "impl/identity/capabilities/password_verification/": ["tests/identity/sessions", "tests/identity/passwords"],
    "impl/identity/capabilities/reauthentication/": ["tests/identity/passwords", "tests/identity/email_change"],
    "impl/identity/capabilities/role_catalogue/": ["tests/identity/roles"],
    "impl/identity/capabilities/second_factor/": ["tests/identity/mfa"],
    "impl/identity/capabilities/users/": ["tests/identity/account", "tests/identity/accounts"],
    "impl/identity/identities/": ["tests/identity/oauth"],
    "impl/identity/oauth_token/": ["tests/identity/oauth"],
    "impl/marketplace/": ["tests/marketplace", "tests/contract"],
    "impl/marketplace/capabilities/categories/": ["tests/marketplace/categories"],
    "impl/marketplace/capabilities/geography/": ["tests/marketplace/geography", "tests/marketplace/catalogue"],
    "impl/marketplace/capabilities/hints/": ["tests/marketplace/moderation"],
    "impl/marketplace/capabilities/questions/": ["tests/marketplace/questions", "tests/marketplace/provider_services"],
    "impl/marketplace/capabilities/search/": ["tests/marketplace/catalogue"],
    "impl/marketplace/capabilities/spelling/": ["tests/marketplace/spelling", "tests/marketplace/catalogue"],
    "impl/marketplace/capabilities/stemming/": ["tests/marketplace/catalogue"],
    "impl/marketplace/capabilities/submissions/": ["tests/marketplace/provider_services"],
    "impl/operations/": ["tests/operations", "tests/contract", "tests/kernel"],
}
_PYTEST = ("-x", "-q", "--no-header", "-n", "0", "-k", "not postgresql", "-m", "not browser")
# pytest is told of each plugin that is there already, and takes it for a mistake.
_LOADED = ("-W", "ignore::pytest.PytestAssertRewriteWarning")
_NO_TESTS = (int(pytest.ExitCode.OK), int(pytest.ExitCode.NO_TESTS_COLLECTED))
# A mutant that never ends is noticed; the time is no measure of anything.
_NEVER_ENDS = 1800
_LIBRARIES = (
    "aiosqlite",
    "alembic.command",
    "asyncpg",
    "fastapi",
    "httpx",
    "jsonschema",
    "pydantic_settings",
    "sqlalchemy.dialects.postgresql.asyncpg",
    "sqlalchemy.dialects.sqlite.aiosqlite",
    "sqlalchemy.ext.asyncio",
    "sqlalchemy.orm",
    "uvicorn",
    "uvicorn.lifespan.on",
    "uvicorn.protocols.http.httptools_impl",
    "uvloop",
)
_OURS = ("clients", "generated", "impl", "migrations", "openapi", "tests", "tools")


class Tests:
    """Tests of a copy of the repository in which one module at a time is changed."""

    def __init__(self, tree: Path, *, most: int) -> None:
        """Take the copy; at most so many places of tests are tried against a mutant. Import what every run needs."""
        self._tree = tree
        self._most = most
        self._passing: set[str] = set()
        for name in _LIBRARIES:
            importlib.import_module(name)

    def notice(self, module: str, mutated: str) -> bool:
        """Return whether a test of the module fails once the source of it is another.

        Raises RuntimeError when tests fail on the module as it is: they would fail with every mutant, and tell nothing.
        """
        path = self._tree / module
        source, times = path.read_text(encoding="utf-8"), path.stat()
        for tests in self._stages(module):
            if tests not in self._passing:
                # What is compiled here is what each mutant's run finds compiled.
                if (code := self._run(tests, is_mutated=False)) not in _NO_TESTS:
                    raise RuntimeError(f"{tests} does not pass without a mutant (pytest ended with {code})")
                self._passing.add(tests)
            path.write_text(mutated, encoding="utf-8")
            try:
                if self._run(tests, is_mutated=True) not in _NO_TESTS:
                    return True
            finally:
                path.write_text(source, encoding="utf-8")
                # With its own time: by that, Python tells whether what it has compiled is of this source.
                os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
        return False

    def _stages(self, module: str) -> list[str]:
        place = Path(module)
        mirror = Path("tests", *place.parent.parts[1:])
        named = sorted((self._tree / mirror).glob(f"test_{place.stem}.py"))
        beginnings = sorted((one for one in _TESTS if module.startswith(one)), key=len, reverse=True)
        # Of a capability, what uses it comes next, and then the whole domain.
        wider = [tests for beginning in beginnings for tests in _TESTS[beginning]]
        own = [] if str(mirror) in wider else [str(mirror)]
        stages = dict.fromkeys([*(str(one.relative_to(self._tree)) for one in named), *own, *wider])
        return [one for one in stages if (self._tree / one).exists()][: self._most]

    def _run(self, tests: str, *, is_mutated: bool) -> int:
        """Run tests in a fork; return pytest's exit code, or that of the signal that ended it."""
        child = os.fork()
        if child == 0:
            self._become_pytest(tests, is_mutated=is_mutated)
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])

    def _become_pytest(self, tests: str, *, is_mutated: bool) -> NoReturn:
        code = int(pytest.ExitCode.INTERNAL_ERROR)
        with contextlib.suppress(BaseException):
            signal.alarm(_NEVER_ENDS)
            quiet = os.open(os.devnull, os.O_RDWR)
            for number in range(3):
                os.dup2(quiet, number)
            for name in [one for one in sys.modules if one.partition(".")[0] in _OURS]:
                del sys.modules[name]
            os.chdir(self._tree)
            sys.path[:] = [str(self._tree), *(one for one in sys.path if one not in {"", str(_ROOT)})]
            sys.dont_write_bytecode = is_mutated
            code = int(pytest.main([*_PYTEST, *_LOADED, tests]))
        os._exit(code)


_ROOT = Path(__file__).resolve().parents[1]
