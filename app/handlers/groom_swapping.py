"""Other hair on this head: tried on, blended, kept or dropped; and this hair as a hairstyle."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, QTimer, Signal

from app.dialogs.files import HAIR, OTHER_HAIR, ask_open, ask_save
from app.library import KnownAssets, LibraryEntry
from app.panels.hair_swap import SwapWish
from app.workers.hair_trial import FitWish, HairTrial, OtherHair, read_hair, report_of, try_on
from app.workers.tasks import TaskRunner
from avatar_core.commands import SetHairLayer
from avatar_core.hair.transfer import swap_into
from avatar_core.io.asset_references import AVATARS, HAIRSTYLES
from avatar_core.io.hair_file import save_hair
from avatar_core.project import Change, Part, hair_of

if TYPE_CHECKING:
    from app.handlers.context import StudioContext
    from app.handlers.groom_hair import GroomHair
    from app.handlers.groom_selecting import SelectHandler
    from app.panels.hair_swap import HairSwapBody
    from app.viewport.avatar_view import AvatarView
    from avatar_core.errors import AvatarError
    from avatar_core.geometry import UInt8
    from avatar_core.hair.canvas import HairCanvas
    from avatar_core.hair.scalp_fit import HairFit

_REFIT_MS = 150
_PICTURE_PX = 192


class SwapHandler(QObject):
    """Shows other hair on this head until it is kept, as a layer of its own, or dropped.

    Args:
        context: the document.
        hair: the hair on the stage.
        view: takes the picture of a hairstyle that is saved.
        selecting: says what may be changed.
        body: the Swap section.
    """

    hair_saved = Signal()
    """A hairstyle was added to the library."""

    def __init__(
        self,
        context: StudioContext,
        hair: GroomHair,
        view: AvatarView,
        selecting: SelectHandler,
        body: HairSwapBody,
    ) -> None:
        super().__init__(context.window)
        self._context = context
        self._hair = hair
        self._view = view
        self._selecting = selecting
        self._body = body
        self._trial: HairTrial | None = None
        self._wish = SwapWish()
        self._canvas: HairCanvas | None = None
        self._fitter = TaskRunner("swap", self)
        self._fitter.progressed.connect(lambda fraction, _words: body.show_progress(fraction))
        self._fitter.finished.connect(self._take)
        self._fitter.failed.connect(self._fail)
        self._refit = QTimer(self, singleShot=True, interval=_REFIT_MS)
        self._refit.timeout.connect(self._fit_again)
        body.source_chosen.connect(self.try_on)
        body.file_requested.connect(self._ask)
        body.wish_edited.connect(self._edit)
        body.kept.connect(self._keep)
        body.dropped.connect(self.drop)
        context.actions["groom.swap_hair"].triggered.connect(self._ask)
        context.actions["groom.save_hair"].triggered.connect(self._ask_save)
        context.events.changed.connect(self._changed)
        context.events.replaced.connect(self._start_anew)

    def refresh(self) -> None:
        """Offer what the library knows."""
        rows = []
        for kind, key, sign in (
            (AVATARS, "avatars", "library"),
            (HAIRSTYLES, "hairstyles", "hair"),
        ):
            known = {
                each.reference: each.name
                for each in KnownAssets(self._context.preferences, key).entries()
            }
            for reference in kind.bundled():
                known.setdefault(reference, reference.partition(":")[2].capitalize())
            rows += [(reference, name, sign) for reference, name in known.items()]
        self._body.show_sources(rows)

    def try_on(self, reference: str) -> None:
        """Read hair and fit it in the background, then show it on this head."""
        session = self._context.session
        asset = session.avatar
        self._wish = SwapWish()
        self._fitter.start(
            lambda task: try_on(asset, read_hair(session, reference, task), FitWish(), task, None)
        )

    def drop(self) -> None:
        """Leave the hair as it was."""
        self._refit.stop()
        self._fitter.stop()
        self._body.show_progress(None)
        self._body.show_preview(None)
        trial, self._trial, self._canvas = self._trial, None, None
        if trial is not None:
            self._hair.show_document()

    def shutdown(self) -> None:
        self._refit.stop()
        self._fitter.shutdown()

    def save(self, path: Path) -> None:
        """Keep the hair as edited as a hairstyle, and offer it in the library."""
        edited = self._context.session.groomed_avatar
        name = path.stem.replace("_", " ").strip().capitalize()
        kept = replace(
            hair_of(edited, name, f"Groomed on {edited.name}."), picture=library_picture(self._view)
        )
        save_hair(kept, path)
        known = KnownAssets(self._context.preferences, "hairstyles")
        known.add(LibraryEntry(str(path), kept.name, kept.description))
        self._context.toast.show_note(f"{kept.name} is in the library now.")
        self.refresh()
        self.hair_saved.emit()

    # the trial

    def _take(self, trial: HairTrial) -> None:
        self._body.show_progress(None)
        self._trial = trial
        self._body.show_preview(report_of(trial), self._wish)
        self._show()

    def _edit(self, wish: SwapWish) -> None:
        before, self._wish = self._wish, wish
        if _fit_of(wish) != _fit_of(before):
            self._refit.start()
        else:
            self._show()

    def _fit_again(self) -> None:
        trial = self._trial
        if trial is not None:
            asset, wish = self._context.session.avatar, _fit_of(self._wish)
            other: OtherHair = trial.other
            fit: HairFit = trial.fit
            self._fitter.start(lambda task: try_on(asset, other, wish, task, fit))

    def _show(self) -> None:
        """Show the hair of the document with the other blended in."""
        trial = self._trial
        if trial is None:
            return

        def blend() -> None:
            canvas = self._hair.canvas(is_new_layer=True)
            if not self._wish.selected_only:
                canvas.mask[:] = self._selecting.open_rows().astype(np.float32)
            swap_into(canvas, trial.placed, self._wish.blend)
            self._canvas = canvas
            self._hair.show(canvas)

        self._hair.attempt(blend)

    def _keep(self) -> None:
        canvas, trial = self._canvas, self._trial
        if canvas is None or trial is None:
            return
        self._trial = self._canvas = None
        session = self._context.session
        with session.gesture(f"Put on {trial.other.name}"):
            if self._hair.land(canvas, f"Put on {trial.other.name}"):
                layer = session.project.hair_edits.active
                if layer is not None:
                    session.push(SetHairLayer.renamed(session.project, layer, trial.other.name))
        self._body.show_preview(None)

    def _fail(self, error: AvatarError) -> None:
        self.drop()
        self._context.errors.show(error)

    def _changed(self, change: Change) -> None:
        if Part.AVATAR in change.parts:
            self._start_anew()
        elif {Part.HAIR, Part.SELECTION} & change.parts and self._trial is not None:
            self._show()  # an undo, or other hair selected, while hair is tried on

    def _start_anew(self) -> None:
        if self._trial is not None or self._fitter.is_running:
            self.drop()

    # files

    def _ask(self) -> None:
        folder = self._context.preferences.values.projects_folder
        ask_open(
            self._context.window, "Hair for this head", folder, OTHER_HAIR,
            lambda path: self.try_on(str(path)),
        )  # fmt: skip

    def _ask_save(self) -> None:
        folder = Path(self._context.preferences.values.projects_folder)
        ask_save(
            self._context.window, "Save as hairstyle", folder / "hairstyle.hair", HAIR,
            lambda path: self._context.errors.attempt(lambda: self.save(path)),
        )  # fmt: skip


def library_picture(view: AvatarView) -> UInt8 | None:
    """[S, S, 3] the middle of the viewport, for the library; None where it shows nothing."""
    still = view.still()
    if still is None:
        return None
    side = min(still.shape[:2])
    top, left = (still.shape[0] - side) // 2, (still.shape[1] - side) // 2
    square = still[top : top + side, left : left + side]
    every = np.linspace(0, side - 1, min(side, _PICTURE_PX)).astype(np.intp)
    return np.ascontiguousarray(square[every][:, every])


def _fit_of(wish: SwapWish) -> FitWish:
    return FitWish(wish.size, wish.up_m, wish.forward_m, wish.tilt_rad)
