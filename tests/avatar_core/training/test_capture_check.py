"""Captures with mistakes: each one is found, told in words, and nothing else is."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import pytest

from avatar_core.errors import Cancelled
from avatar_core.training.capture_check import check_capture
from avatar_core.training.capture_findings import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

CLEAN = {
    "Only 3 cameras to learn from.",
    "There is no series test: the avatar is not measured on unseen pictures.",
}
"""What the ball lacks, being so small."""


def check(folder: Path) -> list[Finding]:
    found = check_capture(folder, None, lambda _share, _text: None)
    return [finding for finding in found if finding.message not in CLEAN]


def edit_index(folder: Path, series: str, change: Callable[[list[dict[str, Any]]], object]) -> None:
    path = folder / f"transforms_{series}.json"
    index = json.loads(path.read_text())
    change(index["frames"])
    path.write_text(json.dumps(index))


def write(picture: Path, value: int, size: int = 32) -> None:
    cv2.imwrite(str(picture), np.full((size, size), value, np.uint8))


def test_a_good_capture_has_nothing_but_what_it_lacks(capture_folder: Path) -> None:
    found = check_capture(capture_folder, None, lambda _share, _text: None)
    assert {finding.message for finding in found} == CLEAN
    assert [finding.severity for finding in found] == [Severity.WARNING, Severity.NOTE]


def test_progress_rises_to_one_and_a_stop_is_heard(capture_folder: Path) -> None:
    shares: list[float] = []
    check_capture(capture_folder, None, lambda share, _text: shares.append(share))
    assert shares == sorted(shares)
    assert (shares[0], shares[-1]) == (0.0, 1.0)
    assert len(shares) > 15

    def stop(share: float, _text: str) -> None:
        if share > 0.5:
            raise Cancelled

    with pytest.raises(Cancelled):
        check_capture(capture_folder, None, stop)


@pytest.mark.parametrize(
    ("file", "said"),
    [
        ("images", "1 picture cannot be read: face/00001_02."),
        ("fg_masks", "1 matte cannot be read: face/00001_02."),
        ("parsing", "1 label picture cannot be read: face/00001_02."),
        ("depth", "1 depth picture cannot be read: face/00001_02."),
    ],
)
def test_files_that_cannot_be_read(capture_folder: Path, file: str, said: str) -> None:
    path = capture_folder / "face" / file / "00001_02.png"
    path.write_bytes(path.read_bytes()[:40])
    found = check(capture_folder)
    assert [finding.message for finding in found] == [said]
    assert found[0].severity is Severity.ERROR
    assert found[0].frames == ("face/00001_02",)
    assert found[0].hint


@pytest.mark.parametrize(
    ("file", "said"),
    [
        ("images", "1 picture has another size than its camera: face/00001_02."),
        ("fg_masks", "1 matte has another size than its camera: face/00001_02."),
        ("parsing", "1 label picture has another size than its camera: face/00001_02."),
        ("depth", "1 depth picture has another size than its camera: face/00001_02."),
    ],
)
def test_files_of_another_size(capture_folder: Path, file: str, said: str) -> None:
    path = capture_folder / "face" / file / "00001_02.png"
    image = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    cv2.imwrite(str(path), cv2.resize(image, (16, 16), interpolation=cv2.INTER_NEAREST))
    assert [finding.message for finding in check(capture_folder)] == [said]


@pytest.mark.parametrize(
    ("file", "value", "said"),
    [
        ("images", 128, "1 picture shows nothing but one colour: full/00000_00."),
        ("fg_masks", 0, "1 matte is empty: full/00000_00."),
        ("fg_masks", 255, "1 matte covers the whole picture: full/00000_00."),
        ("parsing", 77, "1 label picture holds values that mean nothing: full/00000_00."),
        ("parsing", 1, "1 picture with hair has none labelled: full/00000_00."),
    ],
)
def test_files_with_senseless_content(
    capture_folder: Path, file: str, value: int, said: str
) -> None:
    write(capture_folder / "full" / file / "00000_00.png", value)
    assert said in [finding.message for finding in check(capture_folder)]


def test_all_missing_files_are_counted_and_the_rest_is_checked(capture_folder: Path) -> None:
    for name in ("00000_01.png", "00001_01.png"):
        (capture_folder / "face" / "images" / name).unlink()
    write(capture_folder / "full" / "fg_masks" / "00000_00.png", 0)
    messages = [finding.message for finding in check(capture_folder)]
    assert messages == [
        "The index of series face names 2 files that are missing, the first is"
        " face/images/00000_01.png.",
        "1 matte is empty: full/00000_00.",
    ]


@pytest.mark.parametrize(
    ("file", "said"),
    [
        ("fg_masks", "6 pictures have no matte while others do in series face, the first is"
         " face/00000_00."),
        ("parsing", "6 pictures have no labels while others do in series face, the first is"
         " face/00000_00."),
    ],
)  # fmt: skip
def test_parts_that_only_some_frames_have(capture_folder: Path, file: str, said: str) -> None:
    shutil.rmtree(capture_folder / "face" / file)
    assert said in [finding.message for finding in check(capture_folder)]


def test_a_capture_without_any_matte_is_told_once(capture_folder: Path) -> None:
    for series in ("hair", "face", "full"):
        shutil.rmtree(capture_folder / series / "fg_masks")
    messages = [finding.message for finding in check(capture_folder)]
    assert messages == ["There are no mattes: the background is learnt as if it were the person."]


def test_a_camera_in_the_head(capture_folder: Path) -> None:
    def change(frames: list[dict[str, Any]]) -> None:
        for row in range(3):
            frames[0]["transform_matrix"][row][3] = 0.01

    edit_index(capture_folder, "hair", change)
    messages = [finding.message for finding in check(capture_folder)]
    assert messages == ["1 camera sits inside of the head: hair/00000_00."]


def test_a_camera_that_looks_away(capture_folder: Path) -> None:
    def change(frames: list[dict[str, Any]]) -> None:
        pose = np.array(frames[1]["transform_matrix"]) @ np.diag([-1.0, 1, -1, 1])
        frames[1]["transform_matrix"] = pose.tolist()

    edit_index(capture_folder, "hair", change)
    messages = [finding.message for finding in check(capture_folder)]
    assert messages == ["1 camera looks past the head: hair/00000_01."]


def test_a_head_that_is_not_where_its_picture_shows_it(capture_folder: Path) -> None:
    path = capture_folder / "head_param" / "00001.npz"
    arrays = dict(np.load(path))
    np.savez(path, **{**arrays, "translation": np.array([[0.05, 0, 0]], np.float32)})
    found = check(capture_folder)
    assert [finding.message for finding in found] == [
        "3 frames show the head elsewhere than their poses say in series face, the first is"
        " face/00001_00.",
        "3 frames show the head elsewhere than their poses say in series full, the first is"
        " full/00001_00.",
    ]
    assert {finding.severity for finding in found} == {Severity.WARNING}


def test_hair_beyond_the_head_is_no_mistake(capture_folder: Path) -> None:
    """A cloud of hair around the ball belongs to the matte, not to the head."""
    for kind, add in (("fg_masks", 255), ("parsing", 8)):
        path = capture_folder / "hair" / kind / "00000_01.png"
        picture = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
        picture[picture == 0] = add
        picture[0, 0] = 0  # else the matte is full
        cv2.imwrite(str(path), picture)
    messages = [finding.message for finding in check(capture_folder)]
    assert not any("elsewhere" in message for message in messages)


def test_an_impossible_pose(capture_folder: Path) -> None:
    path = capture_folder / "head_param" / "00001.npz"
    arrays = dict(np.load(path))
    np.savez(path, **{**arrays, "translation": np.full((1, 3), np.nan, np.float32)})
    messages = [finding.message for finding in check(capture_folder)]
    assert len(messages) == 2
    assert messages[0].startswith("3 frames have impossible head poses in series face")


def test_held_out_frames_that_are_trained_on(capture_folder: Path) -> None:
    (capture_folder / "transforms_test.json").write_text(
        (capture_folder / "transforms_full.json").read_text()
    )
    found = check(capture_folder)
    assert [finding.message for finding in found] == [
        "6 held-out frames are trained on as well in series test, the first is test/00000_00."
    ]
    assert found[0].severity is Severity.ERROR


def test_a_held_out_moment_and_camera_that_is_learnt_from(capture_folder: Path) -> None:
    """Another picture of it, as after another cut-out, leaks just as well."""
    (capture_folder / "transforms_full.json").rename(capture_folder / "transforms_test.json")
    edit_index(capture_folder, "face", lambda frames: frames.pop())
    messages = [finding.message for finding in check(capture_folder)]
    assert messages == [
        "5 held-out frames are trained on as well in series test, the first is test/00000_00."
    ]


def test_a_held_out_picture_that_is_a_copy(capture_folder: Path) -> None:
    (capture_folder / "transforms_full.json").rename(capture_folder / "transforms_test.json")

    def change(frames: list[dict[str, Any]]) -> None:
        for number, frame in enumerate(frames):
            frame["camera_index"] = 20 + number

    edit_index(capture_folder, "test", change)
    assert check(capture_folder) == []
    shutil.copy(
        capture_folder / "face" / "images" / "00001_01.png",
        capture_folder / "full" / "images" / "00001_01.png",
    )
    messages = [finding.message for finding in check(capture_folder)]
    assert messages == ["1 held-out frame is trained on as well: test/00001_24."]


def test_series_nobody_learns_from_are_named(capture_folder: Path) -> None:
    for series in ("hair", "face", "full"):
        path = capture_folder / f"transforms_{series}.json"
        path.rename(capture_folder / f"transforms_{series}_old.json")
    messages = [finding.message for finding in check(capture_folder)]
    assert messages[0] == "There is nothing to train on: no series named hair, face or full."
    assert sum("is not used" in message for message in messages) == 3


def test_without_labels_the_hair_is_left_out(capture_folder: Path) -> None:
    for series in ("hair", "face", "full"):
        shutil.rmtree(capture_folder / series / "parsing")
    messages = [finding.message for finding in check(capture_folder)]
    assert messages[0] == "No neutral pictures with labelled hair: the hair stage is left out."


def test_without_a_head_the_pictures_are_checked_all_the_same(capture_folder: Path) -> None:
    (capture_folder / "head_model.npz").write_bytes(b"no head")
    write(capture_folder / "full" / "fg_masks" / "00000_00.png", 0)
    messages = [finding.message for finding in check(capture_folder)]
    assert any("has no readable head model" in message for message in messages)
    assert "1 matte is empty: full/00000_00." in messages


@pytest.mark.parametrize("text", [None, "{", '{"frames": [{}]}', '{"frames": 3}'])
def test_what_is_no_capture_is_one_finding(tmp_path: Path, text: str | None) -> None:
    if text is not None:
        (tmp_path / "transforms_full.json").write_text(text)
    (finding,) = check_capture(tmp_path, None, lambda _share, _text: None)
    assert finding.severity is Severity.ERROR
    assert finding.message


def test_a_file_elsewhere_is_refused(capture_folder: Path) -> None:
    edit_index(capture_folder, "full", lambda frames: frames[0].update(file_path="../../x.png"))
    found = check(capture_folder)
    assert any("names a file outside" in finding.message for finding in found)


def test_it_needs_no_torch(capture_folder: Path) -> None:
    code = (
        "import sys; sys.modules['torch'] = None; from pathlib import Path;"
        "from avatar_core.training.capture_check import check_capture;"
        f"check_capture(Path({str(capture_folder)!r}), None, lambda share, text: None)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
