from __future__ import annotations

import sys

import pytest

from avatar_core.bench import studio_window


@pytest.fixture
def studio(monkeypatch):
    """Put a small program in the place of the studio, and a screen where there is none."""
    monkeypatch.setenv("DISPLAY", ":99")

    def use(code: str) -> None:
        monkeypatch.setattr(studio_window, "studio_command", lambda: [sys.executable, "-c", code])

    return use
