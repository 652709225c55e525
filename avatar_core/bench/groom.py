"""How fast hair of 150 000 Gaussians is groomed: everything but the drawing of it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from avatar_core.bench.groom_subject import GroomSubject, groom_subject
from avatar_core.commands import EditHair, History
from avatar_core.geometry import Camera, look_at
from avatar_core.hair.brush import BrushSettings, Dab, Stroke
from avatar_core.hair.brushes.comb import COMB
from avatar_core.hair.canvas import HairCanvas
from avatar_core.hair.collision import HeadCollider
from avatar_core.hair.edited import basic_colours, edited_hair
from avatar_core.hair.lock import lock_rows
from avatar_core.hair.picking import SurfacePicker
from avatar_core.hair.strands import Strands, build_strands
from avatar_core.project import HairEdits, Project

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from avatar_core.geometry import Float32

T = TypeVar("T")

_PICKS, _LOCKS, _DABS, _UNDOS = 60, 12, 40, 15
_RADIUS_M, _WIDE_M = 0.015, 0.03
"""Of the sampled stroke, which holds some 3700 Gaussians, and of the one that is undone."""

_STROKE_GAUSSIANS = 3000
_AIM = np.array([0.06, 0.03, -0.08], np.float32)
_STEP_M = np.array([0.002, -0.001, 0.0], np.float32)


def run(count: int = 150_000) -> dict[str, float]:
    """Groom hair with known strands on a ball of a head, 20 000 vertices.

    Returns:
        `groom_sample_ms`: a sample of a comb's stroke with the frame that shows it, median;
        `groom_pick_ms`: the surface under the cursor on hair that has moved, median;
        `groom_lock_ms`: a lock about a Gaussian, median;
        `groom_undo_ms`: undo of a comb of about 3000 Gaussians with the frame that shows it,
        median; `groom_stroke_kb`: memory of that step; `groom_stroke_gaussians`: how many it
        changed; `groom_strands_s`: finding the strands.
    """
    warm = groom_subject(2000)
    _measured(warm, build_strands(warm.hair, warm.scalp, warm.normals))
    subject = groom_subject(count)
    started = time.perf_counter()
    strands = build_strands(subject.hair, subject.scalp, subject.normals)
    strands_s = time.perf_counter() - started
    return {**_measured(subject, strands), "groom_strands_s": round(strands_s, 2)}


def _measured(subject: GroomSubject, strands: Strands) -> dict[str, float]:
    undo_ms, stroke_kb, gaussians = _undone(subject, strands)
    return {
        "groom_sample_ms": round(_samples(subject, strands), 3),
        "groom_pick_ms": round(_picks(subject), 3),
        "groom_lock_ms": round(_locks(subject, strands), 3),
        "groom_undo_ms": round(undo_ms, 3),
        "groom_stroke_kb": round(stroke_kb, 1),
        "groom_stroke_gaussians": gaussians,
    }


def _picks(subject: GroomSubject) -> float:
    eye = np.array([0.15, 0.1, -0.6], np.float32)
    camera = Camera.from_fov(look_at(eye, np.zeros(3, np.float32)), 0.4, 1600, 1000)
    rng = np.random.default_rng(1)
    pixels = [(float(x), float(y)) for x, y in rng.uniform((600, 300), (1000, 700), (_PICKS, 2))]

    def pick(pixel: tuple[float, float]) -> None:
        picker = SurfacePicker(subject.hair, subject.vertices, subject.faces)
        picker.pick(camera, pixel)

    return _median_ms(pick, pixels)


def _locks(subject: GroomSubject, strands: Strands) -> float:
    colours = basic_colours(subject.hair.sh)
    seeds = np.random.default_rng(2).integers(0, len(subject.hair), _LOCKS).tolist()
    return _median_ms(
        lambda seed: lock_rows(
            strands.neighbours, subject.hair.means, strands.tangents, colours, seed
        ),
        seeds,
    )


def _samples(subject: GroomSubject, strands: Strands) -> float:
    canvas, cursor = _canvas(subject, strands), _cursor(subject)
    stroke = Stroke(COMB, BrushSettings(radius_m=_RADIUS_M), canvas, is_mirrored=False)
    stroke.dab(_dab(cursor, 0))

    def sample(index: int) -> None:
        stroke.dab(_dab(cursor, index))
        canvas.edited.worn(subject.frame)

    return _median_ms(sample, range(1, _DABS))


def _undone(subject: GroomSubject, strands: Strands) -> tuple[float, float, int]:
    """Milliseconds and KiB of a step that combed some thousand Gaussians, and how many."""
    canvas, project = _combed(subject, strands), Project()
    command = EditHair.between(project, canvas.result(), COMB.label)
    history = History(project)
    before, plain = project.hair_edits, edited_hair(subject.hair, project.hair_edits)
    took_ms = []
    for _ in range(_UNDOS):
        history.push(command)
        after = project.hair_edits
        combed = edited_hair(subject.hair, after, (plain, before))
        started = time.perf_counter()
        history.undo()
        edited_hair(subject.hair, project.hair_edits, (combed, after)).worn(subject.frame)
        took_ms.append(1000 * (time.perf_counter() - started))
    return float(np.median(took_ms)), command.nbytes / 1024, len(canvas.touched)


def _combed(subject: GroomSubject, strands: Strands) -> HairCanvas:
    """Some thousand Gaussians about the cursor, selected and combed."""
    canvas, cursor = _canvas(subject, strands), _cursor(subject)
    away = np.linalg.norm(subject.hair.means - cursor, axis=1)
    canvas.mask[np.argsort(away)[_STROKE_GAUSSIANS:]] = 0
    stroke = Stroke(COMB, BrushSettings(radius_m=_WIDE_M), canvas, is_mirrored=False)
    for index in range(8):
        stroke.dab(_dab(cursor, index, _WIDE_M))
    stroke.end()
    return canvas


def _canvas(subject: GroomSubject, strands: Strands) -> HairCanvas:
    head = HeadCollider(subject.vertices, subject.faces)
    return HairCanvas(subject.hair, HairEdits(), strands=strands, head=head)


def _cursor(subject: GroomSubject) -> Float32:
    """[3] on the hair, to the left and behind."""
    away = np.linalg.norm(subject.hair.means - _AIM, axis=1)
    cursor: Float32 = subject.hair.means[away.argmin()]
    return cursor


def _dab(cursor: Float32, index: int, radius_m: float = _RADIUS_M) -> Dab:
    """To and fro over the same hair, so that each sample finds some."""
    forth = index % 8 < 4
    step = _STEP_M if forth else -_STEP_M
    place = cursor + _STEP_M * (index % 4 if forth else 4 - index % 4)
    view = np.array([0, 0, 1], np.float32)
    motion = step if index else np.zeros(3, np.float32)
    return Dab(place.astype(np.float32), motion, view, radius_m, 0.5)


def _median_ms(job: Callable[[T], object], cases: Iterable[T]) -> float:
    took_ms = []
    for case in cases:
        started = time.perf_counter()
        job(case)
        took_ms.append(1000 * (time.perf_counter() - started))
    return float(np.median(took_ms))
