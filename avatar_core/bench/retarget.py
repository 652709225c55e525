"""How well and how fast a FLAME head is driven, by the linear map and by the fit.

The head is the open one in FLAME's layout, so that everybody can run it; targets are the open
head's own landmarks, which no FLAME parameters meet exactly.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from avatar_core.bench.timing import best_ms
from avatar_core.driving.retarget.flame_fit import FlameFit, FlameFitter
from avatar_core.errors import AssetError
from avatar_core.heads import BlendshapeHead, landmark_positions
from avatar_core.heads.arkit_fit import with_arkit_maps
from avatar_core.heads.flame_layout import in_flame_layout
from avatar_core.io.avatar_file import load_demo_avatar
from avatar_core.io.take_file import load_take
from avatar_core.motion import ARKIT_UNITS, MotionFrame
from avatar_core.resources import resource_path

if TYPE_CHECKING:
    from avatar_core.bench.registry import Results
    from avatar_core.geometry import Float32
    from avatar_core.heads import HeadParameters, ParametricHead
    from avatar_core.heads.flame import FlameHead

_REPEATS = 50
_EVERY = 6
_JAW = 2
_JAW_STEPS = 41


def run() -> Results:
    """Drive the open head in FLAME's layout through the bundled performance.

    Returns:
        `retarget_fit_landmark_mm`, `retarget_fit_landmark_worst_mm`: distance of fitted landmarks
        from clean targets, mean and largest of all landmarks and moments; `retarget_fit_skin_mm`:
        mean distance of the moving skin between them. `retarget_map_landmark_mm`,
        `retarget_map_skin_mm`: the same for the map that the head learned by geometry alone.
        `retarget_fit_jaw_steps`, `retarget_map_jaw_steps`: of 40 steps of jawOpen how many turn the
        jaw farther. `retarget_map_ms`: a moment of motion to parameters, best of 50;
        `retarget_fit_ms`: a warm fit; `retarget_learn_s`: learning the map, once a head.
    """
    teacher = load_demo_avatar().head
    if not isinstance(teacher, BlendshapeHead):
        raise AssetError("The demo avatar has another kind of head.")
    exact = in_flame_layout(teacher, ARKIT_UNITS)
    blank = replace(exact, arkit_to_expression=None, arkit_to_jaw=None, arkit_to_eyes=None)
    head = with_arkit_maps(blank, teacher, ARKIT_UNITS)
    fitter = FlameFitter(head)
    frames = list(load_take(resource_path("demo", "performance.take")).frames())[::_EVERY]
    fitted, mapped, last = [], [], None
    for frame in frames:
        vertices = teacher.pose(_driven(teacher, frame))
        last = fitter.fit(_landmarks(teacher, vertices), last=last, time_s=frame.time_s)
        fitted.append(_errors_mm(teacher, head, last.parameters, vertices))
        mapped.append(_errors_mm(teacher, head, _driven(head, frame), vertices))
    (fit_landmarks, fit_skin), (map_landmarks, map_skin) = (
        (np.stack([row[0] for row in rows]), float(np.mean([row[1] for row in rows])))
        for rows in (fitted, mapped)
    )
    assert last is not None
    map_ms, fit_ms, learn_ms = _times(teacher, blank, head, frames[-1], last)
    fit_jaw, map_jaw = _jaw_steps(teacher, head)
    return {
        "retarget_fit_landmark_mm": round(float(fit_landmarks.mean()), 4),
        "retarget_fit_landmark_worst_mm": round(float(fit_landmarks.max()), 4),
        "retarget_fit_skin_mm": round(fit_skin, 4),
        "retarget_map_landmark_mm": round(float(map_landmarks.mean()), 4),
        "retarget_map_skin_mm": round(map_skin, 4),
        "retarget_fit_jaw_steps": fit_jaw,
        "retarget_map_jaw_steps": map_jaw,
        "retarget_map_ms": round(map_ms, 4),
        "retarget_fit_ms": round(fit_ms, 3),
        "retarget_learn_s": round(learn_ms / 1000, 3),
    }


def _driven(head: ParametricHead, frame: MotionFrame) -> HeadParameters:
    return head.parameters_from_arkit(
        ARKIT_UNITS, frame.weights, frame.head_rotation, frame.head_translation, frame.gaze
    )


def _landmarks(head: BlendshapeHead | FlameHead, vertices: Float32) -> Float32:
    return landmark_positions(head.topology, vertices)


def _errors_mm(
    teacher: BlendshapeHead, head: FlameHead, found: HeadParameters, vertices: Float32
) -> tuple[Float32, float]:
    """Distance of each landmark [L], and the mean one of moving skin, millimetres."""
    posed = head.pose(found)
    apart = 1000 * (_landmarks(head, posed) - _landmarks(teacher, vertices))
    skin = 1000 * (posed - vertices)[teacher.expression_vertex_ids]
    return np.linalg.norm(apart, axis=1), float(np.linalg.norm(skin, axis=1).mean())


def _times(
    teacher: BlendshapeHead,
    blank: FlameHead,
    head: FlameHead,
    frame: MotionFrame,
    last: FlameFit,
) -> tuple[float, float, float]:
    fitter = FlameFitter(head)
    targets = _landmarks(teacher, teacher.pose(_driven(teacher, frame)))
    map_ms, fit_ms = best_ms(
        _REPEATS,
        lambda: _driven(head, frame),
        lambda: fitter.fit(targets, last=last, time_s=last.time_s + 1 / 30),
    )
    (learn_ms,) = best_ms(1, lambda: with_arkit_maps(blank, teacher, ARKIT_UNITS))
    return map_ms, fit_ms, learn_ms


def _jaw_steps(teacher: BlendshapeHead, head: FlameHead) -> tuple[int, int]:
    """Of the steps that open the teacher's jaw, how many turn the fitted and the mapped one."""
    fitter = FlameFitter(head)
    fitted, mapped = [], []
    for weight in np.linspace(0, 1, _JAW_STEPS):
        frame = MotionFrame.from_units(jawOpen=float(weight))
        vertices = teacher.pose(_driven(teacher, frame))
        found = fitter.fit(_landmarks(teacher, vertices)).parameters
        fitted.append(float(found.joints[_JAW, 0]))
        mapped.append(float(_driven(head, frame).joints[_JAW, 0]))
    return int((np.diff(fitted) > 0).sum()), int((np.diff(mapped) > 0).sum())
