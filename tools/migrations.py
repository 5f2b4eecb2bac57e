"""Checks of the migrations against the tables on both engines, and drafts of new ones from the difference."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.harness.databases import ENGINES, Databases, migrate
from tests.harness.run import shared_run

ROOT = Path(__file__).parents[1]

# A migration is a transaction of its own: seen in one file with others, a failed one seems to leave things behind.
_BETWEEN = re.compile(r"(?<=^COMMIT;)\s+(?=^BEGIN;\s+-- Running upgrade)", re.MULTILINE)
_NAME = re.compile(r"-- Running upgrade .*-> (?P<revision>\S+)")


def main() -> None:
    """Run one of the two commands: check, or draft with the migration's message."""
    match sys.argv[1:]:
        case ["check"]:
            with shared_run() as databases:
                check(databases)
        case ["draft", message] if message.strip():
            with shared_run() as databases:
                draft(databases, message.strip())
        case _:
            sys.exit('say what it does: make migration m="add a column"')


def check(databases: Databases) -> None:
    """Fail when a table differs from its migrations on an engine, or a migration locks what a running service uses."""
    for engine in ENGINES:
        url = databases.empty(engine, "checked")
        migrate(url)
        _alembic(url, "check")
    _squawk(databases.server.url("checked"))


def draft(databases: Databases, message: str) -> None:
    """Write a migration for what the tables have and the migrations lack, as PostgreSQL sees it."""
    url = databases.empty("postgresql", "drafted")
    migrate(url)
    _alembic(url, "revision", "--autogenerate", "-m", message, quiet=False)


def _alembic(url: str, *words: str, quiet: bool = True) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "alembic", *words],
        cwd=ROOT,
        env={**os.environ, "DATABASE_URL": url, "ENVIRONMENT": "test"},
        capture_output=quiet,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        engine = url.partition(":")[0]
        sys.exit(f"alembic {words[0]} on {engine}:\n{done.stdout or ''}{done.stderr or ''}")
    return done.stdout or ""


def _squawk(url: str) -> None:
    """Lint the SQL that an operator's PostgreSQL would be given, one file a migration, by the rules of .squawk.toml."""
    sql = _alembic(url, "upgrade", "head", "--sql")
    with tempfile.TemporaryDirectory(prefix="hestami-migrations-") as folder:
        files: list[str] = []
        for part in _BETWEEN.split(sql):
            name = _NAME.search(part)
            path = Path(folder) / f"{name['revision'] if name else 'unknown'}.sql"
            path.write_text(part, encoding="utf-8")
            files.append(path.name)
        done = subprocess.run(
            [Path(sys.executable).parent / "squawk", "--reporter=gcc", f"--config={ROOT / '.squawk.toml'}", *files],
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode != 0:
        sys.exit(f"squawk refuses the migrations' SQL:\n{done.stdout}{done.stderr}")


if __name__ == "__main__":
    main()
