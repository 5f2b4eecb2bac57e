"""Operator's commands: migrate, create-admin, purge, dead-letters, backups, secrets, reencrypt, audit, keys."""

from __future__ import annotations

import argparse
import asyncio
import getpass
import json
import secrets
import shlex
import sys
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final
from uuid import UUID

from alembic import command
from alembic.config import Config
from sqlalchemy.exc import SQLAlchemyError

from impl.assembly import MIGRATIONS, Services, assemble
from impl.edge import logs
from impl.edge.well_known import KEY_SET_MAX_AGE
from impl.gateways import signing_keys
from impl.gateways.tokens import load_key
from impl.identity.capabilities.password_policy.errors import WeakPassword
from impl.identity.registration.errors import AddressInUseError
from impl.kernel.clock import SystemClock
from impl.kernel.database_errors import explain
from impl.kernel.engines.database_url import displayed
from impl.kernel.errors import Unavailable
from impl.kernel.settings.service import Settings
from impl.operations.capabilities.audit_chain.service import Head, Verdict
from impl.operations.capabilities.dead_letters.errors import UnknownLetters
from impl.recovery import commands as recovery
from impl.recovery import keys
from impl.recovery.errors import RecoveryError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from impl.kernel.outbox import DeadLetter

_ALEMBIC: Final = Path(__file__).resolve().parents[1] / "alembic.ini"
_EMAIL_MAX: Final = 254
_ERASED: Final = "users"
_EVERYWHERE: Final = "# Set it on every instance and restart them, one after the other."


def migrate(revision: str = "head") -> None:
    """Bring the database of the settings to a revision; without a change to make it only looks."""
    config = Config(_ALEMBIC)
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    command.upgrade(config, revision)


async def create_admin(services: Services, *, email: str, full_name: str, password: str) -> str:
    """Create an administrator, since nobody could grant the first one the role, and return the account's id."""
    _, at, domain = email.rpartition("@")
    if not at or not domain or len(email) > _EMAIL_MAX or any(character.isspace() for character in email):
        raise SystemExit(f"{email} is not an e-mail address.")
    try:
        return str(
            await services.identity.registration.create_admin(email=email, full_name=full_name, password=password)
        )
    except WeakPassword as error:
        raise SystemExit("\n".join([error.detail, *(f"  {found.detail}" for found in error.errors)])) from None
    except AddressInUseError as error:
        raise SystemExit(f"No account was made: {error}.") from None


async def purge(services: Services) -> Counter[str]:
    """Delete rows whose retention period is over, as the worker does every hour; return their number by table."""
    removed: Counter[str] = Counter()
    for cleanup_job in services.cleanup_jobs.values():
        removed.update(await cleanup_job())
    return removed


async def count_overdue(services: Services) -> Counter[str]:
    """Count what `purge` would remove now; an account counts as one row, without what other tables hold of it."""
    found = await services.retention.count()
    found[_ERASED] += await services.identity.closure.count_due()
    return found


async def print_dead_letters(services: Services) -> None:
    """Print each dead letter as it is read, since there may be many, without personal data."""
    async for letter in services.operations.dead_letters.walk():
        print(_line_of(letter))


async def retry_dead_letters(services: Services, ids: Sequence[UUID]) -> int:
    """Have the worker try these dead letters again, or all if none is named; return their number."""
    try:
        return await (
            services.operations.dead_letters.retry(ids) if ids else services.operations.dead_letters.retry_all()
        )
    except UnknownLetters as error:
        raise SystemExit(f"{error}\nNothing was changed.") from None


async def verify_audit(services: Services, known: Head | None) -> Verdict:
    """Walk the whole hash chain over the audit trail; `known` is a head that was written down earlier."""
    return await services.operations.audit_chain.verify(known)


def fresh_secrets() -> dict[str, str]:
    """Generate the secrets that a first deployment has to set."""
    kid = secrets.token_hex(4)
    key = {kid: {"algorithm": "HS256", "key": secrets.token_urlsafe(48)}}
    return {
        "SECRET_KEY": secrets.token_urlsafe(48),
        "PASSWORD_PEPPER": secrets.token_urlsafe(48),
        "ENCRYPTION_KEYS": secrets.token_urlsafe(48),
        "AUDIT_KEYS": secrets.token_urlsafe(48),
        "JWT_KEYS": json.dumps(key),
        "JWT_ACTIVE_KID": kid,
    }


def main(arguments: Sequence[str] | None = None) -> None:
    options = _parser().parse_args(arguments)
    match options.command:
        case "secrets":
            print("\n".join(f"{name}='{value}'" for name, value in fresh_secrets().items()))
        case "migrate":
            migrate(options.revision)
            _import_places(wanted=options.places)
        case "create-admin":
            password = _password(from_input=options.password_stdin)
            email, full_name = options.email, options.full_name
            made = _run(lambda services: create_admin(services, email=email, full_name=full_name, password=password))
            print(f"{email} is an administrator now ({made}).")
        case "purge":
            _purge(options)
        case "dead-letters":
            _letters(options)
        case "keys":
            _keys(options, Settings.load())
        case "reencrypt":
            print(f"{_run(lambda services: services.reencrypt())} secrets encrypted anew")
        case "backup-key" | "backup" | "restore" | "undelete" | "delete-unnamed":
            _recover(options)
        case "audit":
            _print_verdict(_run(lambda services: verify_audit(services, options.head)))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m impl.cli", description="Operate Hestami.")
    commands = parser.add_subparsers(dest="command", required=True)
    migration = commands.add_parser("migrate", help="bring the database to the newest schema")
    migration.add_argument("revision", nargs="?", default="head", help="revision to migrate to (default: the newest)")
    migration.add_argument("--places", action="store_true", help="also import the bundled towns and postal codes")
    admin = commands.add_parser("create-admin", help="create an administrator; there is no default account")
    admin.add_argument("--email", required=True)
    admin.add_argument("--full-name", required=True)
    admin.add_argument("--password-stdin", action="store_true", help="read the password from standard input")
    purging = commands.add_parser(
        "purge",
        help="delete rows whose retention period (RETENTION_*) is over, as the worker does every hour",
        description="Delete rows whose retention period (RETENTION_*) is over; print their number by table.",
    )
    purging.add_argument("--dry-run", action="store_true", help="only count them")
    _add_dead_letters(commands.add_parser("dead-letters", help="list or retry messages that were given up"))
    commands.add_parser("reencrypt", help="encrypt secrets of older ENCRYPTION_KEYS with the first one")
    audit = commands.add_parser("audit", help="verify that the audit trail was not changed")
    verify = audit.add_subparsers(dest="audit_command", required=True).add_parser(
        "verify", help="verify the hash chain; exit status 1 if it was changed"
    )
    verify.add_argument("--head", type=_head, help="POSITION:DIGEST of an earlier run, which must be in the chain")
    _add_keys(commands.add_parser("keys", help="rotate the keys of access tokens; prints settings, changes nothing"))
    recovery.add_commands(commands, head=_head)
    commands.add_parser("secrets", help="print fresh secrets as environment variables")
    return parser


def _add_dead_letters(parser: argparse.ArgumentParser) -> None:
    commands = parser.add_subparsers(dest="letters_command", required=True)
    commands.add_parser("list", help="print id, kind, times and reason of each")
    retrying = commands.add_parser("retry", help="let the worker try them again, from the first attempt on")
    which = retrying.add_mutually_exclusive_group(required=True)
    which.add_argument("ids", nargs="*", default=[], type=UUID, metavar="ID", help="ids that `list` prints")
    which.add_argument("--all", action="store_true", help="all of them")


def _add_keys(parser: argparse.ArgumentParser) -> None:
    commands = parser.add_subparsers(dest="keys_command", required=True)
    commands.add_parser("list", help="print name, algorithm and use of each key; exit status 1 if one is invalid")
    generating = commands.add_parser("generate", help="step 1: print the ring with a new key, which does not sign yet")
    generating.add_argument("--algorithm", choices=signing_keys.ALGORITHMS, default="ES256")
    activating = commands.add_parser("activate", help="step 2: print the settings with which this key signs")
    activating.add_argument("kid")
    retiring = commands.add_parser("retire", help="step 3: print the ring without this key")
    retiring.add_argument("kid")
    retiring.add_argument("--keep-public", action="store_true", help="keep the public half of an ES256 or EdDSA key")


def _recover(options: argparse.Namespace) -> None:
    try:
        match options.command:
            case "backup-key":
                print(keys.make(options.file))
            case "backup":
                print(_run(lambda services: recovery.back_up(services, options)))
            case "undelete":
                print(_run(lambda services: recovery.undelete(services, options)))
            case "delete-unnamed":
                print(_run(recovery.delete_unnamed))
            case "restore":
                print(_run(lambda services: recovery.restore(services, options)))
                _print_verdict(_run(lambda services: verify_audit(services, options.head)))
    except RecoveryError as error:
        raise SystemExit(str(error)) from None
    except asyncio.CancelledError:
        raise SystemExit("Stopped; what had been written was removed.") from None


def _letters(options: argparse.Namespace) -> None:
    if options.letters_command == "list":
        _run(print_dead_letters)
    else:
        print(f"{_run(lambda services: retry_dead_letters(services, options.ids))} messages will be tried again")


def _purge(options: argparse.Namespace) -> None:
    _print_rows(_run(count_overdue if options.dry_run else purge), done=not options.dry_run)


async def _load_places(services: Services) -> int:
    """Import the places, and give their town to the businesses that have been there before."""
    imported = await services.marketplace.places.load()
    await services.marketplace.provider_profiles.place_bases()
    return imported


def _import_places(*, wanted: bool) -> None:
    """Import the gazetteer of this release, unless it is there; `wanted` is the option of `migrate`."""
    if wanted:
        print(f"{_run(_load_places)} places imported")


def _keys(options: argparse.Namespace, settings: Settings) -> None:
    ring: signing_keys.Ring = settings.signing_keys
    active = before = settings.jwt_active_kid
    lines: list[str] = []
    match options.keys_command:
        case "generate":
            kid = signing_keys.new_kid(SystemClock().now())
            ring = {**ring, kid: (options.algorithm, signing_keys.new_key(options.algorithm))}
            # Named always, although a ring of one key needs no name for its active key; a ring of two does.
            lines = [_setting(ring), f"JWT_ACTIVE_KID={shlex.quote(active)}", _EVERYWHERE]
            lines.append(f"# When the last has had it for {KEY_SET_MAX_AGE} seconds: keys activate {kid}")
        case "activate":
            active = options.kid
            lines = [f"JWT_ACTIVE_KID={shlex.quote(active)}", _EVERYWHERE]
            lines.append(
                f"# When the last has had it for {settings.access_token_minutes} minutes: keys retire {before}"
            )
        case "retire":
            ring = _without(ring, options.kid, keep_public=options.keep_public)
            lines = [_setting(ring), _EVERYWHERE]
    # Checked before anything is printed that an operator could copy.
    if found := list(signing_keys.faults(ring, active)):
        raise SystemExit("\n".join(["The ring would have faults:", *(f"  {fault}" for fault in found)]))
    loaded = {kid: load_key(kid, algorithm, key) for kid, (algorithm, key) in ring.items()}
    shown = [f"{kid}  {key.algorithm}  {signing_keys.use_of(kid, key, active)}" for kid, key in loaded.items()]
    print("\n".join(lines or shown))


def _without(ring: signing_keys.Ring, kid: str, *, keep_public: bool) -> signing_keys.Ring:
    if kid not in ring:
        raise SystemExit(f"The ring has no key {kid}.")
    algorithm, key = ring[kid]
    rest = {name: other for name, other in ring.items() if name != kid}
    return {**rest, kid: (algorithm, signing_keys.public_half(algorithm, key))} if keep_public else rest


def _setting(ring: signing_keys.Ring) -> str:
    keys = {kid: {"algorithm": algorithm, "key": key} for kid, (algorithm, key) in ring.items()}
    return f"JWT_KEYS={shlex.quote(json.dumps(keys))}"


def _head(text: str) -> Head:
    position, _, digest = text.partition(":")
    return Head(int(position), bytes.fromhex(digest))


def _print_rows(rows: Mapping[str, int], *, done: bool) -> None:
    for table, count in sorted(rows.items()):
        # The row of an erased account remains, emptied, so that its id is never used again.
        word = "erased" if table == _ERASED else "removed"
        print(f"{table}: {count} {word}" if done else f"{table}: {count} to be {word}")


def _line_of(letter: DeadLetter) -> str:
    what = letter.topic if letter.kind is None else f"{letter.topic} {letter.kind}"
    put, given_up = (at.isoformat(sep=" ", timespec="seconds") for at in (letter.created_at, letter.dead_at))
    return f"{letter.id}  {what}  put {put}, given up {given_up} at attempt {letter.attempts}: {letter.last_error}"


def _print_verdict(verdict: Verdict) -> None:
    print(f"{verdict.head.position} events in the chain, {verdict.erased} of them without their personal part")
    print(f"{verdict.waiting} events wait for the worker")
    print(f"head {verdict.head.position}:{verdict.head.digest.hex()}")
    if not verdict.is_whole:
        raise SystemExit("\n".join(["The audit trail was changed:", *(f"  {found}" for found in verdict.breaks)]))


def _password(*, from_input: bool) -> str:
    """Read the password from the terminal or standard input; everyone on the machine can see arguments."""
    if from_input:
        return sys.stdin.readline().rstrip("\r\n")
    password = getpass.getpass("Password: ")
    if password != getpass.getpass("Again: "):
        raise SystemExit("The passwords differ.")
    return password


def _run[T](work: Callable[[Services], Awaitable[T]]) -> T:
    settings = Settings.load()
    logs.configure(level="WARNING", form=settings.log_format)

    async def run() -> T:
        async with _open_services(settings) as services:
            return await work(services)

    try:
        return asyncio.run(run())
    except (OSError, SQLAlchemyError, Unavailable) as error:
        if (reason := explain(error)) is None:
            raise
        raise SystemExit(f"The database {displayed(settings.database_url)} {reason}.") from None


@asynccontextmanager
async def _open_services(settings: Settings) -> AsyncIterator[Services]:
    services = assemble(settings)
    await services.open()
    try:
        yield services
    finally:
        await services.close()


if __name__ == "__main__":
    main()
