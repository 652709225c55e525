from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from app.viewport.tools import GizmoKind, GizmoMove, GizmoTool
from app.viewport.tools.gizmo import ARROW, RIM, RING, Gizmo, Handle, handles_of
from avatar_core.geometry import Camera, look_at

if TYPE_CHECKING:
    from collections.abc import Callable

    from avatar_core.geometry import Float32

SIZE_PX = 80
MIDDLE = np.array([120.0, 100.0])  # of the desk's 240 x 200 pixels; half a pixel a millimetre
NOWHERE = np.zeros(3, np.float32)
WORLD = np.eye(3, dtype=np.float32)


def at(right: float, down: float) -> np.ndarray:
    """Pixels from the middle of the picture."""
    return MIDDLE + np.array([right, down])


class Hand:
    """A gizmo on the desk around the origin, and what it asked for."""

    def __init__(self, desk: Any, camera: Camera) -> None:
        self.desk = desk
        self.tool = desk.take(GizmoTool(lambda: camera))
        self.tool.set_pivot(NOWHERE)
        self.words: list[str] = []
        self.moves: list[GizmoMove] = []
        self.tool.begun.connect(lambda: self.words.append("begun"))
        self.tool.changed.connect(self.moves.append)
        self.tool.ended.connect(lambda: self.words.append("ended"))
        self.tool.cancelled.connect(lambda: self.words.append("cancelled"))

    def drag(self, start: np.ndarray, end: np.ndarray) -> GizmoMove:
        places = [tuple(round(each) for each in place) for place in (start, end)]
        self.desk.drag(*places)
        return self.moves[-1]


@pytest.fixture
def hand(desk: Any, camera: Camera) -> Hand:
    return Hand(desk, camera)


def moved_points(move: GizmoMove, points: Float32, pivot: Float32 = NOWHERE) -> Float32:
    return pivot + move.scale * (points - pivot) @ move.turn.T + move.shift


def test_arrows_move_along_their_axis_under_the_pen(hand: Hand) -> None:
    """+x is at the right of a picture from the front, and y points up."""
    move = hand.drag(at(50, 0), at(70, 30))
    assert move.shift == pytest.approx([0.04, 0, 0], abs=1e-4)
    move = hand.drag(at(0, -50), at(30, -60))
    assert move.shift == pytest.approx([0, 0.02, 0], abs=1e-4)
    assert np.array_equal(move.turn, WORLD)
    assert move.scale == 1
    assert hand.words == ["begun", "ended"] * 2


def test_the_centre_moves_in_the_plane_of_the_view(hand: Hand) -> None:
    move = hand.drag(MIDDLE, at(40, -20))
    assert move.shift == pytest.approx([0.08, 0.04, 0], abs=1e-4)


def test_the_rim_turns_as_the_hand_goes_round(hand: Hand) -> None:
    radius = RIM * SIZE_PX
    down_left, left = MIDDLE + radius * np.array([-0.6, 0.8]), at(-radius, 0)
    move = hand.drag(down_left, left)
    # Clockwise in the picture: what is at the bottom goes to the left, which is -x.
    turned = moved_points(move, np.array([[0, -1, 0]], np.float32))[0]
    assert turned[0] < -0.7
    assert turned[1] > -0.7
    start = np.array([[-0.6, -0.8, 0]], np.float32)
    assert moved_points(move, start)[0] == pytest.approx([-1, 0, 0], abs=0.02)


def test_the_grip_scales(hand: Hand) -> None:
    grip = MIDDLE + RIM * SIZE_PX * np.sqrt(0.5) * np.array([1, -1])
    move = hand.drag(grip, MIDDLE + 0.5 * (grip - MIDDLE))
    assert move.scale == pytest.approx(0.5, abs=0.01)
    assert hand.drag(grip, MIDDLE).scale == pytest.approx(0.05)


@pytest.mark.parametrize("axis", range(3))
def test_rings_carry_what_they_hold(axis: int) -> None:
    """A point of the ring goes where the pen takes it, however it is seen."""
    eye = np.array([0.5, 0.7, 0.6], np.float32)
    camera = Camera.from_fov(look_at(eye, NOWHERE), 0.4, 240, 200)
    gizmo = Gizmo(camera, np.array([0.02, 0.01, -0.03], np.float32), WORLD, SIZE_PX)
    around = [WORLD[:, axis - 2], WORLD[:, axis - 1]]
    radius_m = 0.05
    points = [
        gizmo.pivot + radius_m * (np.cos(a) * around[0] + np.sin(a) * around[1]) for a in (0.3, 1.1)
    ]
    start, now = (camera.project(each[None].astype(np.float32))[0][0] for each in points)
    move = gizmo.moved(Handle(GizmoKind.TURN, axis), start, now)
    assert moved_points(move, points[0], gizmo.pivot) == pytest.approx(points[1], abs=1e-4)
    assert move.turn[axis] == pytest.approx(WORLD[axis], abs=1e-5)


def test_a_ring_on_its_edge_rolls_under_the_pen(hand: Hand) -> None:
    """Seen from the front the ring about y is a level line; its near side follows the pen."""
    start = at(0.5 * RING * SIZE_PX, 0)
    hand.tool.set_kinds([GizmoKind.TURN])
    quarter = 0.25 * np.pi * RING * SIZE_PX
    move = hand.drag(start, start - np.array([quarter, 0]))
    front = moved_points(move, np.array([[0, 0, 1]], np.float32))[0]
    assert front == pytest.approx([-np.sqrt(0.5), 0, np.sqrt(0.5)], abs=0.03)


def test_an_arrow_that_points_at_the_eye_moves_nothing(camera: Camera) -> None:
    gizmo = Gizmo(camera, NOWHERE, WORLD, SIZE_PX)
    move = gizmo.moved(Handle(GizmoKind.MOVE, 2), MIDDLE, at(60, 0))
    assert np.isfinite(move.shift).all()
    assert np.linalg.norm(move.shift[:2]) == 0


def test_handles_keep_their_size_and_follow_their_axes() -> None:
    turned = np.array([[0, -1, 0], [1, 0, 0], [0, 0, 1]], np.float32)
    for distance_m in (0.3, 1.0, 4.0):
        eye = np.array([0, 0, distance_m], np.float32)
        camera = Camera.from_fov(look_at(eye, NOWHERE), 0.4, 240, 200)
        (arrow,) = Gizmo(camera, NOWHERE, turned, SIZE_PX).lines(Handle(GizmoKind.MOVE, 0))
        assert arrow[-1] - MIDDLE == pytest.approx([0, -ARROW * SIZE_PX], abs=0.05)


def test_only_the_near_half_of_a_ring_can_be_taken(camera: Camera) -> None:
    eye = np.array([0, 0.6, 0.8], np.float32)
    camera = Camera.from_fov(look_at(eye, NOWHERE), 0.4, 240, 200)
    gizmo = Gizmo(camera, NOWHERE, WORLD, SIZE_PX)
    (arc,) = gizmo.lines(Handle(GizmoKind.TURN, 0))
    steps = np.linalg.norm(np.diff(arc, axis=0), axis=1)
    assert steps.max() < 15  # one piece, without a chord across
    rings = handles_of([GizmoKind.TURN])
    low = at(0, 0.98 * 0.6 * RING * SIZE_PX)
    assert gizmo.handle_at(*low, [Handle(GizmoKind.TURN, 1)], 6) == Handle(GizmoKind.TURN, 1)
    assert gizmo.handle_at(*at(48.5, -16.8), rings, 3) is None  # behind the pivot


def test_beside_the_handles_the_camera_moves(hand: Hand, desk: Any) -> None:
    pose = desk.rig.pose
    desk.drag((30, 30), (60, 30))
    assert desk.rig.pose is not pose
    assert hand.words == []


def test_without_a_pivot_there_is_nothing(hand: Hand, desk: Any, marks: Any) -> None:
    assert marks(hand.tool).max() > 100
    hand.tool.set_pivot(None)
    assert marks(hand.tool).max() == 0
    desk.drag((120, 100), (150, 100))
    hand.tool.set_pivot(np.array([0, 0, 2], np.float32))  # behind the camera
    assert marks(hand.tool).max() == 0
    desk.drag((120, 100), (150, 100))
    assert hand.words == []


def test_kinds_may_be_left_out(hand: Hand, desk: Any) -> None:
    hand.tool.set_kinds([GizmoKind.SCALE])
    desk.drag((170, 100), (200, 100))
    assert hand.words == []
    hand.tool.set_kinds([GizmoKind.MOVE])
    desk.drag((170, 100), (200, 100))
    assert hand.words == ["begun", "ended"]


def test_escape_takes_it_back(hand: Hand, desk: Any) -> None:
    desk.press(170, 100)
    desk.move(190, 100)
    desk.settle()
    QTest.keyClick(desk.view, Qt.Key.Key_Escape)
    desk.release(190, 100)
    assert hand.words == ["begun", "cancelled"]


def test_the_handle_under_the_pen_lights_up_and_goes_along(
    hand: Hand, desk: Any, marks: Any, qtbot: Any
) -> None:
    with qtbot.waitSignal(hand.tool.marks_changed, timeout=1000):
        desk.move(170, 100)
    desk.press(170, 100)
    desk.move(210, 100)
    desk.settle()
    shown: Callable[[int, int], int] = lambda x, y: int(marks(hand.tool)[y, x])  # noqa: E731
    assert shown(160, 35) > 100  # the upward arrow, 40 pixels to the right
    assert shown(120, 35) == 0
    desk.release(210, 100)
