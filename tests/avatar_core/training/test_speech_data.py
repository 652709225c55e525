from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest

from avatar_core.driving.speech.visemes import Viseme
from avatar_core.errors import AssetError
from avatar_core.motion import UNIT_INDEX
from avatar_core.training.speech_data import read_utterances
from tests.avatar_core.training.toy_speech import toy_arrays, write_speech

if TYPE_CHECKING:
    from pathlib import Path


def test_utterances_of_a_split_fifty_moments_a_second(tmp_path: Path) -> None:
    folder = write_speech(tmp_path / "speech", ("train", "val", "train"))
    first, second = read_utterances(folder, "train")
    assert (first.name, second.name) == ("00000", "00002")
    assert len(first) == int(np.ceil(first.duration_s * 50))
    assert first.visemes[2] == Viseme.SILENCE
    assert np.abs(first.sound).max() <= 1


def test_motion_lies_between_the_rows_of_the_file(tmp_path: Path) -> None:
    folder = write_speech(tmp_path / "speech", ("train",))
    arrays = toy_arrays(0)
    jaw = read_utterances(folder, "train")[0].weights[:, UNIT_INDEX["jawOpen"]]
    stored = arrays["weights"][:, UNIT_INDEX["jawOpen"]].astype("f4")
    # Every fifth moment falls on every sixth row.
    np.testing.assert_array_equal(jaw[::5], stored[::6][: len(jaw[::5])])
    expected = np.interp(np.arange(len(jaw)) / 50, np.arange(len(stored)) / 60, stored)
    np.testing.assert_allclose(jaw, expected, atol=1e-5)


def test_what_is_listed_but_not_there_yet_is_passed_over(tmp_path: Path) -> None:
    folder = write_speech(tmp_path / "speech", ("train", "train"))
    (folder / "utterances" / "00000.npz").unlink()
    assert [u.name for u in read_utterances(folder, "train")] == ["00001"]


def test_a_folder_without_speech_is_refused(tmp_path: Path) -> None:
    with pytest.raises(AssetError, match="no speech to learn from"):
        read_utterances(tmp_path, "train")


@pytest.mark.parametrize("missing", ["samples", "weights", "phone_id", "rate_hz"])
def test_damaged_files_are_named(tmp_path: Path, missing: str) -> None:
    folder = write_speech(tmp_path / "speech", ("train",))
    arrays = {name: array for name, array in toy_arrays(0).items() if name != missing}
    np.savez(folder / "utterances" / "00000.npz", **arrays)
    with pytest.raises(AssetError, match=r"00000\.npz.*is damaged"):
        read_utterances(folder, "train")


@pytest.mark.parametrize("name", ["../elsewhere", "a/b", "", "x" * 5000, "a\0b"])
def test_names_that_lead_elsewhere_are_refused(name: str, tmp_path: Path) -> None:
    entries = {"utterances": [{"name": name, "split": "train", "voice": "a"}]}
    (tmp_path / "speech.json").write_text(json.dumps(entries), encoding="utf-8")
    with pytest.raises(AssetError, match="names an impossible file"):
        read_utterances(tmp_path, "train")
