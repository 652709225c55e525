from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import numpy as np
import pytest

from avatar_core.emoportraits.landmark_warp.features import (
    LIDS_LOWER,
    LIDS_UPPER,
    LIPS_LOWER,
    LIPS_UPPER,
)
from avatar_core.errors import AvatarError, FaceNotFoundError, ShapeError
from avatar_core.motion import UNIT_INDEX, MotionFrame
from avatar_core.project.portrait_settings import PortraitSettings

if TYPE_CHECKING:
    from avatar_core.emoportraits.landmark_warp import WarpPortrait

CHIN, NOSE_TIP, BROW_LEFT = 152, 1, 336
LIP_TOP, LIP_BOTTOM = LIPS_UPPER[5], LIPS_LOWER[5]
BLINK = MotionFrame.from_units(eyeBlinkLeft=1.0)
ABSOLUTE = PortraitSettings(blend=1.0)


def turned(*degrees: float) -> MotionFrame:
    return MotionFrame(head_rotation=np.radians(degrees).astype(np.float32))


def moves(portrait: WarpPortrait, motion: MotionFrame, **settings: object) -> np.ndarray:
    """[V, 3] pixels that each vertex moves by, y down."""
    still = portrait.mesh(MotionFrame()).positions
    return portrait.mesh(motion, PortraitSettings(**settings)).positions - still


def gaps(portrait: WarpPortrait, motion: MotionFrame, eye: int) -> np.ndarray:
    """[5] openings between the lids of an eye, pixels; negative where they overlap."""
    positions = portrait.mesh(motion).positions[:, 1]
    return (positions[LIDS_LOWER[eye]] - positions[LIDS_UPPER[eye]])[2:7]


@pytest.fixture(scope="module")
def portrait(photograph) -> WarpPortrait:
    return photograph.portrait()


def test_at_rest_every_vertex_shows_its_own_place(portrait, turned_photograph):
    for each in (portrait, turned_photograph.portrait()):
        mesh = each.mesh(MotionFrame())
        assert np.abs(mesh.positions[:, :2] - mesh.places).max() < 1e-3


def test_absolute_motion_that_the_picture_shows_already_changes_nothing(turned_photograph):
    weights = turned_photograph.weights.copy()
    weights[[UNIT_INDEX["mouthSmileLeft"], UNIT_INDEX["jawOpen"]]] = 0.9, 0.4
    gaze = np.array([[0.1, -0.05], [0.1, -0.05]], np.float32)
    portrait = turned_photograph.portrait(weights=weights, gaze=gaze)
    motion = MotionFrame(weights=weights, head_rotation=turned_photograph.rotation, gaze=gaze)
    mesh = portrait.mesh(motion, ABSOLUTE)
    assert np.abs(mesh.positions[:, :2] - mesh.places).max() < 1e-3
    assert np.abs(mesh.iris_shifts).max() < 1e-4


def test_an_open_jaw_lowers_the_chin_and_parts_the_lips(portrait):
    moved = moves(portrait, MotionFrame.from_units(jawOpen=0.6))
    assert moved[CHIN, 1] > 10
    assert moved[LIP_BOTTOM, 1] - moved[LIP_TOP, 1] > 10
    assert abs(moved[NOSE_TIP, 1]) < 1


def test_the_mouth_is_open_as_far_as_its_lips(portrait):
    mesh = portrait.mesh(MotionFrame.from_units(jawOpen=0.6))
    inside = mesh.layers == 3
    share = mesh.mouth[inside, 2]
    across = np.abs(mesh.mouth[inside, 0]) < 0.05
    rows = mesh.positions[inside, 1][across & (share > 0) & (share < 1)]
    assert mesh.positions[LIP_TOP, 1] < rows.min()
    assert rows.max() < mesh.positions[LIP_BOTTOM, 1]


def test_lips_never_pass_through_one_another(portrait):
    closing = MotionFrame.from_units(mouthClose=1.0, mouthRollLower=1.0, mouthShrugLower=1.0)
    positions = portrait.mesh(closing).positions[:, 1]
    assert (positions[LIPS_LOWER] - positions[LIPS_UPPER])[1:-1].min() > -0.05


def test_a_blink_closes_its_own_eye_alone(portrait):
    assert gaps(portrait, MotionFrame(), 0).min() > 5
    assert gaps(portrait, BLINK, 0).max() <= 0
    np.testing.assert_allclose(gaps(portrait, BLINK, 1), gaps(portrait, MotionFrame(), 1), atol=0.2)


def test_eyes_that_are_narrow_in_the_picture_close_too(photograph):
    landmarks = photograph.landmarks.copy()
    middle = 0.5 * (landmarks[LIDS_UPPER] + landmarks[LIDS_LOWER])
    landmarks[LIDS_UPPER] += 0.5 * (middle - landmarks[LIDS_UPPER])
    landmarks[LIDS_LOWER] += 0.5 * (middle - landmarks[LIDS_LOWER])
    narrow = photograph.portrait(landmarks=landmarks)
    assert gaps(narrow, BLINK, 0).max() <= 0
    assert gaps(narrow, BLINK, 0).min() > -1


def test_wide_eyes_are_wider(portrait):
    wide = MotionFrame.from_units(eyeWideLeft=1.0)
    assert (gaps(portrait, wide, 0) > gaps(portrait, MotionFrame(), 0) + 1).all()


def test_the_head_turns_as_the_driver_says(portrait):
    assert moves(portrait, turned(0, 15, 0))[NOSE_TIP, 0] > 10  # to the person's left
    assert moves(portrait, turned(15, 0, 0))[NOSE_TIP, 1] > 10  # down
    left, right = 263, 33
    rolled = moves(portrait, turned(0, 0, 15))[:, 1]
    assert rolled[right] - rolled[left] > 10  # the person's left side rises


def test_a_turn_is_eased_before_it_shows_what_no_picture_has(portrait):
    far, farther = (moves(portrait, turned(0, angle, 0)) for angle in (50, 90))
    free = moves(portrait, turned(0, 35, 0))
    assert np.abs(far).max() < np.abs(free).max() * 1.2
    assert np.abs(farther - far).max() < 8


def test_the_border_of_the_picture_stays(portrait):
    mesh = portrait.mesh(turned(10, 20, 5))
    still = portrait.mesh(MotionFrame()).positions
    outside = (np.abs(still[:, :2] - [160, 150]) > [160, 150]).any(1)
    far = np.linalg.norm(still[:, :2] - [160, 150], axis=1) > 3.2 * 85
    assert outside.any()
    assert np.abs((mesh.positions - still)[far]).max() < 1e-3


def test_gaze_moves_the_irises_and_no_skin_beside_the_lids(portrait):
    looking = MotionFrame(gaze=np.array([[0.3, 0.0], [0.3, 0.0]], np.float32))
    shifts = portrait.mesh(looking).iris_shifts
    assert (shifts[:, 0] > 2).all()
    assert np.abs(shifts[:, 1]).max() < 0.1
    assert np.abs(moves(portrait, looking)[[CHIN, NOSE_TIP]]).max() < 0.1


def test_a_smiling_picture_does_not_smile_beyond_fully(photograph):
    smile = MotionFrame.from_units(mouthSmileLeft=1.0, mouthSmileRight=1.0)
    weights = photograph.weights.copy()
    weights[[UNIT_INDEX["mouthSmileLeft"], UNIT_INDEX["mouthSmileRight"]]] = 0.8
    corner = LIPS_UPPER[0]
    full = moves(photograph.portrait(), smile)[corner]
    rest = moves(photograph.portrait(weights=weights), smile)[corner]
    np.testing.assert_allclose(rest, 0.2 * full, atol=0.2)


def lip_gap(portrait: WarpPortrait, motion: MotionFrame, **settings: object) -> float:
    positions = portrait.mesh(motion, PortraitSettings(**settings)).positions
    return float(positions[LIP_BOTTOM, 1] - positions[LIP_TOP, 1])


@pytest.fixture(scope="module")
def smiling(photograph) -> WarpPortrait:
    """A smile that shows teeth, which no weight tells."""
    weights = photograph.weights.copy()
    weights[[UNIT_INDEX["mouthSmileLeft"], UNIT_INDEX["mouthSmileRight"]]] = 0.9
    landmarks = photograph.landmarks.copy()
    landmarks[LIPS_LOWER[1:-1], 1] += 6
    return photograph.portrait(landmarks=landmarks, weights=weights)


def test_lips_meet_when_the_smile_that_parted_them_goes(smiling):
    assert lip_gap(smiling, MotionFrame()) > 6
    assert abs(lip_gap(smiling, MotionFrame(), blend=1.0)) < 1
    assert lip_gap(smiling, MotionFrame.from_units(mouthPucker=1.0)) < 3
    still_open = MotionFrame.from_units(jawOpen=0.6)
    assert lip_gap(smiling, still_open, blend=1.0) > 12


def test_lips_that_no_smile_parted_stay_parted(photograph):
    landmarks = photograph.landmarks.copy()
    landmarks[LIPS_LOWER[1:-1], 1] += 6
    portrait = photograph.portrait(landmarks=landmarks)
    assert lip_gap(portrait, MotionFrame(), blend=1.0) > 6


@pytest.mark.parametrize(
    ("gain", "motion", "vertex"),
    [
        ("jaw_gain", MotionFrame.from_units(jawOpen=0.5), CHIN),
        ("brows_gain", MotionFrame.from_units(browInnerUp=1.0), BROW_LEFT),
        ("mouth_gain", MotionFrame.from_units(mouthSmileLeft=1.0), LIPS_UPPER[-1]),
        ("pose_gain", turned(0, 10, 0), NOSE_TIP),
        ("multiplier", MotionFrame.from_units(jawOpen=0.5), CHIN),
    ],
)
def test_gains_scale_their_region(portrait, gain, motion, vertex):
    whole = moves(portrait, motion)[vertex, :2]
    half = moves(portrait, motion, **{gain: 0.5})[vertex, :2]
    assert np.linalg.norm(whole) > 1
    np.testing.assert_allclose(half, 0.5 * whole, atol=0.06 * np.linalg.norm(whole))
    assert np.abs(moves(portrait, motion, **{gain: 0.0})).max() < 1e-3


def test_without_pose_the_head_stays(portrait):
    motion = MotionFrame(
        head_rotation=np.array([0.1, 0.3, 0.0], np.float32),
        head_translation=np.array([0.05, 0.0, 0.0], np.float32),
    )
    assert np.abs(moves(portrait, motion, follows_pose=False)).max() < 1e-3
    assert np.abs(moves(portrait, motion)).max() > 10


def test_nearer_skin_is_drawn_later(portrait):
    mesh = portrait.mesh(turned(0, 30, 0))
    depth = mesh.positions[mesh.triangles[mesh.inside :], 2].mean(1)
    nose = (mesh.triangles[mesh.inside :] == NOSE_TIP).any(1)
    assert np.flatnonzero(nose).min() > 0.8 * len(depth)


def test_triangles_name_vertices_and_all_arrays_agree(portrait):
    mesh = portrait.mesh(BLINK)
    assert mesh.triangles.min() >= 0
    assert mesh.triangles.max() < len(mesh.positions)
    assert (mesh.layers[mesh.triangles[: mesh.inside]] > 0).all()
    assert np.isfinite(mesh.positions).all()


def test_garbage_is_refused_in_words(photograph):
    good = photograph.landmarks
    noise = np.random.default_rng(1).uniform(0, 300, (478, 3)).astype(np.float32)
    holes = good.copy()
    holes[5] = np.nan
    upside_down = good * [1, -1, 1] + np.array([0, 300, 0])
    bad = {
        "noise": noise,
        "holes": holes,
        "one point": np.tile(good[:1], (478, 1)),
        "outside": good + np.array([1000, 0, 0], np.float32),
        "tiny": (good - good.mean(0)) * 0.05 + good.mean(0),
        "upside down": upside_down,
    }
    for name, landmarks in bad.items():
        with pytest.raises(FaceNotFoundError) as refused:
            photograph.portrait(landmarks=landmarks.astype(np.float32))
        assert refused.value.hint, name


def test_a_face_at_the_wrong_angle_is_refused(photograph):
    with pytest.raises(FaceNotFoundError):
        photograph.portrait(rotation=np.array([0, 0, np.pi], np.float32))


def test_wrong_shapes_and_pictures_are_refused(photograph):
    with pytest.raises(ShapeError):
        photograph.portrait(landmarks=photograph.landmarks[:468])
    with pytest.raises(ShapeError):
        photograph.portrait(weights=np.zeros(51, np.float32))
    with pytest.raises(AvatarError):
        photograph.portrait(picture=photograph.picture.astype(np.float32))


def test_neither_torch_nor_opengl_is_loaded():
    code = (
        "import sys, avatar_core.emoportraits.landmark_warp as w; "
        "w.WarpPortrait; sys.exit('torch' in sys.modules or 'moderngl' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
