"""Killed at any moment, training goes on to the same losses."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from avatar_core.training.run_state import LOG

ROOT = Path(__file__).resolve().parents[3]
STEPS = 40
KILLS = 10
SCRIPT = f"""
import sys
from dataclasses import replace
from pathlib import Path
from avatar_core.training.threads import use_threads
use_threads(1)
from avatar_core.training.captures import open_capture
from avatar_core.training.mega_trainer import MegaTrainer
from avatar_core.training.recipes import read_capture_head
from avatar_core.training.settings import Stage, StagePlan, preset

capture, run = Path(sys.argv[1]), Path(sys.argv[2])
plans = {{stage: StagePlan({STEPS}) for stage in Stage}}
settings = replace(preset("compact"), tex_size=16, gaussians=60, plans=plans, checkpoint_every=5)
opened = open_capture(capture)
trainer = MegaTrainer(opened, read_capture_head(opened), settings, run)
trainer.resume()
trainer.run(lambda status: print(status.step, flush=True))
"""


def start(capture: Path, run: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", SCRIPT, str(capture), str(run)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )


def last_losses(run: Path) -> dict[tuple[str, int], dict[str, float]]:
    """The last entry of the log for each stage and step: resumed steps are logged again."""
    entries = [json.loads(line) for line in (run / LOG).read_text().splitlines()]
    return {(entry.pop("stage"), entry.pop("step")): entry for entry in entries}


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")
def test_ten_kills_change_nothing(capture_folder: Path, tmp_path: Path) -> None:
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    with start(capture_folder, whole) as run:
        run.communicate()
    assert run.returncode == 0
    rng = np.random.default_rng(8)
    for _ in range(KILLS):
        with start(capture_folder, parts) as run:
            assert run.stdout is not None
            for _ in range(int(rng.integers(1, 12))):  # somewhere within its first steps
                run.stdout.readline()
            time.sleep(float(rng.uniform(0, 0.05)))  # and anywhere within a step
            run.send_signal(signal.SIGKILL)
    with start(capture_folder, parts) as run:
        run.communicate()
    assert run.returncode == 0
    first, second = last_losses(whole), last_losses(parts)
    assert first.keys() == second.keys()
    for key, losses in first.items():
        assert second[key] == pytest.approx(losses, rel=1e-6), key
