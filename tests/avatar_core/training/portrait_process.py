"""One process of several that train a tiny portrait model: `portrait_process.py PEOPLE OUT`."""

from __future__ import annotations

import sys
from pathlib import Path

import torch

sys.path.insert(0, str(Path.cwd()))

from avatar_core.training.portrait_data import People
from avatar_core.training.portrait_processes import joined_processes
from avatar_core.training.portrait_trainer import PortraitTrainer
from tests.avatar_core.training.portrait_tiny import tiny_settings

if __name__ == "__main__":
    folder, out = Path(sys.argv[1]), Path(sys.argv[2])
    with joined_processes("cpu") as processes:
        settings = tiny_settings(4)
        run = PortraitTrainer(People(folder, "train", 32), settings, out, processes)
        run.run(lambda _status: None)
        told = {"networks": run.networks.state_dict(), "people": run.batch(0).motion.sum().item()}
        torch.save(told, out / f"rank{processes.rank}.pth")
