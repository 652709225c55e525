"""`relink`: the files of a project found again after they were moved."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from avatar_core.errors import AssetError

if TYPE_CHECKING:
    import argparse

    from avatar_core.io.relinking import FoundFile, MissingFile

_DESCRIPTION = """\
Look for the files that a project misses, in folders and all below them, and name them anew. They
are known by size and contents, whatever they are called now; where nothing is known of the
contents, by name. A file of the same name with other contents is told, and taken with --other."""
_WORDS = {"SAME": "same contents", "NAMESAKE": "same name", "OTHER": "same name, other contents"}


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command and its options."""
    parser = commands.add_parser(
        "relink", help="find the files of a project that were moved", description=_DESCRIPTION
    )
    parser.add_argument("project", metavar="P.studio", type=Path)
    parser.add_argument(
        "--in",
        dest="folders",
        metavar="FOLDER",
        type=Path,
        action="append",
        required=True,
        help="where to look; may be given several times",
    )
    parser.add_argument(
        "--out", metavar="Q.studio", type=Path, help="left out: the project itself is saved"
    )
    parser.add_argument(
        "--other", action="store_true", help="take files of the same name with other contents, too"
    )
    parser.add_argument("--json", action="store_true", help="print what was found as JSON")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Look, name anew, save, and tell; fails while anything is still missing."""
    from avatar_core.commands import FileReference, RelinkFiles
    from avatar_core.io.project_file import load_project, save_project
    from avatar_core.io.project_lock import ProjectLock
    from avatar_core.io.relinking import Match, missing_in, search

    out = arguments.out or arguments.project
    holder = ProjectLock(out).holder()
    if holder is not None:
        raise AssetError(
            f"{out.name} is open in a studio: {holder.words}.", "Close it there, or choose --out."
        )
    saved = load_project(arguments.project)
    missing = missing_in(saved.project, saved.files.marks)
    found = search(missing, arguments.folders)
    taken = {
        path: FileReference(str(each.path), each.sha256)
        for path, each in found.items()
        if arguments.other or each.match is not Match.OTHER
    }
    if taken:
        RelinkFiles.of(saved.project, taken).do(saved.project)
        save_project(replace(saved, history=b""), out)
    rows = [_row(each, found.get(each.path), each.path in taken) for each in missing]
    if arguments.json:
        sys.stdout.write(json.dumps(rows) + "\n")
    else:
        for row in rows:
            place = f"{row['found']} ({row['match']})" if row["found"] else "not found"
            sys.stdout.write(f"{'ok  ' if row['taken'] else 'MISS'} {row['path']}: {place}\n")
        sys.stdout.write(f"{len(taken)} of {len(missing)} missing files are named anew.\n")
    return int(len(taken) < len(missing))


def _row(missing: MissingFile, found: FoundFile | None, is_taken: bool) -> dict[str, Any]:
    return {
        "path": missing.path,
        "is": missing.role.value,
        "found": None if found is None else str(found.path),
        "match": None if found is None else _WORDS[found.match.name],
        "taken": is_taken,
    }
