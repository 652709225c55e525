"""What every part of the avatar earns: equal short joint runs from one checkpoint, measured.

python resources/demo/make_ablation_table.py RUN CAPTURE [--steps N] [--out DIR] [--threads N]

RUN is the folder of a run of `train-mega` with the compact preset, which keeps a checkpoint of the
end of its head stage. Prints a table in Markdown. Runs that are complete are not made again.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from avatar_core.training.threads import use_threads

if TYPE_CHECKING:
    from avatar_core.training.captures import Capture
    from avatar_core.training.settings import TrainerSettings

VARIANTS = {
    "all parts": (),
    "no view texture": ("view",),
    "no dynamic texture": ("dynamic",),
    "no displacement": ("displacement",),
    "no occlusion-aware blend": ("soft_blend",),
}
SCORES = {"psnr_masked_db": "PSNR, person (dB)", "ssim": "SSIM", "gmsd": "GMSD", "flip": "FLIP"}
_RESULT = "scores.json"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", type=Path)
    parser.add_argument("capture", type=Path)
    parser.add_argument("--steps", type=int, default=200)
    parser.add_argument("--out", type=Path, default=Path("ablations"))
    parser.add_argument("--seed", type=int, default=42)
    parser.add_argument("--threads", type=int, default=0)
    arguments = parser.parse_args()
    use_threads(arguments.threads)
    from avatar_core.training.captures import open_capture

    capture = open_capture(arguments.capture)
    rows = {}
    for title, left_out in VARIANTS.items():
        folder = arguments.out / title.replace(" ", "_")
        settings = short_joint_run(arguments.steps, arguments.seed, left_out)
        rows[title] = scores_of(capture, arguments.run, folder, settings)
    sys.stdout.write(table(rows))


def short_joint_run(steps: int, seed: int, left_out: tuple[str, ...]) -> TrainerSettings:
    """The compact preset with a short joint stage, half of it at half size, without some parts."""
    from avatar_core.training.settings import Stage, preset

    settings = preset("compact", seed)
    joint = replace(settings.plans[Stage.JOINT], steps=steps, small_until=0.5)
    plans = {**settings.plans, Stage.JOINT: joint}
    return replace(settings, plans=plans, left_out=left_out)


def scores_of(
    capture: Capture, run: Path, folder: Path, settings: TrainerSettings
) -> dict[str, Any]:
    """Train from the end of the run's head stage, then measure on the series `test`."""
    from avatar_core.mega.networks import Ablation
    from avatar_core.training.evaluation import evaluate_series
    from avatar_core.training.mega_trainer import MegaTrainer
    from avatar_core.training.recipes import read_capture_head
    from avatar_core.training.run_record import CHECKPOINT
    from avatar_core.training.run_state import stage_checkpoint
    from avatar_core.training.settings import Stage

    result = folder / _RESULT
    if result.is_file():
        return dict(json.loads(result.read_text()))
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / CHECKPOINT).exists():
        shutil.copy(run / stage_checkpoint(Stage.HEAD.value), folder / CHECKPOINT)
    trainer = MegaTrainer(capture, read_capture_head(capture), settings, folder)
    trainer.resume()
    trainer.run(lambda status: _tell(folder.name, status.step, status.total))
    parts = Ablation(**dict.fromkeys(settings.left_out, False))
    scores = evaluate_series(trainer.finished(), capture, ("test",), parts)
    result.write_text(json.dumps(scores))
    return scores


def table(rows: dict[str, dict[str, Any]]) -> str:
    """The scores as a table in Markdown, each with its difference to the first row."""
    first = next(iter(rows.values()))
    lines = [
        "| joint run | " + " | ".join(SCORES.values()) + " |",
        "|---" * (len(SCORES) + 1) + "|",
    ]
    for title, scores in rows.items():
        cells = [f"{scores[key]:.4g} ({scores[key] - first[key]:+.3f})" for key in SCORES]
        lines.append(f"| {title} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def _tell(name: str, step: int, total: int) -> None:
    if step % 50 == 0:
        sys.stderr.write(f"{name}: step {step} of {total}\n")


if __name__ == "__main__":
    main()
