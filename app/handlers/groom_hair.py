"""GroomHair: the hair on the stage as tools meet it, and the way back into the document."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.handlers.groom_space import HeadSpace
from app.workers.strand_builder import GroomGround, groom_ground
from app.workers.tasks import TaskRunner
from avatar_core.commands import EditHair, SetHairFlags, SetHairSelection
from avatar_core.errors import AvatarError
from avatar_core.gaussians import GaussianCloud
from avatar_core.hair.canvas import HairCanvas
from avatar_core.hair.selection import to_bytes
from avatar_core.mega.plain import neutral_vertices
from avatar_core.project import Change, Part

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.handlers.context import StudioContext
    from app.viewport.avatar_view import AvatarView
    from avatar_core.frame import AvatarFrame
    from avatar_core.geometry import Float32, UInt8
    from avatar_core.hair.edited import EditedHair
    from avatar_core.hair.strands import Strands
    from avatar_core.heads import HeadTopology


class GroomHair(QObject):
    """Makes canvases for tools, shows them while they work, and pushes what came of them.

    Strands and the skin of the head are worked out in the background, once for each hairstyle.

    Args:
        context: the document.
        view: where the hair is seen.
    """

    progressed = Signal(object)
    """(fraction, words) of the work in the background; None once there is none."""
    ground_ready = Signal()
    """Strands and skin of the hairstyle are known."""
    edited = Signal()
    """The hair of the document, or what is selected of it, is another."""

    def __init__(self, context: StudioContext, view: AvatarView) -> None:
        super().__init__(context.window)
        self._context = context
        self._view = view
        self._ground: GroomGround | None = None
        self._sought: GaussianCloud | None = None
        self._shown: EditedHair | None = None
        self._builder = TaskRunner("strands", self)
        self._builder.progressed.connect(
            lambda fraction, words: self.progressed.emit((fraction, words))
        )
        self._builder.finished.connect(self._take_ground)
        self._builder.failed.connect(self._give_up)
        context.events.changed.connect(self._changed)
        context.events.replaced.connect(self.refresh)

    # what there is

    @property
    def base(self) -> GaussianCloud:
        """The hairstyle that the avatar wears, without edits.

        Raises:
            AvatarError: there is no avatar.
        """
        return self._context.session.avatar.hair

    @property
    def now(self) -> EditedHair:
        """The hair of the document."""
        return self._context.session.edited_hair

    @property
    def frame(self) -> AvatarFrame | None:
        """The moment that is shown, in the hair as edited."""
        return self._view.shown_frame

    @property
    def topology(self) -> HeadTopology | None:
        """That of the head on the stage; None where there is none."""
        try:
            return self._context.session.avatar.head.topology
        except AvatarError:
            return None

    def posed(self, frame: AvatarFrame) -> GaussianCloud:
        """What is shown of the hair as it is on a frame that shows it, world."""
        cloud = self._shown.cloud if self._shown is not None else self.base
        scales = cloud.scales if frame.hair_scales is None else frame.hair_scales
        opacities = cloud.opacities if frame.hair_opacities is None else frame.hair_opacities
        return GaussianCloud(
            frame.hair_means, frame.hair_quats, scales, opacities, cloud.sh, cloud.flags
        )

    @property
    def ground(self) -> GroomGround | None:
        """Strands and skin, once they are known."""
        return self._ground if self._is_of_base(self._ground) else None

    @property
    def strands(self) -> Strands | None:
        """Strands of all rows, those added too; None while they are sought."""
        ground = self.ground
        if ground is None:
            return None
        return ground.strands.extended(self.now.rows[len(ground.hair) :])

    def base_frame(self) -> AvatarFrame:
        """The moment that is shown, in the hairstyle without edits.

        Raises:
            AvatarError: the avatar is not on the stage yet.
        """
        frame = self._view.base_frame
        if frame is None or len(frame.hair_means) != len(self.base):
            raise AvatarError("There is no avatar to be seen.", "Wait until it is on the stage.")
        return frame

    def space(self) -> HeadSpace:
        """Where the head is at the moment that is shown."""
        return HeadSpace.of(self.base_frame(), self.base)

    # edits

    def canvas(self, *, is_new_layer: bool = False) -> HairCanvas:
        """The hair to be worked on in the active layer, or in a new one where there is none.

        Args:
            is_new_layer: work in a new one in any case.

        Raises:
            AvatarError: the layer is hidden or too weak.
        """
        project, ground = self._context.project, self.ground
        edits = project.hair_edits
        head = None
        if ground is not None:
            frame = self._view.base_frame
            head = ground.head
            if frame is not None:
                head = head.posed(self.space().local(frame.vertices))
        return HairCanvas(
            self.base,
            edits,
            None if is_new_layer else edits.active,
            strands=None if ground is None else ground.strands,
            head=head,
            edited=self.now,
        )

    def show(self, canvas: HairCanvas) -> None:
        """Show a canvas; `show_document` ends that."""
        self._show(canvas.edited)

    def preview(self, hair: EditedHair) -> None:
        """Show hair that is not the document's; `show_document` ends that."""
        self._show(hair)

    def show_document(self) -> None:
        """Show the hair of the document."""
        try:
            hair = self.now
        except AvatarError:
            return
        is_bare = hair.is_plain and not hair.cloud.flags.any()
        self._show(None if is_bare else hair)

    def land(self, canvas: HairCanvas, label: str) -> bool:
        """Make what became of a canvas one step of the history; an error is told.

        A canvas of hair that is another by now is dropped: it would do again what was undone.

        Returns:
            Whether it went well.
        """
        return self._context.errors.attempt(lambda: self._push(canvas, label))

    def select(self, weights: Float32, label: str) -> None:
        """Select [M] 0..1."""
        self._select_bytes(to_bytes(weights), label)

    def set_flags(self, flags: UInt8, label: str) -> None:
        """Hide and lock: bits of [M] Gaussians."""
        self._context.errors.attempt(
            lambda: self._context.session.push(SetHairFlags.of(self._context.project, flags, label))
        )

    def attempt(self, work: Callable[[], object]) -> bool:
        """Do something with the hair; an error is told over the viewport."""
        try:
            work()
        except AvatarError as error:
            self._tell(error)
            return False
        return True

    # the background

    def prepare(self) -> None:
        """Look for strands and skin of the hairstyle, unless they are known or being sought."""
        try:
            asset = self._context.session.avatar
        except AvatarError:
            return
        if self._is_of_base(self._ground) or self._sought is asset.hair:
            return
        hair, topology = asset.hair, asset.head.topology
        self._sought = hair
        self._builder.start(
            lambda task: groom_ground(hair, topology, neutral_vertices(asset), task)
        )

    def refresh(self) -> None:
        self.show_document()
        self.edited.emit()

    def shutdown(self) -> None:
        self._builder.shutdown()

    def _show(self, hair: EditedHair | None) -> None:
        self._shown = hair
        self._view.set_hair(hair)

    def _push(self, canvas: HairCanvas, label: str) -> None:
        session = self._context.session
        try:
            if canvas.source is not session.project.hair_edits or canvas.base is not self.base:
                return
            command = EditHair.between(session.project, canvas.result(), label)
            if len(canvas.touched):
                session.push(command)
        finally:
            self.show_document()

    def _select_bytes(self, weights: UInt8, label: str) -> None:
        self._context.errors.attempt(
            lambda: self._context.session.push(
                SetHairSelection.of(self._context.project, weights, label)
            )
        )

    def _changed(self, change: Change) -> None:
        if Part.AVATAR in change.parts:
            self.show_document()
        if {Part.HAIR, Part.SELECTION, Part.AVATAR} & change.parts:
            self.refresh()

    def _take_ground(self, ground: GroomGround) -> None:
        self._ground, self._sought = ground, None
        self.progressed.emit(None)
        self.ground_ready.emit()

    def _give_up(self, error: AvatarError) -> None:
        self.progressed.emit(None)
        self._tell(error)

    def _tell(self, error: AvatarError) -> None:
        self._context.toast.show_error(error.message, error.hint)

    def _is_of_base(self, ground: GroomGround | None) -> bool:
        try:
            return ground is not None and ground.hair is self.base
        except AvatarError:
            return False
