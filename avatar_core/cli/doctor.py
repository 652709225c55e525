"""`doctor`: tells whether this machine has what the studio needs, or whether a project is sound."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from avatar_core.cli.health import Finding, Health, examine, examine_project
from avatar_core.errors import AssetError

if TYPE_CHECKING:
    import argparse

_MARKS = {Health.GOOD: "ok  ", Health.LIMITED: "note", Health.BAD: "FAIL"}
_DESCRIPTION = """\
Check that the studio can work here. With --project, check a project instead: its archive, the
checksums of all that is in it, takes and arrays, and the files it names. With --repair, whatever of
a damaged project can be saved goes into a copy; the project itself is never written."""


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command and its options."""
    parser = commands.add_parser(
        "doctor",
        help="check that the studio can work here, or that a project is sound",
        description=_DESCRIPTION,
    )
    parser.add_argument("--project", metavar="P.studio", type=Path, help="check this project")
    parser.add_argument(
        "--repair", action="store_true", help="save what can be saved (with --project)"
    )
    parser.add_argument(
        "--out", metavar="Q.studio", type=Path, help="the repaired copy; left out: beside it"
    )
    parser.add_argument("--json", action="store_true", help="print the findings as JSON")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Examine, tell, and fail when the studio cannot work, or the project is damaged."""
    if arguments.project is not None:
        return _run_on_project(arguments)
    if arguments.repair or arguments.out is not None:
        raise AssetError("Nothing is named to be repaired.", "Add --project P.studio.")
    findings = examine()
    _tell(findings, arguments.json)
    return int(any(finding.health is Health.BAD for finding in findings))


def _run_on_project(arguments: argparse.Namespace) -> int:
    from avatar_core.io.project_rescue import repair_project, repaired_name

    findings = examine_project(arguments.project)
    is_bad = any(finding.health is Health.BAD for finding in findings)
    if arguments.repair and is_bad:
        out = arguments.out or repaired_name(arguments.project.absolute())
        rescued = repair_project(arguments.project, out)
        findings += [Finding("lost", Health.LIMITED, loss) for loss in rescued.losses]
        findings.append(Finding("repaired", Health.GOOD, str(out.absolute())))
        is_bad = False
    elif arguments.repair:
        findings.append(Finding("repaired", Health.GOOD, "nothing is damaged; no copy was written"))
    _tell(findings, arguments.json)
    return int(is_bad)


def _tell(findings: list[Finding], as_json: bool) -> None:
    if as_json:
        sys.stdout.write(json.dumps([asdict(finding) for finding in findings]) + "\n")
        return
    for finding in findings:
        sys.stdout.write(f"{_MARKS[finding.health]} {finding.name:10s} {finding.detail}\n")
        if finding.hint:
            sys.stdout.write(f"{'':16s}{finding.hint}\n")
