"""`python -m tests.soak.run --minutes 10 --seed 0`: a session at random in the real window.

Needs a display (Xvfb will do). Everything it writes goes to a temporary folder.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.soak.measures import Measures

_GROWN_MB = 150.0
_GROWN_HANDLES = 8
_GROWN_THREADS = 3
_GROWN_SYSTEM_THREADS = 8
_GROWN_WIDGETS = 200


def main(arguments: list[str] | None = None) -> int:
    """Run, print the report as JSON; 1 when something was found."""
    parser = argparse.ArgumentParser("python -m tests.soak.run", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--cycle", type=float, default=60.0, help="seconds between measures")
    parser.add_argument("--out", type=Path, help="write the report here too")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="soak-") as folder:
        for name in ("DATA", "CONFIG", "CACHE", "STATE"):
            os.environ[f"XDG_{name}_HOME"] = str(Path(folder) / name.lower())
        os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
        report = _soak(Path(folder), options)
    text = json.dumps(report, indent=1)
    if options.out:
        options.out.write_text(text, encoding="utf-8")
    sys.stdout.write(text + "\n")
    return int(bool(report["findings"]))


def _soak(folder: Path, options: argparse.Namespace) -> dict[str, object]:
    from app.bootstrap import make_application
    from tests.fuzz.targets.media import film_of_grey
    from tests.soak.session import Soak
    from tests.soak.studio import Studio

    application = make_application()
    film = folder / "original.mp4"
    film.write_bytes(film_of_grey(60))
    studio = Studio(folder)
    try:
        studio.begin()
        soak = Soak(studio, options.seed, film)
        report = soak.run(60 * options.minutes, options.cycle)
    finally:
        studio.end()  # which gives back the hooks, so that what comes here is told in full
        application.processEvents()
    report.findings += [f"at the end: {fault}" for fault in studio.faults]
    report.findings += grown(report.looks)
    return report.plain()


def grown(looks: Sequence[Measures]) -> list[str]:
    """What grew from the first look, when everything was used once, to the last."""
    if len(looks) < 2:
        return []
    first, last = looks[0], looks[-1]
    limits = {
        "memory_mb": _GROWN_MB, "handles": _GROWN_HANDLES, "threads": _GROWN_THREADS,
        "system_threads": _GROWN_SYSTEM_THREADS, "widgets": _GROWN_WIDGETS,
    }  # fmt: skip
    return [
        f"{name} grew from {getattr(first, name):.0f} to {getattr(last, name):.0f}"
        for name, limit in limits.items()
        if getattr(last, name) - getattr(first, name) > limit
    ]


if __name__ == "__main__":
    raise SystemExit(main())
