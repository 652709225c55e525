from __future__ import annotations

import math

import cv2
import numpy as np
import pytest

from avatar_core.driving.phones import PacketError
from avatar_core.driving.phones.open_see_face import OpenSeeFaceReader
from tests.avatar_core.driving.phones.directions import gaze_degrees, lean, nose
from tests.avatar_core.driving.phones.senders import open_see_face

# Points of a face in the tracker's axes: x to the person's right, y up, z out of the face.
FACE = np.array(
    [
        [0.5, 0.28, -0.64], [0.43, -0.11, -0.64], [0.25, -0.44, -0.4], [0.0, -0.55, -0.21],
        [-0.25, -0.44, -0.4], [-0.43, -0.11, -0.64], [-0.5, 0.28, -0.64], [0.0, 0.26, -0.11],
        [0.0, 0.07, -0.02], [0.0, 0.0, 0.0], [0.08, -0.02, -0.16], [-0.08, -0.02, -0.16],
    ]
)  # fmt: skip


def motion_of(packet: bytes, reader: OpenSeeFaceReader | None = None, time_s: float = 0.0):
    return (reader or OpenSeeFaceReader()).parse(packet, time_s).motion


def solved_as_the_tracker_does(head: np.ndarray, place: np.ndarray) -> tuple[list, list]:
    """Its quaternion and translation for a head, found as it finds them.

    Args:
        head: [3, 3] of the head in the camera (x right in the picture, y up, z to the viewer).
        place: [3] of its nose there, in the tracker's units.
    """
    to_left = FACE * [-1, 1, 1]
    x, y, z = (to_left @ head.T + place).T
    focal = 640.0
    columns, rows = 320 + focal * x / -z, 240 - focal * y / -z
    # The tracker keeps its landmarks as (row, column) and takes them for (x, y).
    camera = np.array([[focal, 0, 240], [0, focal, 320], [0, 0, 1]])
    found, turn, translation = cv2.solvePnP(
        FACE, np.stack([rows, columns], 1), camera, np.zeros(4), flags=cv2.SOLVEPNP_SQPNP
    )
    assert found
    m, _ = cv2.Rodrigues(turn)
    # Its quaternion takes the differences of the matrix the other way round: the inverse's.
    values, vectors = np.linalg.eig(m.T)
    axis = np.real(vectors[:, np.argmin(np.abs(values - 1))])
    angle = math.acos(np.clip((np.trace(m) - 1) / 2, -1, 1))
    around, _ = cv2.Rodrigues(axis * angle)
    axis = axis if np.allclose(around, m.T, atol=1e-6) else -axis
    quat = [*(axis * math.sin(angle / 2)), math.cos(angle / 2)]
    return quat, translation.ravel().tolist()


@pytest.mark.parametrize("left", [-25.0, 0.0, 30.0])
@pytest.mark.parametrize("up", [-15.0, 0.0, 20.0])
def test_the_head_is_where_the_tracker_saw_it(left: float, up: float) -> None:
    yaw, _ = cv2.Rodrigues(np.array([0, math.radians(left), 0]))
    pitch, _ = cv2.Rodrigues(np.array([-math.radians(up), 0, 0]))
    place = np.array([0.6, -0.3, -6.0])
    quat, translation = solved_as_the_tracker_does(yaw @ pitch, place)
    motion = motion_of(open_see_face(quat=quat, translation=translation))
    assert nose(motion) == pytest.approx((left, up), abs=0.05)
    np.testing.assert_allclose(motion.head_translation, 0.122 * place, atol=2e-3)


def test_the_head_leans_towards_the_shoulder() -> None:
    roll, _ = cv2.Rodrigues(np.array([0, 0, math.radians(12)]))
    quat, translation = solved_as_the_tracker_does(roll, np.array([0, 0, -6.0]))
    motion = motion_of(open_see_face(quat=quat, translation=translation))
    assert lean(motion) == pytest.approx(12, abs=0.05)


def test_blocks_have_the_sizes_of_the_protocol() -> None:
    assert len(open_see_face()) == 1785
    assert len(open_see_face(is_old=True)) == 1729


@pytest.mark.parametrize(
    ("features", "unit", "value"),
    [
        ({"EyeLeft": -1}, "eyeBlinkLeft", 1.0),
        ({"EyeRight": -0.5}, "eyeBlinkRight", 0.5),
        ({"EyeLeft": 0.6}, "eyeWideLeft", 0.6),
        ({"EyebrowUpDownLeft": 0.8}, "browOuterUpLeft", 0.8),
        ({"EyebrowUpDownLeft": 0.8, "EyebrowUpDownRight": 0.8}, "browInnerUp", 0.8),
        ({"EyebrowUpDownRight": -0.7}, "browDownRight", 0.7),
        # How far the corner lies below the upper lip: less when it smiles.
        ({"MouthCornerUpDownLeft": -0.9}, "mouthSmileLeft", 0.9),
        ({"MouthCornerUpDownRight": 0.5}, "mouthFrownRight", 0.5),
        ({"MouthOpen": 1.0}, "jawOpen", 0.8),
        ({"MouthWide": -1.0}, "mouthPucker", 0.8),
        ({"MouthWide": -1.0, "MouthOpen": 1.0}, "mouthFunnel", 0.8),
        ({"MouthCornerInOutLeft": 1.0}, "mouthStretchLeft", 0.5),
    ],
)
def test_features_move_units(features: dict[str, float], unit: str, value: float) -> None:
    assert motion_of(open_see_face(features)).weight(unit) == pytest.approx(value)


def test_a_face_at_rest_has_no_weights() -> None:
    motion = motion_of(open_see_face())
    assert not motion.weights.any()
    assert motion.confidence == pytest.approx(0.9)


def test_eyes_close_each_on_its_side() -> None:
    motion = motion_of(open_see_face(eyes_open=(0.2, 1.0)))
    assert motion.weight("eyeBlinkRight") == pytest.approx(0.8)
    assert motion.weight("eyeBlinkLeft") == 0


def test_an_old_build_tells_lids_and_an_open_mouth() -> None:
    lips = dict.fromkeys((59, 60, 61), (0, 0.17, 0)) | dict.fromkeys((63, 64, 65), (0, 0.37, 0))
    nose_line = {27: (0, -0.25, 0), 30: (0, 0, 0)}
    motion = motion_of(open_see_face(is_old=True, eyes_open=(1, 0.4), points=lips | nose_line))
    assert motion.weight("eyeBlinkLeft") == pytest.approx(0.6)
    assert motion.weight("jawOpen") == pytest.approx(0.65, abs=1e-3)


def test_gaze_goes_from_the_middle_of_the_eye_to_the_pupil() -> None:
    # Sent as x to the person's right, y down, z into the face.
    left = (-0.08 * math.sin(0.2), 0, -0.08 * math.cos(0.2))
    down = (0, 0.08 * math.sin(0.1), -0.08 * math.cos(0.1))
    motion = motion_of(open_see_face(points={67: left, 66: down}))
    np.testing.assert_allclose(gaze_degrees(motion), np.degrees([[0.2, 0], [0, -0.1]]), atol=1e-3)


def test_eyes_that_would_look_into_the_head_have_no_gaze() -> None:
    assert motion_of(open_see_face(points={66: (0, 0, 0.08)})).gaze is None
    assert motion_of(open_see_face(points={66: (0, 0, 0)})).gaze is None


def test_without_3d_the_head_stays_and_eyes_have_no_gaze() -> None:
    reader = OpenSeeFaceReader()
    roll, _ = cv2.Rodrigues(np.array([0, 0, math.radians(12)]))
    quat, translation = solved_as_the_tracker_does(roll, np.array([0, 0, -6.0]))
    motion_of(open_see_face(quat=quat, translation=translation), reader)
    motion = motion_of(open_see_face({"MouthOpen": 0.5}, has_3d=False), reader, 0.1)
    assert lean(motion) == pytest.approx(12, abs=0.05)
    assert motion.gaze is None
    assert motion.weight("jawOpen") == pytest.approx(0.4)


def test_the_first_face_is_followed_as_long_as_it_is_there() -> None:
    reader = OpenSeeFaceReader()
    first, second = open_see_face({"MouthOpen": 1}, face=3), open_see_face({}, face=1)
    assert motion_of(first + second, reader, 0.0).weight("jawOpen") == pytest.approx(0.8)
    assert motion_of(second + first, reader, 0.1).weight("jawOpen") == pytest.approx(0.8)
    assert motion_of(second, reader, 0.2) is None
    assert motion_of(first, reader, 0.3).weight("jawOpen") == pytest.approx(0.8)
    assert motion_of(second, reader, 1.0).weight("jawOpen") == 0
    assert motion_of(first + second, reader, 1.1).weight("jawOpen") == 0


def test_the_clock_of_the_tracker_orders_packets() -> None:
    packet = OpenSeeFaceReader().parse(open_see_face(time_s=1234.5), 0)
    assert packet.order == 1234.5
    assert not packet.is_counted


def test_numbers_that_make_no_sense_are_left_out() -> None:
    motion = motion_of(
        open_see_face(
            {"MouthOpen": math.nan, "EyeLeft": math.inf},
            quat=(math.nan, 0, 0, 1),
            translation=(math.inf, 0, 0),
            eyes_open=(math.nan, 0.5),
            points={66: (math.nan, 0, 0)},
        )
    )
    assert np.isfinite(motion.weights).all()
    assert not motion.head_rotation.any()
    assert motion.gaze is None


@pytest.mark.parametrize("packet", [b"", b"x" * 1785, bytes(1729), open_see_face()[:-1]])
def test_anything_else_is_refused(packet: bytes) -> None:
    with pytest.raises(PacketError):
        motion_of(packet)
