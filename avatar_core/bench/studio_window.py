"""The studio's window in a process of its own, for benches that ask it for a report."""

from __future__ import annotations

import json
import logging
import os
import shutil
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

logger = logging.getLogger(__name__)

TIMEOUT_S = 120.0
_CLOSE_S = 10.0
_POLL_S = 0.1
_SCREEN = "1600x1000x24"


def studio_report(
    folder: Path,
    screen: dict[str, str],
    variable: str,
    keys: set[str],
    timeout_s: float = TIMEOUT_S,
) -> dict[str, Any]:
    """Start the studio and wait for its report; it ends by itself.

    The studio's preferences, history and logs are kept away from the user's own.

    Args:
        folder: for the report and for what the studio keeps.
        screen: environment variables of a screen, from `screen`, and others.
        variable: environment variable that asks for the report, by its path.
        keys: that the report must have.
        timeout_s: how long it may take.

    Raises:
        OSError: the studio cannot be started.
        ValueError: it gave no report, or one without these keys.
    """
    report = folder / "report.json"
    report.unlink(missing_ok=True)
    homes = ("XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME")
    environment = {
        **os.environ,
        **screen,
        **{home: str(folder / home.lower()) for home in homes},
        variable: str(report),
    }
    said = folder / "stderr.txt"
    with (
        said.open("wb") as errors,
        subprocess.Popen(
            studio_command(),
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=errors,
        ) as studio,
    ):
        try:
            _await(report, studio, timeout_s)
        finally:
            _end(studio)
    if not report.exists():
        lines = said.read_text(encoding="utf-8", errors="replace").strip().splitlines()
        raise ValueError(f"The studio gave no report: {lines[-1] if lines else 'it said nothing'}")
    values: dict[str, Any] = json.loads(report.read_text(encoding="utf-8"))
    if not keys <= values.keys():
        raise ValueError(f"The studio's report lacks {keys - values.keys()}")
    return values


def _await(report: Path, studio: subprocess.Popen[bytes], timeout_s: float) -> None:
    """Wait until the report is complete, the studio has ended, or patience has."""
    deadline_s = time.monotonic() + timeout_s
    while time.monotonic() < deadline_s and studio.poll() is None:
        if report.exists() and report.read_text(encoding="utf-8").endswith("}"):
            return
        time.sleep(_POLL_S)


def _end(studio: subprocess.Popen[bytes]) -> None:
    """Let the studio close by itself, and help it when it does not."""
    try:
        studio.wait(_CLOSE_S)
    except subprocess.TimeoutExpired:
        logger.warning("The studio did not close after its report")
        studio.kill()


def studio_command() -> list[str]:
    """The command that opens the window: that of a checkout, or of an installed studio."""
    main = Path(__file__).resolve().parents[2] / "main.py"
    if main.is_file():
        return [sys.executable, str(main)]
    return [sys.executable, "-c", "import sys; from app.bootstrap import main; sys.exit(main([]))"]


@contextmanager
def screen() -> Iterator[dict[str, str] | str]:
    """Environment variables of a screen to open windows on, or why there is none."""
    has_screen = not sys.platform.startswith("linux") or any(
        os.environ.get(key) for key in ("DISPLAY", "WAYLAND_DISPLAY")
    )
    if has_screen:
        yield {}
        return
    program = shutil.which("Xvfb")
    if program is None:
        yield "There is no display, and Xvfb is not installed."
        return
    read_end, write_end = os.pipe()
    server = subprocess.Popen(
        [program, "-displayfd", str(write_end), "-screen", "0", _SCREEN, "-nolisten", "tcp"],
        pass_fds=(write_end,),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        os.close(write_end)
        with os.fdopen(read_end) as numbers:
            number = numbers.readline().strip()
        if number:
            yield {"DISPLAY": f":{number}", "QT_QPA_PLATFORM": "xcb"}
        else:
            yield "Xvfb did not start."
    finally:
        server.terminate()
        server.wait()
