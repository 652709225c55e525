from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from avatar_core.errors import AssetError
from avatar_core.io.speech_files import (
    encoder_path,
    kept_encoders,
    load_encoder,
    make_speech_folder,
    save_encoder,
    speech_folder,
)

if TYPE_CHECKING:
    from pathlib import Path

SHA256 = "ab" * 32


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "user"
    monkeypatch.setattr("platformdirs.user_data_dir", lambda _name: str(folder))
    return folder


def test_what_halves_hold_is_kept_as_halves_and_all_else_as_it_is() -> None:
    arrays = {
        "half": np.array([1.5, -2.25], np.float32),
        "fine": np.array([1 / 3], np.float32),
        "huge": np.array([1e6], np.float32),
    }
    save_encoder(arrays, "tiny", SHA256)
    back = load_encoder(SHA256)
    assert {name: array.dtype for name, array in back.items()} == {
        "half": np.float16, "fine": np.float32, "huge": np.float32,
    }  # fmt: skip
    for name, array in arrays.items():
        np.testing.assert_array_equal(back[name].astype(np.float32), array)


def test_encoders_lie_side_by_side_and_damaged_ones_are_left_out() -> None:
    assert kept_encoders() == {}
    array = {"a": np.ones(2, np.float32)}
    save_encoder(array, "tiny", SHA256)
    save_encoder(array, "base", "cd" * 32)
    broken = encoder_path("ef" * 32)
    broken.write_bytes(b"nothing")
    encoder_path("01" * 32).write_bytes(encoder_path(SHA256).read_bytes())  # under a wrong name
    assert kept_encoders() == {SHA256: "tiny", "cd" * 32: "base"}


def test_an_encoder_that_is_not_there_is_missed_in_words() -> None:
    with pytest.raises(AssetError, match="whisper-abababababababab"):
        load_encoder(SHA256)


def test_a_folder_that_cannot_be_made_is_said(own_folder: Path) -> None:
    own_folder.write_bytes(b"a file in its place")
    with pytest.raises(AssetError, match="cannot be made") as refused:
        make_speech_folder()
    assert str(speech_folder()) in refused.value.message
