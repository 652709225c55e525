"""Make `demo.studio`, the project that the studio opens with: the demo performance drives Rosa.

python resources/demo/make_demo_project.py [OUT]

The avatar stays a file of its own; the performance is held by the project, as its active take.
"""

from __future__ import annotations

import sys
from pathlib import Path

from avatar_core.commands import AddTake, RenameProject, SetActiveTake, SetSource
from avatar_core.io.take_file import load_take
from avatar_core.project import take_source
from avatar_core.session import Session

_HERE = Path(__file__).resolve().parent


def make_project() -> Session:
    """A session with the demo project in it, not yet saved."""
    session = Session()
    add = AddTake.of(session.project, load_take(_HERE / "performance.take"))
    session.push(RenameProject.of(session.project, "Demo"))
    session.push(add)
    session.push(SetActiveTake.of(session.project, add.take.id))
    session.push(SetSource.of(session.project, take_source(add.take.id)))
    return session


def main() -> None:
    make_project().save(sys.argv[1] if len(sys.argv) > 1 else _HERE / "demo.studio")


if __name__ == "__main__":
    main()
