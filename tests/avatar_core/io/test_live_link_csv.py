from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from avatar_core.errors import AssetError, AvatarError
from avatar_core.geometry import matrix_from_axis_angle
from avatar_core.io.live_link_csv import load_live_link_csv, save_live_link_csv
from avatar_core.motion import (
    ARKIT_UNITS,
    Corrections,
    Key,
    MotionFrame,
    Take,
    Timecode,
    weights_with_gaze,
    with_gaze_weights,
)

if TYPE_CHECKING:
    from pathlib import Path

# The header of the app, as published.
HEADER = (
    "Timecode,BlendShapeCount,EyeBlinkLeft,EyeLookDownLeft,EyeLookInLeft,EyeLookOutLeft,"
    "EyeLookUpLeft,EyeSquintLeft,EyeWideLeft,EyeBlinkRight,EyeLookDownRight,EyeLookInRight,"
    "EyeLookOutRight,EyeLookUpRight,EyeSquintRight,EyeWideRight,JawForward,JawRight,JawLeft,"
    "JawOpen,MouthClose,MouthFunnel,MouthPucker,MouthRight,MouthLeft,MouthSmileLeft,"
    "MouthSmileRight,MouthFrownLeft,MouthFrownRight,MouthDimpleLeft,MouthDimpleRight,"
    "MouthStretchLeft,MouthStretchRight,MouthRollLower,MouthRollUpper,MouthShrugLower,"
    "MouthShrugUpper,MouthPressLeft,MouthPressRight,MouthLowerDownLeft,MouthLowerDownRight,"
    "MouthUpperUpLeft,MouthUpperUpRight,BrowDownLeft,BrowDownRight,BrowInnerUp,BrowOuterUpLeft,"
    "BrowOuterUpRight,CheekPuff,CheekSquintLeft,CheekSquintRight,NoseSneerLeft,NoseSneerRight,"
    "TongueOut,HeadYaw,HeadPitch,HeadRoll,LeftEyeYaw,LeftEyePitch,LeftEyeRoll,RightEyeYaw,"
    "RightEyePitch,RightEyeRoll"
)
NAMES = HEADER.split(",")


def random_take(count: int = 90, fps: float = 30, with_gaze: bool = True) -> Take:
    rng = np.random.default_rng(0)
    frames = []
    for index in range(count):
        gaze = rng.uniform(-0.3, 0.3, (2, 2)).astype(np.float32)
        weights = rng.uniform(0, 1, 52).astype(np.float32)
        frames.append(
            MotionFrame(
                time_s=index / fps,
                weights=with_gaze_weights(weights, gaze) if with_gaze else weights,
                head_rotation=rng.normal(0, 0.3, 3).astype(np.float32),
                gaze=gaze if with_gaze else None,
            )
        )
    return Take.from_frames("walk", frames, fps)


def row(code: str, **values: float) -> str:
    return ",".join([code, "61", *(str(values.get(name, 0.0)) for name in NAMES[2:])])


def load(folder: Path, *lines: str, newline: str = "\r\n") -> Take:
    path = folder / "take_7.csv"
    path.write_bytes(newline.join(lines).encode())
    return load_live_link_csv(path)


@pytest.mark.parametrize("fps", [24, 25, 29.97, 30, 60])
@pytest.mark.parametrize("count", [1, 2, 90])
@pytest.mark.parametrize("with_gaze", [True, False])
def test_round_trip(tmp_path: Path, fps: float, count: int, with_gaze: bool) -> None:
    take = random_take(count, fps, with_gaze)
    save_live_link_csv(take, tmp_path / "walk.csv")
    again = load_live_link_csv(tmp_path / "walk.csv")
    assert again.name == "walk"
    assert again.times_s == pytest.approx(take.times_s, abs=1e-4)
    assert again.weights == pytest.approx(take.weights, abs=1e-4)
    assert matrix_from_axis_angle(again.head_rotation) == pytest.approx(
        matrix_from_axis_angle(take.head_rotation), abs=1e-4
    )
    assert (again.gaze is None) == (take.gaze is None)
    if take.gaze is not None:
        assert again.gaze == pytest.approx(take.gaze, abs=1e-4)
    if count == 90:
        assert again.fps == pytest.approx(fps, rel=1e-3)


def corrected_take(start: Timecode | None = None) -> Take:
    """Everything that could go wrong in a table: uneven times, eyes against their weights."""
    rng = np.random.default_rng(7)
    take = random_take(200)
    assert take.gaze is not None
    return replace(
        take,
        times_s=take.times_s + np.r_[0, rng.uniform(-0.01, 0.01, 199)],
        gaze=-take.gaze,
        timecode=start,
        corrections=Corrections({"jawOpen": (Key(0, 0.3),), "headYaw": (Key(1, 0), Key(2, 0.2))}),
    )


@pytest.mark.parametrize("start", [None, Timecode.parse("11:42:03:05", 30)])
def test_everything_that_a_table_can_hold_comes_back(
    tmp_path: Path, start: Timecode | None
) -> None:
    take = corrected_take(start)
    save_live_link_csv(take, tmp_path / "a.csv")
    again = load_live_link_csv(tmp_path / "a.csv")
    assert again.times_s == pytest.approx(take.times_s, abs=1e-4)
    assert again.gaze == pytest.approx(take.gaze, abs=1e-4)
    shown = list(take.frames())
    for index, frame in enumerate(again.frames()):
        assert weights_with_gaze(frame) == pytest.approx(weights_with_gaze(shown[index]), abs=1e-4)
        assert matrix_from_axis_angle(frame.head_rotation) == pytest.approx(
            matrix_from_axis_angle(shown[index].head_rotation), abs=1e-4
        )
    if start is not None:
        assert again.timecode == start


def test_once_round_is_enough(tmp_path: Path) -> None:
    save_live_link_csv(corrected_take(Timecode.parse("11:42:03:05", 30)), tmp_path / "a.csv")
    save_live_link_csv(load_live_link_csv(tmp_path / "a.csv"), tmp_path / "b.csv")
    first, second = ((tmp_path / name).read_text().splitlines() for name in ("a.csv", "b.csv"))
    assert [row.split(",")[0] for row in first] == [row.split(",")[0] for row in second]


def test_a_head_turned_too_far_is_not_read_as_degrees(tmp_path: Path) -> None:
    take = random_take(5)
    take.head_rotation[2] = [0, 2.5, 0]
    save_live_link_csv(take, tmp_path / "a.csv")
    again = load_live_link_csv(tmp_path / "a.csv")
    assert again.head_rotation[1] == pytest.approx(take.head_rotation[1], abs=1e-4)
    assert again.head_rotation[2][1] == pytest.approx(1.6, abs=1e-4)


def test_written_header_is_the_one_of_the_app(tmp_path: Path) -> None:
    save_live_link_csv(random_take(2), tmp_path / "a.csv")
    lines = (tmp_path / "a.csv").read_bytes().split(b"\r\n")
    assert lines[0].decode() == HEADER
    assert lines[1].split(b",")[1] == b"61"
    assert len(lines[1].split(b",")) == 63


def test_columns_are_found_by_name_in_any_case_and_order(tmp_path: Path) -> None:
    take = load(
        tmp_path,
        "jawopen,TIMECODE, MouthLeft ,mouthRIGHT,Unheard",
        "0.5,00:00:00:00.0,0.1,0.2,7",
        "0.6,00:00:00:01.0,0.3,0.4,7",
    )
    assert take.frame(0).weight("jawOpen") == pytest.approx(0.5)
    assert take.frame(1).weight("mouthLeft") == pytest.approx(0.3)
    assert take.frame(1).weight("mouthRight") == pytest.approx(0.4)
    assert take.gaze is None


def test_jaw_sides_are_not_mixed_up(tmp_path: Path) -> None:
    take = load(tmp_path, HEADER, row("00:00:00:00.0", JawRight=0.7, MouthLeft=0.2))
    assert take.frame(0).weight("jawRight") == pytest.approx(0.7)
    assert take.frame(0).weight("jawLeft") == 0
    assert take.frame(0).weight("mouthLeft") == pytest.approx(0.2)


@pytest.mark.parametrize(
    ("angle", "direction"),
    [
        ("HeadYaw", [np.sin(0.3), 0, np.cos(0.3)]),
        ("HeadPitch", [0, np.sin(0.3), np.cos(0.3)]),
        ("HeadRoll", [0, 0, 1]),
    ],
)
def test_yaw_is_left_and_pitch_is_up(tmp_path: Path, angle: str, direction: list[float]) -> None:
    take = load(tmp_path, HEADER, row("00:00:00:00.0", **{angle: 0.3}))
    turn = matrix_from_axis_angle(take.head_rotation[0])
    assert turn @ [0, 0, 1] == pytest.approx(direction, abs=1e-6)


def test_roll_is_towards_the_right_shoulder(tmp_path: Path) -> None:
    take = load(tmp_path, HEADER, row("00:00:00:00.0", HeadRoll=0.3))
    # The crown moves to the person's right, which is -x.
    assert (matrix_from_axis_angle(take.head_rotation[0]) @ [0, 1, 0])[0] < -0.2


def test_degrees_are_recognised(tmp_path: Path) -> None:
    radians = load(tmp_path, HEADER, row("00:00:00:00.0", HeadYaw=np.radians(20), LeftEyeYaw=0.1))
    degrees = load(tmp_path, HEADER, row("00:00:00:00.0", HeadYaw=20, LeftEyeYaw=np.degrees(0.1)))
    assert degrees.head_rotation == pytest.approx(radians.head_rotation, abs=1e-6)
    assert degrees.gaze == pytest.approx(radians.gaze, abs=1e-6)


@pytest.mark.parametrize("sign", [1, -1])
def test_sign_of_eye_angles_follows_the_weights(tmp_path: Path, sign: int) -> None:
    lines = [
        row(f"00:00:00:{index:02d}.0", EyeLookOutLeft=0.5, EyeLookInRight=0.5, EyeLookUpLeft=0.2,
            EyeLookUpRight=0.2, LeftEyeYaw=0.2 * sign, RightEyeYaw=0.2 * sign,
            LeftEyePitch=-0.1 * sign, RightEyePitch=-0.1 * sign)
        for index in range(5)
    ]  # fmt: skip
    take = load(tmp_path, HEADER, *lines)
    assert take.gaze is not None
    assert take.gaze[:, :, 0] == pytest.approx(0.2)
    assert take.gaze[:, :, 1] == pytest.approx(0.1)


def test_rows_without_values_are_moments_without_a_face(tmp_path: Path) -> None:
    take = load(
        tmp_path,
        HEADER,
        "00:00:00:00.0,0",
        row("00:00:00:01.0", JawOpen=0.5),
        "00:00:00:02.0,0",
        row("00:00:00:03.0", JawOpen="nan"),  # type: ignore[arg-type]
        row("00:00:00:04.0", JawOpen=0.6),
    )
    assert take.confidence.tolist() == [0, 1, 0, 0, 1]
    jaw = take.weights[:, ARKIT_UNITS.index("jawOpen")]
    assert jaw == pytest.approx([0, 0.5, 0.5, 0.5, 0.6])


def test_rows_without_angles_are_accepted(tmp_path: Path) -> None:
    short = ",".join(["00:00:00:00.0", "52", *["0.25"] * 52])
    take = load(tmp_path, HEADER, short, short.replace("00.0", "01.0"))
    assert take.confidence.tolist() == [1, 1]
    assert take.weights == pytest.approx(0.25)
    assert not take.head_rotation.any()


def test_half_a_last_row_is_dropped(tmp_path: Path) -> None:
    whole = [row(f"00:00:00:0{index}.0", JawOpen=0.5) for index in range(3)]
    take = load(tmp_path, HEADER, *whole, whole[0][: len(whole[0]) // 2])
    assert len(take) == 3


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_byte_order_mark_blank_lines_and_line_ends_do_not_matter(
    tmp_path: Path, newline: str
) -> None:
    take = load(
        tmp_path, "\ufeff" + HEADER, "", row("00:00:00:00.0", JawOpen=0.5), "", newline=newline
    )
    assert take.frame(0).weight("jawOpen") == pytest.approx(0.5)


def test_weights_are_cut_to_their_range(tmp_path: Path) -> None:
    take = load(tmp_path, HEADER, row("00:00:00:00.0", JawOpen=1.4, MouthLeft=-0.2))
    assert take.frame(0).weight("jawOpen") == 1
    assert take.frame(0).weight("mouthLeft") == 0


def test_without_timecodes_rows_are_counted(tmp_path: Path) -> None:
    take = load(tmp_path, "JawOpen", "0.1", "0.2", "0.3")
    assert take.times_s == pytest.approx([0, 1 / 60, 2 / 60])
    assert take.fps == pytest.approx(60)


@pytest.mark.parametrize("angle", [float("nan"), float("inf"), -1e30, 1e300])
def test_angles_that_nothing_can_have_are_at_rest(tmp_path: Path, angle: float) -> None:
    take = load(
        tmp_path, HEADER,
        row("00:00:00:00.0", HeadPitch=angle, LeftEyeYaw=angle),
        row("00:00:00:01.0", HeadPitch=0.25, LeftEyeYaw=0.125),
    )  # fmt: skip
    assert take.gaze is not None
    np.testing.assert_allclose(take.head_rotation, [[0, 0, 0], [-0.25, 0, 0]], atol=1e-6)
    np.testing.assert_array_equal(take.gaze[:, 0, 0], [0, 0.125])


def test_rows_an_hour_apart_are_a_slow_recording(tmp_path: Path) -> None:
    take = load(tmp_path, HEADER, row("01:00:00:00.0"), row("02:00:00:00.0"))
    assert take.times_s == pytest.approx([0, 3600])
    assert 0 < take.fps < 0.01


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "not a recording"),
        (b"a,b,c\n1,2,3\n", "not a recording"),
        (HEADER.encode(), "no frame"),
        (HEADER.encode() + b"\n00:00:00:00.0,0\n", "no frame"),
        (HEADER.encode() + b"\n" + row("00:00:00:00.0").replace("0.0", "x").encode(), "text"),
        (b"\xff\xfe\x00J", "not a table of text"),
        (b"\x00\x01\x02" * 50, "not a recording"),
        (b'JawOpen\n"' + b"1" * 200_000 + b"\n", "table"),
    ],
)
def test_bad_files_are_one_sentence(tmp_path: Path, content: bytes, message: str) -> None:
    (tmp_path / "bad.csv").write_bytes(content)
    with pytest.raises(AssetError, match=message) as caught:
        load_live_link_csv(tmp_path / "bad.csv")
    assert "bad.csv" in caught.value.message
    assert "\n" not in caught.value.message


def test_missing_file_and_folder(tmp_path: Path) -> None:
    with pytest.raises(AssetError, match="not found"):
        load_live_link_csv(tmp_path / "none.csv")
    with pytest.raises(AvatarError):
        load_live_link_csv(tmp_path)
