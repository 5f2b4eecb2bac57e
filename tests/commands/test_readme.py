"""The README is true: its commands exist, its links resolve, and the help shows every target."""

from __future__ import annotations

import os
import re
import subprocess

import pytest

from tests.harness.databases import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
COMMANDS = sorted(set(re.findall(r"\bmake ([a-z-]+)", "\n".join(re.findall(r"`+(?:sh\n)?([^`]+)`+", README)))))
LINKS = sorted(set(re.findall(r"\]\(([^)#]+)\)", README)))


_SCRIPTS = [
    ".ci/run",
    *(f"tools/{path.name}" for path in (ROOT / "tools").iterdir() if path.is_file() and not path.suffix),
]


def _help() -> str:
    return subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_of_the_readme_is_in_the_help(command: str) -> None:
    assert re.search(rf"^  make {command} ", _help(), re.MULTILINE)


@pytest.mark.parametrize("link", LINKS)
def test_a_link_of_the_readme_leads_to_a_file(link: str) -> None:
    assert (ROOT / link).exists()


def test_the_readme_is_one_page() -> None:
    assert len(README.splitlines()) <= 100


def test_every_target_is_a_command_or_the_environment() -> None:
    targets = set(re.findall(r"^([a-z][a-z-]*):", MAKEFILE, re.MULTILINE))
    shown = set(re.findall(r"^  make ([a-z-]+)", _help(), re.MULTILINE))

    assert targets - shown == {"env-run", "env-dev", "env-node"}
    assert {"run", "test", "lint", "check", "format", "generate", "fuzz", "migration", "journey", "clean"} <= shown


def test_an_installed_environment_is_left_alone() -> None:
    done = subprocess.run(["tools/bootstrap", "run"], cwd=ROOT, capture_output=True, text=True, check=True)

    assert done.stdout + done.stderr == ""


@pytest.mark.parametrize("script", sorted(_SCRIPTS))
def test_scripts_run_as_they_are_and_parse(script: str) -> None:
    path = ROOT / script
    shell = path.read_text(encoding="utf-8").splitlines()[0].removeprefix("#!").split()

    assert os.access(path, os.X_OK)
    subprocess.run([*shell, "-n", str(path)], check=True)
