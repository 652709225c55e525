"""`train-speech`: a folder of utterances becomes a speech model."""

from __future__ import annotations

import shlex
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from avatar_core.cli.training_runs import (
    add_running,
    check_resumable,
    run_training,
    teller,
    told_training,
)
from avatar_core.errors import AvatarError

if TYPE_CHECKING:
    import argparse

    from avatar_core.driving.speech.whisper_encoder import WhisperEncoder
    from avatar_core.training.run_record import RunRecord
    from avatar_core.training.speech_trainer import SpeechTrainer

_DESCRIPTION = """\
Train a speech model, which moves a mouth by the sound of a voice, from a folder of utterances with
phones and mouths (resources/demo/speech/make_speech.py makes one). One thread of the processor is
enough for it. The run's folder keeps a checkpoint; a run that was stopped or killed goes on with
--resume.

With --features whisper the model hears through the encoder of a Whisper model that you have: it
then speaks whole sounds (render --drive voice.wav), not live ones. Make it and the encoder the
studio's with import-speech."""
_PRESETS = {"mel": "speech", "whisper": "speech-whisper"}


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command and its options."""
    parser = commands.add_parser(
        "train-speech", help="train a speech model from utterances", description=_DESCRIPTION
    )
    parser.add_argument("data", type=Path, metavar="DATA", help="folder of utterances")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="the run's folder")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--steps", type=int, default=0, help="of the whole run; 2500 by default")
    parser.add_argument(
        "--licence", default="", metavar="TEXT", help="the model's licence, kept in its file"
    )
    parser.add_argument(
        "--features",
        choices=tuple(_PRESETS),
        default="mel",
        help="what the model hears: log-mel features (the default, also live), or Whisper's",
    )
    parser.add_argument(
        "--whisper",
        type=Path,
        metavar="FILE",
        help="model.safetensors of Hugging Face or a .pt of OpenAI, of any size",
    )
    add_running(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Train, and tell where the model lies."""
    return run_training(arguments, _train)


def _train(arguments: argparse.Namespace) -> int:
    from avatar_core.training.speech_recipes import SpeechJob, train_speech
    from avatar_core.training.speech_trainer import SpeechSettings
    from avatar_core.training.told_run import ToldRun

    settings = SpeechSettings(seed=arguments.seed, device=arguments.device or "cpu")
    if arguments.steps:
        settings = replace(settings, steps=arguments.steps)
    if arguments.resume:
        check_resumable(arguments.out, _PRESETS[arguments.features], settings.seed)
    job = SpeechJob(
        arguments.data,
        arguments.out,
        settings,
        _command(arguments),
        arguments.licence,
        _encoder(arguments),
    )
    tell = teller(as_json=arguments.json)
    live: ToldRun[SpeechTrainer] = ToldRun(_record(arguments), arguments.out, tell)
    train = partial(train_speech, job, live.report, resume=arguments.resume, begun=live.begin)
    return told_training(arguments, live, train)


def _encoder(arguments: argparse.Namespace) -> WhisperEncoder | None:
    """What the model is to hear through.

    Raises:
        AvatarError: a file is asked for or given where it should not be, or is no Whisper model.
    """
    if (arguments.features == "whisper") != (arguments.whisper is not None):
        raise AvatarError(
            "--features whisper and --whisper FILE belong together.",
            "Give both, or neither for a model that also speaks live.",
        )
    if arguments.whisper is None:
        return None
    from avatar_core.driving.speech.whisper_encoder import WhisperEncoder
    from avatar_core.exchange.speech_import import read_whisper
    from avatar_core.training.devices import chosen_device

    weights = read_whisper(arguments.whisper)
    return WhisperEncoder(weights, chosen_device(arguments.device or "cpu"))


def _record(arguments: argparse.Namespace) -> RunRecord:
    from avatar_core.training.run_record import RunRecord

    return RunRecord(
        capture=str(arguments.data.absolute()),
        name=arguments.out.name,
        preset=_PRESETS[arguments.features],
        seed=arguments.seed,
    )


def _command(arguments: argparse.Namespace) -> str:
    """The command line that starts such a run, without where files lie on this machine."""
    words = ["main.py", "train-speech", arguments.data.name, "--out", arguments.out.name]
    words += ["--seed", str(arguments.seed)]
    if arguments.whisper is not None:
        words += ["--features", "whisper", "--whisper", arguments.whisper.name]
    if arguments.steps:
        words += ["--steps", str(arguments.steps)]
    return shlex.join(words)
