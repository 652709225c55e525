"""The import contracts of pyproject.toml, each one seen failing.

A contract that guards nothing looks just like one that is kept, so every contract is broken on
purpose in a copy of the sources.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]

VIOLATIONS = {
    "The core knows nothing of the GUI": ("avatar_core/motion/motion.py", "import PySide6"),
    "Core layers": ("avatar_core/motion/motion.py", "import avatar_core.io.avatar_file"),
    "App layers": ("app/workers/latest.py", "import app.main_window"),
    "Documents, drawing and widgets load without torch": ("avatar_core/frame.py", "import torch"),
    "OpenGL stays in the renderer and the viewport": ("app/workers/latest.py", "import moderngl"),
}


def _contracts() -> list[str]:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return [contract["name"] for contract in settings["tool"]["importlinter"]["contracts"]]


def _broken_contracts(folder: Path) -> str:
    result = subprocess.run(
        [
            sys.executable,
            "-c",
            "from importlinter.cli import *; lint_imports_command()",
            "--no-cache",
        ],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder), "PYTHONSAFEPATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    return result.stdout + result.stderr


@pytest.fixture
def copy_of_sources(tmp_path: Path) -> Path:
    for package in ("app", "avatar_core"):
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("*.pyc"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def test_every_contract_has_a_violation_here() -> None:
    assert set(VIOLATIONS) == set(_contracts())


@pytest.mark.parametrize("name", list(VIOLATIONS))
def test_contract_breaks_when_violated(name: str, copy_of_sources: Path) -> None:
    file, line = VIOLATIONS[name]
    with (copy_of_sources / file).open("a", encoding="utf-8") as source:
        source.write(f"\n{line}\n")
    assert f"{name} BROKEN" in _broken_contracts(copy_of_sources)
