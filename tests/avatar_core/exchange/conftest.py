from __future__ import annotations

import shutil
from pathlib import Path

import pytest


@pytest.fixture
def run_folder(trained_folder: Path, tmp_path: Path) -> Path:
    """A copy of the trained folder that may be changed."""
    return Path(shutil.copytree(trained_folder, tmp_path / trained_folder.name))
