"""Fitting a FLAME head to landmarks: the accurate way from a tracked face to its parameters.

Levenberg's method on the landmarks in three dimensions. What they do not show is held by two
priors: parameters stay near what is usual, or near a guess such as the linear map's, and they do
not leap from one picture to the next. Each prior says how far a parameter is expected to be off,
so that all terms count in standard deviations.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from avatar_core.errors import ShapeError
from avatar_core.geometry import Float32, Int32, expect_shapes, rigid_fit
from avatar_core.geometry.rotations import axis_angle_from_matrix
from avatar_core.heads.base import HeadParameters, neutral_parameters
from avatar_core.heads.flame_points import FlamePoints

if TYPE_CHECKING:
    from avatar_core.geometry.shapes import Float64
    from avatar_core.heads.flame import FlameHead

_ROOT, _NECK = 0, 1
_EYEBALLS = ("left_eyeball", "right_eyeball")
_FIRST_DAMPING = 1e-3
_LEAST_DAMPING, _MOST_DAMPING = 1e-9, 1e6
_EASED, _RAISED = 0.2, 5.0
_LEAST_POINTS = 3


@dataclass(frozen=True, slots=True)
class FitSettings:
    """How far things are expected to be off: standard deviations; 0 holds a parameter fixed.

    Args:
        landmark_m: a landmark, metres.
        outlier_m: beyond this a landmark pulls no harder than at it (Huber).
        expression: a coefficient, from the guess or from rest.
        root_rad, neck_rad, jaw_rad, eyes_rad: a turn of a joint. The head turns on its neck here;
            exchange the first two where the root should turn.
        translation_m: the head's place.
        expression_speed: change of a coefficient in a second; in other times as in a random walk,
            by the square root. What the landmarks do show is hardly held back by it.
        turn_speed_rad: change of a turn in a second, likewise.
        most_steps: of the solver, for one picture.
        least_gain: share of the cost below which a step is the last one.
    """

    landmark_m: float = 0.0005
    outlier_m: float = 0.01
    expression: float = 1.0
    root_rad: float = 0.0
    neck_rad: float = 0.6
    jaw_rad: float = 0.3
    eyes_rad: float = 0.3
    translation_m: float = 0.1
    expression_speed: float = 2.0
    turn_speed_rad: float = 1.0
    most_steps: int = 20
    least_gain: float = 1e-4

    def __post_init__(self) -> None:
        for name in ("landmark_m", "outlier_m", "expression_speed", "turn_speed_rad"):
            if not getattr(self, name) > 0:
                raise ValueError(f"{name}: expected more than 0, got {getattr(self, name)}")


@dataclass(frozen=True, slots=True, eq=False)
class FlameFit:
    """What was found for one picture.

    Args:
        parameters: of the head.
        error_m: mean distance of the landmarks that counted, metres.
        steps: how many the solver took.
        time_s: of the picture.
    """

    parameters: HeadParameters
    error_m: float
    steps: int
    time_s: float = 0.0


class FlameFitter:
    """Fits one head, picture after picture; the caller hands in the last result.

    Args:
        head: with landmarks. Its pupils follow them, where it has eyeballs.
        settings: the defaults when left out.

    Raises:
        ShapeError: the head has fewer than three landmarks.

    Source:
        Levenberg 1944, A method for the solution of certain non-linear problems in least squares;
        Marquardt 1963 for the scaling; Huber 1964 for outliers.
    """

    def __init__(self, head: FlameHead, settings: FitSettings | None = None) -> None:
        if len(head.landmark_face_ids) < _LEAST_POINTS:
            raise ShapeError(
                f"landmarks: {len(head.landmark_face_ids)}, where a fit needs {_LEAST_POINTS}"
            )
        self.settings = settings or FitSettings()
        self._head = head
        self._points = _landmarks_and_pupils(head)
        self._neutral = neutral_parameters(head)
        self._rest = self._points.places(self._neutral)
        self._spread = self._deviations()

    def __len__(self) -> int:
        """How many targets can be given: the landmarks, then (left, right) pupil if it has any."""
        return len(self._points)

    def places(self, parameters: HeadParameters) -> Float64:
        """Landmarks and pupils [L, 3] of a pose, metres: targets that are met exactly."""
        return self._points.places(parameters)

    def fit(
        self,
        targets: Float32,
        weights: Float32 | None = None,
        *,
        guess: HeadParameters | None = None,
        last: FlameFit | None = None,
        time_s: float = 0.0,
    ) -> FlameFit:
        """Parameters whose landmarks come closest to targets.

        Args:
            targets: [n, 3] metres in the axes in which the head is posed, n <= `len(self)`; those
                that are left out at the end do not count. What is not finite does not either.
            weights: [n] or [n, 3] trust in each, or in each of its coordinates; 1 when left out.
            guess: what the parameters should stay near, such as the linear map's; rest if None.
                Without it or `last`, the head's turn and place start where they fit best.
            last: the result for the picture before.
            time_s: of the picture; at `last.time_s` or before it, `last` only gives the start.

        Raises:
            ShapeError: targets or weights have another shape, or fewer than three can be used.
        """
        trust = self._trust(targets, weights)
        wanted = np.zeros((len(self), 3))
        wanted[: len(targets)] = np.nan_to_num(targets.astype(np.float64), posinf=0, neginf=0)
        centre = _flat(guess or self._neutral)
        problem = _Problem(self._points, wanted, trust, self.settings)
        problem.pull(centre, self._spread)
        start = last.parameters if last is not None else guess
        if start is None:
            start = self._placed(wanted, trust)
        if last is not None and time_s > last.time_s:
            problem.pull(_flat(last.parameters), self._speeds() * np.sqrt(time_s - last.time_s))
        values = np.where(self._spread > 0, _flat(start), centre)
        found, steps = problem.solved(values, np.flatnonzero(self._spread > 0).astype(np.int32))
        parameters = _parameters(found, self._points.expressions)
        apart = np.linalg.norm(self.places(parameters) - wanted, axis=1)
        counted = trust.min(1) > 0
        return FlameFit(parameters, float(apart[counted].mean()), steps, time_s)

    def _trust(self, targets: Float32, weights: Float32 | None) -> Float64:
        sizes = expect_shapes(targets=(targets, "n 3"))
        count = sizes["n"]
        if count > len(self):
            raise ShapeError(f"targets: this head has {len(self)} points, not {count}")
        trust = np.zeros((len(self), 3))
        if weights is None:
            trust[:count] = 1
        elif weights.shape in ((count,), (count, 3)):
            trust[:count] = weights[:, None] if weights.ndim == 1 else weights
        else:
            raise ShapeError(f"weights: expected [{count}] or [{count}, 3]")
        trust[:count] *= np.isfinite(targets).all(1, keepdims=True)
        if not (np.isfinite(trust).all() and trust.min(initial=0) >= 0):
            raise ShapeError("weights: expected finite numbers of 0 or more")
        if (trust.min(1) > 0).sum() < _LEAST_POINTS:
            raise ShapeError(f"targets: fewer than {_LEAST_POINTS} can be used")
        return trust

    def _placed(self, wanted: Float64, trust: Float64) -> HeadParameters:
        """The head at rest, turned and moved to where the targets are."""
        used = trust.min(1) > 0
        turn, shift = rigid_fit(
            self._rest[used].astype(np.float32), wanted[used].astype(np.float32)
        )
        joint = _NECK if self.settings.neck_rad >= self.settings.root_rad else _ROOT
        joints = self._neutral.joints.copy()
        joints[joint] = axis_angle_from_matrix(turn)
        pivot = self._points.joints[joint, :, 0]
        moved = (shift + turn @ pivot - pivot).astype(np.float32)
        return replace(self._neutral, joints=joints, translation=moved)

    def _deviations(self) -> Float64:
        settings = self.settings
        turns = (settings.root_rad, settings.neck_rad, settings.jaw_rad, *2 * (settings.eyes_rad,))
        return np.concatenate(
            [
                np.full(self._points.expressions, settings.expression),
                np.repeat(turns, 3),
                np.full(3, settings.translation_m),
            ]
        )

    def _speeds(self) -> Float64:
        """Standard deviation of each parameter's change in a second, 0 where it may jump."""
        return np.concatenate(
            [
                np.full(self._points.expressions, self.settings.expression_speed),
                np.full(15, self.settings.turn_speed_rad),
                np.zeros(3),
            ]
        )


class _Problem:
    """Cost of one picture's parameters, and its least value."""

    def __init__(
        self, points: FlamePoints, wanted: Float64, trust: Float64, settings: FitSettings
    ) -> None:
        self._points, self._wanted, self._settings = points, wanted, settings
        self._trust = trust / settings.landmark_m**2
        self._pulls: list[tuple[Float64, Float64]] = []

    def pull(self, centre: Float64, deviations: Float64) -> None:
        """Hold parameters near values, where their deviation is not 0."""
        held = deviations > 0
        stiffness = np.where(held, 1 / np.where(held, deviations, 1.0) ** 2, 0.0)
        self._pulls.append((centre, stiffness))

    def solved(self, values: Float64, free: Int32) -> tuple[Float64, int]:
        """The best parameters and the number of steps to them; those that are not free stay."""
        damping, cost, step = _FIRST_DAMPING, self._cost(values), 0
        while step < self._settings.most_steps:
            step += 1
            slope, curve = self._normal_equations(values, free)
            before = cost
            while damping < _MOST_DAMPING:
                moved = values.copy()
                moved[free] -= np.linalg.solve(curve + damping * np.diag(np.diag(curve)), slope)
                tried = self._cost(moved)
                if tried <= cost:
                    values, cost = moved, tried
                    damping = max(damping * _EASED, _LEAST_DAMPING)
                    break
                damping *= _RAISED
            if before - cost <= self._settings.least_gain * before:
                break
        return values, step

    def _cost(self, values: Float64) -> float:
        apart = self._points.places(_parameters(values, self._points.expressions)) - self._wanted
        distance = np.linalg.norm(apart, axis=1)
        squares = (self._trust * apart**2).sum(1)
        limit = self._settings.outlier_m
        # Beyond the limit the square goes on as a line: 2 d - limit in place of d^2 / limit.
        reach = np.maximum(distance, limit)
        robust = squares * limit * (2 * reach - limit) / reach**2
        held = sum(float(stiff @ (values - centre) ** 2) for centre, stiff in self._pulls)
        return float(robust.sum()) + held

    def _normal_equations(self, values: Float64, free: Int32) -> tuple[Float64, Float64]:
        places, columns = self._points.derivatives(_parameters(values, self._points.expressions))
        apart = places - self._wanted
        distance = np.linalg.norm(apart, axis=1)
        limit = self._settings.outlier_m
        trust = (self._trust * (limit / np.maximum(distance, limit))[:, None]).reshape(-1)
        jacobian = columns[..., free].reshape(len(trust), -1)
        weighted = trust[:, None] * jacobian
        slope, curve = weighted.T @ apart.reshape(-1), weighted.T @ jacobian
        for centre, stiff in self._pulls:
            slope += (stiff * (values - centre))[free]
            curve[np.diag_indices(len(free))] += stiff[free]
        return slope, curve


def _landmarks_and_pupils(head: FlameHead) -> FlamePoints:
    """The landmarks, and of each eyeball the vertex that looks farthest ahead."""
    parts = head.mesh.parts
    if not all(len(parts.get(name, ())) for name in _EYEBALLS):
        return FlamePoints.landmarks(head)
    ids = np.array([_foremost(head, parts[name]) for name in _EYEBALLS], np.int32)
    return FlamePoints.landmarks(head).followed_by(FlamePoints.on_vertices(head, ids))


def _foremost(head: FlameHead, ids: Int32) -> int:
    used = ids[np.isin(ids, head.mesh.faces)]
    return int(used[head.mesh.template[used, 2].argmax()])


def _flat(parameters: HeadParameters) -> Float64:
    parts = (parameters.expression, parameters.joints.ravel(), parameters.translation)
    return np.concatenate(parts).astype(np.float64)


def _parameters(values: Float64, expressions: int) -> HeadParameters:
    flat = values.astype(np.float32)
    return HeadParameters(
        flat[:expressions].copy(), flat[expressions:-3].reshape(5, 3).copy(), flat[-3:].copy()
    )
