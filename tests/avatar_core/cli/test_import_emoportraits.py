"""`import-emoportraits` as a user meets it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest

from avatar_core.cli import main
from avatar_core.exchange import demo_faces
from avatar_core.io.portrait_model_file import load_portrait_model_info
from tests.avatar_core.exchange.test_portrait_import import generator as generator
from tests.avatar_core.exchange.test_portrait_import import release as release

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def few_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    """To learn from, in place of minutes of rendering."""
    rng = np.random.default_rng(3)
    pictures = [
        (rng.integers(0, 255, (32, 32, 3), dtype=np.uint8), rng.random(52, np.float32))
        for _ in range(64)
    ]
    monkeypatch.setattr(demo_faces, "rendered_faces", lambda _step: iter(pictures))


def test_a_release_goes_into_the_users_own_folder(
    release: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("platformdirs.user_data_dir", lambda _name: str(tmp_path / "user"))
    assert main(["import-emoportraits", str(release), "--out", "M", "--json", "--half"]) == 0
    told = json.loads(capsys.readouterr().out)
    path = tmp_path / "user" / "models" / "M.safetensors"
    assert told["path"] == str(path)
    info = load_portrait_model_info(path)
    assert told["digest"] == info.digest
    assert info.provenance["motion_map"]["taught_by"] == "renders of the demo avatar"
    assert any("CC BY-NC-SA" in text for text in told["licences"].values())


def test_the_licence_is_told(
    release: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "mine.safetensors"
    assert main(["import-emoportraits", str(release), "--out", str(out), "--name", "Mine"]) == 0
    said = capsys.readouterr()
    assert "CC BY-NC-SA 4.0" in said.err
    assert said.out.startswith(f"{out}: Mine, ")


def test_what_is_missing_is_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert (
        main(["import-emoportraits", str(tmp_path), "--out", str(tmp_path / "x.safetensors")]) == 2
    )
    assert "lacks NNN_model.pth" in capsys.readouterr().err
    assert not (tmp_path / "x.safetensors").exists()
