"""The avatar with one texture and hair that rides on the skull; numpy only."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Protocol

import numpy as np

from avatar_core.frame import AvatarFrame
from avatar_core.geometry import Float32, quat_from_matrix, rigid_fit
from avatar_core.mega.driven import driven_parameters
from avatar_core.mega.tolerance import EXACT, DecodeTolerance
from avatar_core.motion import MotionFrame
from avatar_core.project.asset import FaceKind

if TYPE_CHECKING:
    from avatar_core.geometry import Camera
    from avatar_core.project.asset import AvatarAsset


class Avatar(Protocol):
    """Anything that turns motion into something to draw."""

    @property
    def asset(self) -> AvatarAsset: ...

    def evaluate(
        self,
        motion: MotionFrame,
        camera: Camera | None = None,
        *,
        captured_s: float | None = None,
        stage_ms: dict[str, float] | None = None,
        is_hurried: bool = False,
    ) -> AvatarFrame:
        """The avatar showing `motion`.

        Args:
            motion: what to show.
            camera: from where it will be seen, for looks that depend on it; from the front of the
                head when None.
            captured_s: `time.perf_counter()` when the driving picture was available, or None.
            stage_ms: milliseconds of the stages so far; the result has them and its own.
            is_hurried: another motion will follow at once: what changes little may stay as it was
                a moment ago. `is_behind` says afterwards whether anything did.
        """
        ...

    @property
    def is_behind(self) -> bool:
        """Whether what was evaluated last shows parts of a motion before its own."""
        ...

    def is_seen_anew(self, camera: Camera) -> bool:
        """Whether what was evaluated last would look different from there. Cheap."""
        ...


class PlainAvatar:
    """Poses the mesh, and carries the hair along with the scalp as one rigid piece.

    The scalp hardly deforms, so its best rigid motion moves the hair without swimming at the
    hairline. The fit is to the posed scalp vertices, so it follows whatever moves them: neck, root
    or the brows' pull on the forehead.
    """

    def __init__(self, asset: AvatarAsset) -> None:
        self.asset = asset
        self._neutral_scalp = _scalp(asset, neutral_vertices(asset))

    def evaluate(
        self,
        motion: MotionFrame,
        camera: Camera | None = None,
        *,
        captured_s: float | None = None,
        stage_ms: dict[str, float] | None = None,
        is_hurried: bool = False,
    ) -> AvatarFrame:
        """See `Avatar.evaluate`; adds the stage "pose". It never has to hurry."""
        started = time.perf_counter()
        parameters = driven_parameters(self.asset.head, motion)
        vertices = self.asset.head.pose(parameters)
        turn, shift = rigid_fit(self._neutral_scalp, _scalp(self.asset, vertices))
        hair = self.asset.hair
        means = hair.means @ turn.T + shift
        quats = turned_quats(quat_from_matrix(turn), hair.quats)
        stages = dict(stage_ms or {})
        stages["pose"] = 1000 * (time.perf_counter() - started)
        return AvatarFrame(
            motion=motion,
            vertices=vertices,
            hair_means=means,
            hair_quats=quats,
            hair_turn=turn,
            stage_ms=stages,
            captured_s=captured_s,
        )

    @property
    def is_behind(self) -> bool:
        """See `Avatar.is_behind`."""
        return False

    def is_seen_anew(self, camera: Camera) -> bool:
        """See `Avatar.is_seen_anew`: one texture looks the same from everywhere."""
        return False


def build(asset: AvatarAsset, tolerance: DecodeTolerance = EXACT) -> Avatar:
    """The avatar that evaluates an asset; torch is loaded for a neural face only, here.

    Args:
        asset: what to evaluate.
        tolerance: how far a neural face's look may lag behind; `LIVE` is faster.

    Raises:
        WeightsError: the weights of a neural face do not fit.
    """
    if asset.face.kind is FaceKind.NEURAL:
        from avatar_core.mega.neural import NeuralAvatar

        return NeuralAvatar(asset, tolerance)
    return PlainAvatar(asset)


def neutral_frame(asset: AvatarAsset) -> AvatarFrame:
    """The avatar at rest: cheap, exact, and ready before anything else is loaded."""
    return AvatarFrame(
        motion=MotionFrame(),
        vertices=neutral_vertices(asset),
        hair_means=asset.hair.means,
        hair_quats=asset.hair.quats,
        hair_turn=np.eye(3, dtype=np.float32),
    )


def neutral_vertices(asset: AvatarAsset) -> Float32:
    """[V, 3] vertices of the head at rest, metres."""
    return asset.head.pose(driven_parameters(asset.head, MotionFrame()))


def turned_quats(turn: Float32, quats: Float32) -> Float32:
    """Rotations `quats` [N, 4] followed by one more, `turn` [4]; wxyz."""
    w, x, y, z = (float(part) for part in turn)
    # Left multiplication by a quaternion is a 4 x 4 matrix, so all N go through one matmul.
    product = np.array([[w, -x, -y, -z], [x, w, -z, y], [y, z, w, -x], [z, -y, x, w]], np.float32)
    turned: Float32 = quats @ product.T
    return turned


def _scalp(asset: AvatarAsset, vertices: Float32) -> Float32:
    """The vertices that carry the hair; the whole head when none are named."""
    ids = asset.head.topology.scalp_vertex_ids
    return vertices[ids] if len(ids) >= 3 else vertices
