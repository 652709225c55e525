"""A contact sheet of a data set: a row for each person, a column for each frame."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
from PIL import Image


def main() -> None:
    """Write the sheet."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("root", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--rows", type=int, default=8)
    parser.add_argument("--columns", type=int, default=8)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--green", action="store_true", help="only the head, on green")
    args = parser.parse_args()
    index = json.loads((args.root / "people.json").read_text())
    names = [person["name"] for person in index["persons"]]
    there = [name for name in names if (args.root / name / "frames.npz").exists()]
    rows = []
    for name in there[args.first : args.first + args.rows]:
        with np.load(args.root / name / "frames.npz") as clip:
            images = clip["images"][: args.columns]
            if args.green:
                share = clip["masks"][: args.columns, ..., None] / 255
                images = (images * share + np.array([0, 255, 0]) * (1 - share)).astype(np.uint8)
            rows.append(np.concatenate(list(images), 1))
    Image.fromarray(np.concatenate(rows)).save(args.out)


if __name__ == "__main__":
    main()
