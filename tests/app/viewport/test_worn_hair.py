from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from app.viewport.worn_hair import WornHair
from avatar_core.errors import ShapeError
from avatar_core.frame import AvatarFrame
from avatar_core.gaussians import GaussianCloud, sh_from_colours
from avatar_core.hair.canvas import HairCanvas
from avatar_core.hair.edited import edited_hair
from avatar_core.motion import MotionFrame
from avatar_core.project.hair_edits import HairEdits

COUNT = 6
ALL = np.arange(COUNT, dtype=np.int32)


def frame_of(cloud: GaussianCloud, up_m: float = 0.0) -> AvatarFrame:
    means = cloud.means + np.array([0, up_m, 0], np.float32)
    vertices = np.zeros((3, 3), np.float32)
    return AvatarFrame(MotionFrame(), vertices, means, cloud.quats, np.eye(3, dtype=np.float32))


@pytest.fixture
def base() -> GaussianCloud:
    means = np.random.default_rng(0).normal(size=(COUNT, 3)).astype(np.float32)
    return GaussianCloud(
        means,
        np.tile(np.array([1, 0, 0, 0], np.float32), (COUNT, 1)),
        np.full((COUNT, 3), 0.01, np.float32),
        np.full(COUNT, 0.8, np.float32),
        sh_from_colours(np.full((COUNT, 3), 0.5, np.float32)),
        np.zeros(COUNT, np.uint8),
    )


@pytest.fixture
def canvas(base: GaussianCloud) -> HairCanvas:
    return HairCanvas(base, HairEdits(base_count=COUNT))


@pytest.fixture
def worn(base: GaussianCloud) -> WornHair:
    made = WornHair()
    made.begin(frame_of(base))
    return made


def shown_means(worn: WornHair) -> np.ndarray:
    assert worn.shown is not None
    return worn.shown.hair_means


def test_without_an_avatar_there_is_nothing() -> None:
    worn = WornHair()
    assert worn.shown is None
    assert worn.base is None
    worn.put_on(None)
    assert worn.shown is None


def test_without_edits_the_frame_itself_is_shown(worn: WornHair, base: GaussianCloud) -> None:
    assert worn.shown is worn.base
    newer = frame_of(base, 1)
    worn.take(newer)
    assert worn.shown is newer
    assert worn.look is None


def test_edits_lie_over_every_frame(
    worn: WornHair, base: GaussianCloud, canvas: HairCanvas
) -> None:
    canvas.move(ALL, base.means + np.float32(0.5))
    worn.put_on(canvas.edited)
    for up_m in (0.0, 1.0, 2.0):
        frame = frame_of(base, up_m)
        worn.take(frame)
        np.testing.assert_allclose(shown_means(worn), frame.hair_means + 0.5, atol=1e-6)
        assert worn.base is frame
        assert worn.shown is worn.shown  # worked out once
    worn.put_on(None)
    assert worn.shown is worn.base


def test_a_stroke_is_seen_when_it_is_told(
    worn: WornHair, base: GaussianCloud, canvas: HairCanvas
) -> None:
    worn.put_on(canvas.edited)
    look = worn.look
    before = worn.shown
    canvas.move(ALL, base.means + np.float32(0.25))
    assert worn.shown is before
    worn.put_on(canvas.edited)
    np.testing.assert_allclose(shown_means(worn), base.means + 0.25, atol=1e-6)
    assert worn.look is look  # nothing for the graphics card but the pose


def test_colours_flags_selection_and_rows_make_another_look(
    worn: WornHair, base: GaussianCloud, canvas: HairCanvas
) -> None:
    plain = HairEdits(base_count=COUNT)
    looks = []
    selection = np.array([255, 128], np.uint8)
    more = canvas
    more.add(base.subset(ALL[:2]), ALL[:2])
    for edits in (
        plain,
        replace(plain, selection=selection),
        replace(plain, flags=np.array([2], np.uint8)),
        more.result(),
    ):
        worn.put_on(edited_hair(base, edits))
        looks.append(worn.look)
        assert worn.look is not None
        assert len(shown_means(worn)) == len(worn.look.cloud)
    assert len({id(each) for each in looks}) == 4
    assert looks[1] is not None
    assert looks[1].weights[:3] == pytest.approx([1, 128 / 255, 0])


def test_a_look_notices_what_was_written_in_place(
    worn: WornHair, base: GaussianCloud, canvas: HairCanvas
) -> None:
    hair = canvas.edited
    worn.put_on(hair)
    look = worn.look
    hair.weights[2] = 0.5
    worn.put_on(hair)
    assert worn.look is not look
    look = worn.look
    hair.cloud.flags[1] = 2
    worn.put_on(hair)
    assert worn.look is not look


def test_frames_are_compared_with_the_hairstyle_not_with_what_is_worn(
    worn: WornHair, base: GaussianCloud, canvas: HairCanvas
) -> None:
    canvas.add(base.subset(ALL[:3]), ALL[:3])
    worn.put_on(canvas.edited)
    assert len(shown_means(worn)) == COUNT + 3
    assert worn.fits(frame_of(base))
    assert worn.base is not None
    assert not worn.fits(worn.shown or worn.base)


def test_hair_of_another_avatar_is_refused(
    worn: WornHair, base: GaussianCloud, canvas: HairCanvas
) -> None:
    few = base.subset(ALL[:2])
    with pytest.raises(ShapeError, match="expected 6 Gaussians, got 2"):
        worn.put_on(edited_hair(few, HairEdits(base_count=2)))
    worn.put_on(canvas.edited)
    worn.begin(frame_of(few))  # another avatar comes without edits
    assert worn.look is None
    assert worn.shown is worn.base
