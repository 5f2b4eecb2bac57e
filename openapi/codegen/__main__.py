"""Command `python -m openapi.codegen`: makes generated/ from the contract, or checks that it is up to date."""

import argparse
import filecmp
import gc
import sys
import tempfile
from pathlib import Path

from openapi.codegen.document import ContractError, Document
from openapi.codegen.machines import page
from openapi.codegen.pipeline import generate_package
from openapi.codegen.policy_checks import breaches
from openapi.codegen.policy_file import PolicyFile
from openapi.codegen.rules import findings

_ROOT = Path(__file__).parents[2]
_CONTRACT = _ROOT / "openapi" / "hestami.yaml"
_POLICY = _ROOT / "openapi" / "policy.yaml"
_STATES = _ROOT / "docs" / "states.md"


def main(arguments: list[str] | None = None) -> int:
    """Exit status: 0 done, 1 the contract breaks a rule or the package differs from it."""
    parser = argparse.ArgumentParser(prog="python -m openapi.codegen", description=__doc__)
    parser.add_argument("--contract", type=Path, default=_CONTRACT)
    parser.add_argument("--policy", type=Path, help="what the contract may not become; policy.yaml for ours")
    parser.add_argument("--output", type=Path, default=_ROOT / "generated")
    parser.add_argument("--package", help="how modules import one another; the folder unless told")
    parser.add_argument("--states", type=Path, help="the page that draws the state machines; docs/states.md for ours")
    parser.add_argument("--rules", action="store_true", help="only hold the contract against the rules")
    parser.add_argument("--check", action="store_true", help="write nothing; fail when the package is not up to date")
    options = parser.parse_args(arguments)
    try:
        faults = _run(options)
    except ContractError as error:
        faults = [f"{options.contract.name}: {error}"]
    for line in faults:
        print(line, file=sys.stderr)
    return 1 if faults else 0


def _run(options: argparse.Namespace) -> list[str]:
    """Do what the options ask for, and return what is wrong with the contract or with the package."""
    document = Document.load(options.contract)
    broken = [str(finding) for finding in findings(document)]
    policy = options.policy or (_POLICY if options.contract == _CONTRACT else None)
    if not broken and policy is not None:
        broken = [str(finding) for finding in breaches(document, PolicyFile.load(policy))]
    if broken or options.rules:
        return broken
    with tempfile.TemporaryDirectory() as scratch:
        made = Path(scratch) / options.output.name
        package = options.package or options.output.name
        generate_package(document, made, contract=options.contract.name, package=package)
        drawn, states = page(document), options.states or (_STATES if options.contract == _CONTRACT else None)
        if options.check:
            return [*_differences(options.output, made), *_page_differences(states, drawn)]
        _install(made, options.output)
        if states is not None:
            states.write_text(drawn, encoding="utf-8")
        return []


def _files(folder: Path) -> dict[str, Path]:
    return {path.relative_to(folder).as_posix(): path for path in sorted(folder.rglob("*.py"))}


def _differences(present: Path, wanted: Path) -> list[str]:
    old, new = _files(present), _files(wanted)
    missing = [f"{name}: missing" for name in new if name not in old]
    stale = [f"{name}: the contract does not ask for it" for name in old if name not in new]
    changed = [
        f"{name}: out of date" for name in new if name in old and not filecmp.cmp(old[name], new[name], shallow=False)
    ]
    return [*missing, *stale, *changed]


def _page_differences(page: Path | None, wanted: str) -> list[str]:
    if page is None or (page.exists() and page.read_text(encoding="utf-8") == wanted):
        return []
    return [f"{page.name}: out of date"]


def _install(made: Path, output: Path) -> None:
    """Install the package; unchanged files keep their time, so that reloaders and type checkers have less to do."""
    old, new = _files(output), _files(made)
    for name, path in old.items():
        if name not in new:
            path.unlink()
    for name, path in new.items():
        target = output / name
        if name not in old or not filecmp.cmp(old[name], path, shallow=False):
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(path.read_bytes())


if __name__ == "__main__":
    # Most of what is made lives until the end, which comes soon: collecting garbage took a fifth of the time.
    gc.disable()
    sys.exit(main())
