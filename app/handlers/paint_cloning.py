"""Latent clone: skin that a stroke copied becomes part of the face."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from app.workers.face_atlas import PATIENCE_S
from app.workers.skin_cloner import clone_skin
from app.workers.tasks import TaskRunner
from avatar_core.commands import SetClonedSkin
from avatar_core.project.asset import FaceKind
from avatar_core.texture.brushes.latent_clone import LatentClone

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.handlers.context import StudioContext
    from app.handlers.paint_face import PaintFace
    from avatar_core.errors import AvatarError
    from avatar_core.project import BakedPaint


class CloneHandler(QObject):
    """Takes what strokes copied, and puts it into the texture in the background.

    Args:
        context: the document.
        face: the face on the stage.
    """

    def __init__(self, context: StudioContext, face: PaintFace) -> None:
        super().__init__(context.window)
        self._context = context
        self._face = face
        self._runner = TaskRunner("latent clone", self)
        self._runner.finished.connect(self._land)
        self._runner.failed.connect(self._tell)

    def take(self, brushes: Sequence[object], _wish: object) -> None:
        """A stroke has ended; brushes that copy no skin are left alone."""
        pairs = [each.pairs for each in brushes if isinstance(each, LatentClone)]
        atlas = self._face.atlas
        if not pairs or atlas is None:
            return
        if atlas.asset.face.kind is not FaceKind.NEURAL:
            self._context.toast.show_error(
                f"The face of {atlas.asset.name} has no neural texture to copy in.",
                "Take the clone brush: it copies paint.",
            )
            return
        self._runner.start(lambda task: clone_skin(atlas, pairs, task))

    def shutdown(self) -> None:
        self._runner.shutdown(PATIENCE_S)

    def _land(self, cloned: BakedPaint | None) -> None:
        if cloned is not None:
            self._context.push(SetClonedSkin.of(self._context.project, cloned))

    def _tell(self, error: AvatarError) -> None:
        self._context.toast.show_error(error.message, error.hint)
