"""Writes an utterance as a take with sound, to be looked at on an avatar; see README.md."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np

_HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(_HERE), str(_HERE.parents[2])]

from avatar_core.io.take_file import save_take  # noqa: E402
from avatar_core.motion import MotionFrame, Take, TakeAudio  # noqa: E402


def main() -> None:
    """Turn DATA/utterances/NAME.npz into a take."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("name", help="of the utterance, as 00012")
    parser.add_argument("take", type=Path)
    chosen = parser.parse_args()
    with np.load(chosen.data / "utterances" / f"{chosen.name}.npz", allow_pickle=False) as file:
        arrays = dict(file)
    save_take(take_of(chosen.name, arrays), chosen.take)


def take_of(name: str, arrays: dict[str, np.ndarray]) -> Take:
    """The take of an utterance's arrays."""
    fps = float(arrays["frame_rate_hz"])
    weights = arrays["weights"].astype(np.float32)
    frames = [MotionFrame(k / fps, row) for k, row in enumerate(weights)]
    sound = (arrays["samples"] / np.float32(32768)).astype(np.float32)[:, None]
    return Take.from_frames(name, frames, fps, TakeAudio(sound, int(arrays["rate_hz"])), id=name)


if __name__ == "__main__":
    main()
