from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from avatar_core.io.flame_sources import find_flame_sources

if TYPE_CHECKING:
    from avatar_core.io.flame_sources import FlameSources


@pytest.fixture
def run_folder(trained_folder: Path, tmp_path: Path) -> Path:
    """A copy of the trained folder that may be changed."""
    return Path(shutil.copytree(trained_folder, tmp_path / trained_folder.name))


@pytest.fixture(scope="session")
def flame_sources(flame_user_folder: Path) -> FlameSources:
    return find_flame_sources(flame_user_folder / "flame2023.pkl")


@pytest.fixture(scope="session")
def flame_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where built heads are kept between tests, so that each need not build its own."""
    return tmp_path_factory.mktemp("built")
