"""A batch: every picture in a folder performs one take, and a ledger says what is done.

    python resources/examples/portraits.py PICTURES hello.take FILMS

Stopped or killed, the same call goes on where it was.
"""

from __future__ import annotations

import sys
from pathlib import Path

import avatar_core

KINDS = {".jpg", ".jpeg", ".png", ".webp", ".portrait"}


def perform(
    pictures: Path, drive: str, films: Path, side: int = 512, last_frame: int | None = None
) -> avatar_core.BatchReport:
    """Render a film of each picture, in `films`."""
    jobs = [
        avatar_core.RenderJob(
            out=str(films / f"{picture.stem}.mp4"),
            portrait=str(picture),
            shown="portrait",
            drive=drive,
            width=side,
            height=side,
            last_frame=last_frame,
        )
        for picture in sorted(pictures.iterdir())
        if picture.suffix.lower() in KINDS
    ]
    films.mkdir(parents=True, exist_ok=True)
    return avatar_core.run_batch(
        avatar_core.Batch(tuple(jobs)), films / "films.ledger", resume=True
    )


if __name__ == "__main__":
    report = perform(Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3]))
    for film in report.films:
        sys.stdout.write(f"{film.out}: {film.error or f'{film.frames} frames'}\n")
