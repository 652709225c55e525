"""A speech run that tells what it does: progress, a record in its folder, an ear for "stop"."""

from __future__ import annotations

from typing import TYPE_CHECKING

from avatar_core.training.run_events import StepTold
from avatar_core.training.speech_trainer import STAGE
from avatar_core.training.told_run import ToldRun

if TYPE_CHECKING:
    from avatar_core.training.speech_trainer import SpeechStatus, SpeechTrainer


class SpeechRun(ToldRun["SpeechStatus"]):
    """What `train_speech` reports to; the `capture` of its record is the folder of utterances."""

    tell_every_s = 0.5
    record_every_s = 30.0

    def begin(self, trainer: SpeechTrainer) -> None:
        """Take the trainer's progress; a run that begins anew drops the logs of one before it.

        Raises:
            AssetError: the folder cannot be written to.
        """
        self._begin(trainer.state.step, trainer.settings.steps, trainer.state.seconds)

    def _told(self, status: SpeechStatus) -> StepTold:
        step, total = status.step, status.total
        eta_s = self._pace.eta_s(total)
        return StepTold(STAGE, step, total, step, total, status.seconds, eta_s, status.losses)

    def _show(self, status: SpeechStatus) -> None:
        """There is nothing to see of a sound."""
