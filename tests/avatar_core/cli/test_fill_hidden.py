"""`fill-hidden`: what it refuses, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from avatar_core.cli import main
from avatar_core.io.avatar_file import save_avatar
from avatar_core.resources import resource_path

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from avatar_core.project import AvatarAsset


def test_a_plain_face_has_no_texels_to_fill(
    small_avatar: AvatarAsset, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, out = tmp_path / "plain.avatar", tmp_path / "out.avatar"
    save_avatar(small_avatar, path)
    assert main(["fill-hidden", str(path), str(tmp_path), "--out", str(out)]) == 2
    assert "plain texture" in capsys.readouterr().err
    assert not out.exists()


def test_a_folder_that_is_no_capture_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rosa, out = resource_path("demo", "rosa.avatar"), tmp_path / "out.avatar"
    assert main(["fill-hidden", str(rosa), str(tmp_path), "--out", str(out)]) == 2
    assert "no capture" in capsys.readouterr().err
    assert not out.exists()
