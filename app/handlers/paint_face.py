"""PaintFace: the face on the stage as brushes meet it, and the way back into the document."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.widgets.atlas_picture import AtlasPicture, lines_image
from app.workers.face_atlas import PATIENCE_S, FaceAtlas, face_atlas
from app.workers.tasks import TaskRunner
from avatar_core.commands import EditPaint
from avatar_core.commands.names import tidy_name
from avatar_core.errors import AvatarError
from avatar_core.gaussians import GaussianCloud
from avatar_core.project import Change, Part
from avatar_core.project.paint import LayerKind, PaintLayer, TexturePart
from avatar_core.texture.canvas import PaintCanvas, PaintTarget

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.handlers.context import StudioContext
    from app.viewport.avatar_view import AvatarView
    from app.widgets.atlas_view import AtlasView
    from avatar_core.frame import AvatarFrame
    from avatar_core.project import AvatarAsset, BakedPaint, Painting


class PaintFace(QObject):
    """Makes canvases for brushes, shows them while they work, and pushes what came of them.

    The atlas of the head, its symmetry and the layers over the bare face are worked out in the
    background, once for each head and size of the painting.

    Args:
        context: the document.
        view: where the face is seen.
        atlas_view: where its atlas is seen.
    """

    progressed = Signal(object)
    """(fraction, words) of the work in the background; None once there is none."""
    atlas_ready = Signal()
    """What brushes stand on is known."""
    edited = Signal()
    """The paint of the document, or the avatar, is another."""

    def __init__(self, context: StudioContext, view: AvatarView, atlas_view: AtlasView) -> None:
        super().__init__(context.window)
        self._context = context
        self._view = view
        self._atlas_view = atlas_view
        self._atlas: FaceAtlas | None = None
        self._sought: tuple[AvatarAsset, int, BakedPaint | None] | None = None
        self._picture: AtlasPicture | None = None
        self._is_open = False
        self._wears: BakedPaint | None = None
        self.paints_mask = False
        """Whether brushes work on the mask of the active layer."""
        self._builder = TaskRunner("painting", self)
        self._builder.progressed.connect(
            lambda fraction, words: self.progressed.emit((fraction, words))
        )
        self._builder.finished.connect(self._take_atlas)
        self._builder.failed.connect(self._give_up)
        context.events.changed.connect(self._changed)
        context.events.replaced.connect(self.refresh)

    # what there is

    @property
    def painting(self) -> Painting:
        """That of the document."""
        return self._context.project.painting

    @property
    def asset(self) -> AvatarAsset | None:
        """The avatar on the stage, without paint; None where there is none."""
        try:
            return self._context.session.avatar
        except AvatarError:
            return None

    @property
    def frame(self) -> AvatarFrame | None:
        """The moment that is shown, with all that was sculpted."""
        return self._view.shown_frame

    @property
    def atlas(self) -> FaceAtlas | None:
        """What brushes stand on, once it is known."""
        atlas = self._atlas
        return atlas if atlas is not None and self._is_of_now(atlas) else None

    @property
    def is_renewed(self) -> bool:
        """Whether the skin below the paint became another and is not known yet.

        What is shown stays as it was until then.
        """
        atlas, asset = self._atlas, self.asset
        if atlas is None or asset is None or self.atlas is not None:
            return False
        return _is_of(atlas, asset, self.painting.size) and self._sought == self._wanted(asset)

    @property
    def target(self) -> PaintTarget:
        """What of the active layer brushes work on: its mask where that is all it has."""
        layer = self.painting.layers.get(self.painting.active or "")
        if layer is None or layer.hidden is None:
            return PaintTarget.RASTER
        has_picture = layer.kind is LayerKind.RASTER
        return PaintTarget.MASK if self.paints_mask or not has_picture else PaintTarget.RASTER

    # edits

    def canvas(self) -> PaintCanvas:
        """The active layer to be painted on, or a new one where there is none.

        Raises:
            AvatarError: the layer is hidden or has no picture, or the atlas is not known yet.
        """
        atlas, painting = self._known_atlas(), self.painting
        return PaintCanvas(
            painting,
            painting.active,
            target=self.target,
            compositor=atlas.compositor,
            bleed=atlas.bleed,
        )

    def new_canvas(self, name: str) -> PaintCanvas:
        """A new layer on top of all.

        Raises:
            AvatarError: the atlas is not known yet.
        """
        atlas, painting = self._known_atlas(), self.painting
        layer_id = painting.new_layer_id
        painting = painting.with_layer(layer_id, PaintLayer(tidy_name(name, "Picture")))
        return PaintCanvas(painting, layer_id, bleed=atlas.bleed)

    def reading_canvas(self) -> PaintCanvas:
        """A blank layer on top of all, for brushes that only look.

        Raises:
            AvatarError: the atlas is not known yet.
        """
        atlas, painting = self._known_atlas(), self.painting
        active = painting.layers.get(painting.active or "")
        part = TexturePart.COLOUR if active is None else active.part
        return PaintCanvas(painting, part=part, compositor=atlas.compositor)

    def hair_of(self, frame: AvatarFrame) -> GaussianCloud | None:
        """The hair as posed on a frame; None where the frame is of other hair."""
        cloud = self._context.session.edited_hair.cloud
        if len(cloud) != len(frame.hair_means):
            return None
        scales = cloud.scales if frame.hair_scales is None else frame.hair_scales
        opacities = cloud.opacities if frame.hair_opacities is None else frame.hair_opacities
        return GaussianCloud(
            frame.hair_means, frame.hair_quats, scales, opacities, cloud.sh, cloud.flags
        )

    def show(self, canvas: PaintCanvas) -> None:
        """Show what a canvas was painted with since the last time; `show_document` ends that."""
        news = canvas.take_news()
        if news:
            self._show(canvas.result(), news)

    def show_document(self) -> None:
        """Show the paint of the document."""
        self._show(self.painting, None)

    def land(self, canvas: PaintCanvas, label: str) -> None:
        """Make what became of a canvas one step of the history.

        Raises:
            AvatarError: there are too many layers.
        """
        if canvas.dirty:
            session = self._context.session
            session.push(EditPaint.between(session.project, canvas.result(), label))

    def wear(self, baked: BakedPaint | None) -> None:
        """The view shows a face with this paint in its texture; live paint leaves it to that."""
        self._wears = baked
        self.show_document()

    def attempt(self, work: Callable[[], object]) -> bool:
        """Do something with the paint; an error is told over the viewport."""
        try:
            work()
        except AvatarError as error:
            self._context.toast.show_error(error.message, error.hint)
            return False
        return True

    # the background

    def set_open(self, is_open: bool) -> None:
        """Whether the atlas is to be seen: it is kept up to date only then."""
        self._is_open = is_open
        self.prepare()
        self._renew_picture()

    def prepare(self) -> None:
        """Find out what brushes stand on, unless it is known, being sought, or not needed."""
        asset, painting = self.asset, self.painting
        is_needed = self._is_open or not painting.is_empty
        if asset is None or not is_needed or self.atlas is not None:
            return
        if self._sought == self._wanted(asset):
            return
        self._sought = self._wanted(asset)
        shown = self._worn(painting)
        self._builder.start(lambda task: face_atlas(asset, shown, task))

    def refresh(self) -> None:
        """Bring everything to the document as it is now."""
        self.prepare()
        atlas = self.atlas
        if atlas is None:
            if not self.is_renewed:
                self._drop()
        else:
            atlas.compositor.update(self._worn(self.painting))
            self._view.set_paint(atlas.compositor.maps)
            self._renew_picture()
        self.edited.emit()

    def shutdown(self) -> None:
        self._builder.shutdown(PATIENCE_S)

    def _known_atlas(self) -> FaceAtlas:
        atlas = self.atlas
        if atlas is None:
            self.prepare()
            raise AvatarError("The atlas of the face is not laid out yet.", "Wait a moment.")
        return atlas

    def _worn(self, painting: Painting) -> Painting:
        """A painting as live paint is to show it: baked only where the view's face is, too."""
        if painting.baked is self._wears:
            return painting
        return replace(painting, baked=self._wears)

    def _show(self, painting: Painting, tiles: set[int] | None) -> None:
        atlas = self.atlas
        if atlas is None or painting.size != atlas.size:
            return
        written = atlas.compositor.update(self._worn(painting), tiles)
        if not written:
            return
        self._view.paint_changed(written)
        if self._picture is not None and self._is_open:
            self._picture.update(atlas.compositor.maps.colour, written)
            self._atlas_view.update()

    def _changed(self, change: Change) -> None:
        if Part.AVATAR in change.parts:
            self._wears = None
            self.refresh()
        elif Part.PAINT in change.parts:
            self._follow()

    def _follow(self) -> None:
        """Another painting of the same avatar."""
        if self.atlas is None:
            self.refresh()
        else:
            self.show_document()
            self.edited.emit()

    def _take_atlas(self, atlas: FaceAtlas) -> None:
        self._atlas, self._sought = atlas, None
        self.progressed.emit(None)
        if not self._is_of_now(atlas):
            self.refresh()
            return
        atlas.compositor.update(self._worn(self.painting))
        self._view.set_paint(atlas.compositor.maps)
        self._renew_picture()
        self.atlas_ready.emit()

    def _drop(self) -> None:
        self._view.set_paint(None)
        self._picture = None
        self._atlas_view.show_picture(None)

    def _renew_picture(self) -> None:
        atlas = self.atlas
        if not self._is_open or atlas is None:
            return
        if self._picture is None or self._picture.base is not atlas.shown:
            self._picture = AtlasPicture(atlas.shown)
            self._atlas_view.show_picture(self._picture, lines_image(atlas.lines))
        self._picture.update(atlas.compositor.maps.colour)
        self._atlas_view.update()

    def _give_up(self, error: AvatarError) -> None:
        self.progressed.emit(None)
        if self.atlas is None:
            self._drop()
        self._context.toast.show_error(error.message, error.hint)

    def _wanted(self, asset: AvatarAsset) -> tuple[AvatarAsset, int, BakedPaint | None]:
        """What an atlas of the document hangs on."""
        return asset, self.painting.size, self.painting.cloned

    def _is_of_now(self, atlas: FaceAtlas) -> bool:
        asset, painting = self.asset, self.painting
        if asset is None or not _is_of(atlas, asset, painting.size):
            return False
        return atlas.cloned is painting.cloned


def _is_of(atlas: FaceAtlas, asset: AvatarAsset, size: int) -> bool:
    """Whether an atlas is of an avatar and a size of painting, whatever skin was copied."""
    bare = atlas.bare
    return bare.head is asset.head and bare.face is asset.face and atlas.size == size
