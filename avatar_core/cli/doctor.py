"""`doctor`: tells whether this machine has what the studio needs."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING

from avatar_core.cli.health import Health, examine

if TYPE_CHECKING:
    import argparse

_MARKS = {Health.GOOD: "ok  ", Health.LIMITED: "note", Health.BAD: "FAIL"}


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command and its options."""
    parser = commands.add_parser("doctor", help="check that the studio can work here")
    parser.add_argument("--json", action="store_true", help="print the findings as JSON")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Examine, tell, and fail when the studio cannot work."""
    findings = examine()
    if arguments.json:
        sys.stdout.write(json.dumps([asdict(finding) for finding in findings]) + "\n")
    else:
        for finding in findings:
            sys.stdout.write(f"{_MARKS[finding.health]} {finding.name:10s} {finding.detail}\n")
            if finding.hint:
                sys.stdout.write(f"{'':16s}{finding.hint}\n")
    return int(any(finding.health is Health.BAD for finding in findings))
