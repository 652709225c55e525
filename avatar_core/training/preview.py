"""Live previews of a run: the avatar as it is now against a frame it never learns from."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import torch

from avatar_core.io.atomic import atomic_write
from avatar_core.io.images import image_to_png
from avatar_core.training.capture_frames import HAIR_SERIES, HELD_OUT
from avatar_core.training.evaluation import comparison_sheet, evaluate_frames
from avatar_core.training.run_record import PREVIEW, PreviewNote, append_preview

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from torch import nn

    from avatar_core.mega.model import MegaModel
    from avatar_core.training.captures import Capture, CaptureFrame

EVERY_S = 60.0
FIRST_AFTER_S = 15.0
MOST_SHARE = 0.02
"""Of the time a run takes: a preview that takes long is made less often."""


def preview_frame(capture: Capture) -> CaptureFrame:
    """The frame that previews show: of the held-out ones the one that sees most of the face.

    Args:
        capture: with at least one frame; without held-out ones, one that it is trained on is shown.
    """
    choices = (capture.frames(HELD_OUT), capture.frames("full"), capture.frames(*HAIR_SERIES))
    frames = next((each for each in choices if each), capture.frames(*capture.series))
    # A camera that looks along -z looks the head, which faces +z at rest, in the face.
    return min(frames, key=lambda frame: float(frame.camera.forward[2]))


class Previews:
    """Writes `preview.png` (capture, avatar, difference) into the run's folder every so often.

    Args:
        capture: what is learnt from.
        folder: of the run.
        every_s: least seconds between two previews; more where they would take too large a share.
        clock: seconds that only grow.
    """

    def __init__(
        self,
        capture: Capture,
        folder: Path,
        every_s: float = EVERY_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._capture = capture
        self._folder = folder
        self._every_s = every_s
        self._clock = clock
        self._frame = preview_frame(capture)
        self._due_s = clock() + min(FIRST_AFTER_S, every_s)

    def make_when_due(
        self, model: MegaModel, stage: str, step: int, *, is_last: bool = False
    ) -> PreviewNote | None:
        """A new preview if it is time for one. Weights, statistics and chance stay as they are.

        Args:
            model: as it is now.
            stage: of the run.
            step: over all stages.
            is_last: nothing is learnt any more, so that it is time in any case.

        Raises:
            AssetError: the picture cannot be written.
        """
        started_s = self._clock()
        if started_s < self._due_s and not is_last:
            return None
        note = self._make(model, stage, step)
        ended_s = self._clock()
        self._due_s = ended_s + max(self._every_s, (ended_s - started_s) / MOST_SHARE)
        return note

    def _make(self, model: MegaModel, stage: str, step: int) -> PreviewNote:
        with _undisturbed(model.networks):
            evaluated = next(evaluate_frames(model, self._capture, (self._frame,)))
        with atomic_write(self._folder / PREVIEW) as file:
            file.write(image_to_png(comparison_sheet([evaluated])))
        psnr_db = float(evaluated.scores.psnr_masked_db)
        held_out = self._frame.series == HELD_OUT
        note = PreviewNote(stage, step, round(psnr_db, 3), self._frame.name, held_out)
        append_preview(self._folder, note)
        return note


@contextmanager
def _undisturbed(networks: nn.Module) -> Iterator[None]:
    """Networks in evaluation, and everything as it was afterwards."""
    training = [module for module in networks.modules() if module.training]
    networks.eval()
    try:
        with torch.random.fork_rng(devices=[]), torch.no_grad():
            yield
    finally:
        for module in training:
            module.training = True
