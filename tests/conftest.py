"""Fixtures shared by all tests."""

from __future__ import annotations

import gc
import os
from pathlib import Path

import pytest

# Before anything loads OpenMP: threads that spin while they wait hold up everything else.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")

_SHARED = Path(__file__).resolve().parents[2] / "shared"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-golden", action="store_true", help="rewrite golden images instead of comparing"
    )


@pytest.fixture(scope="session")
def shared_folder() -> Path:
    """Material that is used by local tests only and never committed."""
    if not _SHARED.is_dir():
        pytest.skip("the folder with local test material is not beside this checkout")
    return _SHARED


def pytest_collection_finish() -> None:
    """Keep what the imports made out of the collector's way: tests that collect stay quick."""
    gc.collect()
    gc.freeze()
