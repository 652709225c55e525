"""`pack` and `unpack`: projects that carry their files along, and back."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from avatar_core.errors import AssetError

if TYPE_CHECKING:
    import argparse

    from avatar_core.io.packed_projects import Packed

_PACK = """\
Write a project that carries along every file it names: avatars, hairstyles, portraits, films,
sounds and pictures. It is one file, opens anywhere, and stays packed when it is saved. What comes
with the studio is named, not packed."""
_UNPACK = """\
Write the files of a packed project into a folder of their own, and beside it a project that names
them."""


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add both commands and their options."""
    pack = commands.add_parser("pack", help="make a project one file to hand on", description=_PACK)
    pack.add_argument("project", metavar="P.studio", type=Path)
    pack.add_argument("--out", metavar="Q.studio", type=Path, required=True)
    pack.add_argument(
        "--without-missing", action="store_true", help="pack what is there, if files are missing"
    )
    unpack = commands.add_parser(
        "unpack", help="give the files of a packed project places of their own", description=_UNPACK
    )
    unpack.add_argument("project", metavar="P.studio", type=Path)
    unpack.add_argument("--out", metavar="FOLDER", type=Path, required=True)
    for parser, work in ((pack, run_pack), (unpack, run_unpack)):
        parser.add_argument("--json", action="store_true", help="print what was written as JSON")
        parser.set_defaults(run=work)


def run_pack(arguments: argparse.Namespace) -> int:
    """Pack, and tell what travels."""
    from avatar_core.io.packed_projects import pack_project, present_and_absent
    from avatar_core.io.project_file import load_project

    if arguments.out.absolute() == arguments.project.absolute():
        raise AssetError("A project is not packed over itself.", "Choose another name for --out.")
    saved = load_project(arguments.project)
    _, absent = present_and_absent(saved.project)
    if absent and not arguments.without_missing:
        names = ", ".join(Path(slot.path).name for slot in absent[:5])
        raise AssetError(
            f"{len(absent)} of its files are missing: {names}.",
            "Find them with relink, or add --without-missing.",
        )
    return _tell(arguments, pack_project(saved, arguments.out), "carries along")


def run_unpack(arguments: argparse.Namespace) -> int:
    """Unpack, and tell what was written."""
    from avatar_core.io.packed_projects import unpack_project

    return _tell(arguments, unpack_project(arguments.project, arguments.out), "names")


def _tell(arguments: argparse.Namespace, packed: Packed, verb: str) -> int:
    if arguments.json:
        made = {
            "path": str(packed.path),
            "bytes": packed.nbytes,
            "files": [str(path) for path in packed.files],
            "missing": [str(path) for path in packed.absent],
        }
        sys.stdout.write(json.dumps(made) + "\n")
        return 0
    count = len(packed.files)
    word = "file" if count == 1 else "files"
    sys.stdout.write(f"{packed.path}: {packed.nbytes / 1e6:.1f} MB, {verb} {count} {word}\n")
    for path in packed.absent:
        sys.stdout.write(f"missing: {path}\n")
    return 0
