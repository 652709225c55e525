from __future__ import annotations

import subprocess
import sys

import pytest

from avatar_core.errors import RecordingError
from avatar_core.recording.work_lock import working_alone

_HOLD = """
import sys
from pathlib import Path
from avatar_core.recording.work_lock import working_alone
with working_alone(Path(sys.argv[1]), "It"):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_lock_goes_with_its_process(tmp_path):
    path = tmp_path / "parts" / "lock"
    other = subprocess.Popen(
        [sys.executable, "-c", _HOLD, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    with other:
        assert other.stdout is not None
        assert other.stdout.readline().strip() == b"held"
        with pytest.raises(RecordingError, match=r"clip\.mp4 is being rendered"):  # noqa: SIM117
            with working_alone(path, "clip.mp4"):
                pass
        other.kill()
    with working_alone(path, "clip.mp4"):
        pass


def test_where_no_lock_can_be_made_is_said(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(RecordingError), working_alone(tmp_path / "file" / "lock", "It"):
        pass
