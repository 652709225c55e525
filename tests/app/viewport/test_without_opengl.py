from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]

PROGRAM = """
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from app.viewport.avatar_view import AvatarView

application = QApplication([])
view = AvatarView()
view.failed.connect(lambda error: print("FAILED", error.message))
view.show()
QTimer.singleShot(1200, application.quit)
application.exec()
assert not view.grab().isNull()
print("ALIVE")
"""


def test_on_a_platform_without_opengl_the_view_says_so_and_lives() -> None:
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "PYTHONPATH": str(ROOT)}
    environment.pop("DISPLAY", None)
    result = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert "FAILED The viewport got no OpenGL 4.1 context." in result.stdout, result.stderr
    assert "ALIVE" in result.stdout
    assert result.returncode == 0
