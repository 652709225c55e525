"""A complete run of the published painting procedure on the demo avatar, for `bench paint`.

python resources/bench/make_paint_baseline.py [--checkpoint FILE] [--out FILE] [--threads N]

Goes on from the checkpoint if there is one. Takes a quarter of an hour on one core.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import numpy as np
import torch

from avatar_core.bench.paint_bake import VIEW_PX, painted_errors
from avatar_core.bench.paint_baseline import EPOCHS, SETTINGS, OfficialPainting
from avatar_core.bench.paint_makeup import makeup
from avatar_core.bench.paint_views import PAINTED, held_out_views
from avatar_core.io.avatar_file import load_demo_avatar
from avatar_core.mega.assets import model_of
from avatar_core.training.threads import use_threads

_EVERY = 100


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--checkpoint", type=Path, default=Path("paint_baseline.pt"))
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "paint_baseline.json")
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    use_threads(arguments.threads)
    model = model_of(load_demo_avatar())
    paint = makeup(model)
    painting = OfficialPainting(model, paint)
    if arguments.checkpoint.exists():
        painting.restore(torch.load(arguments.checkpoint, weights_only=True))
    while painting.epoch < EPOCHS:
        loss = painting.run_epoch()
        if painting.epoch % _EVERY == 0:
            torch.save(painting.state(), arguments.checkpoint)
            sys.stdout.write(f"{painting.epoch} of {EPOCHS}, loss {loss:.5f}\n")
            sys.stdout.flush()
    views = held_out_views(model, paint, VIEW_PX)
    errors = painted_errors(painting.model, painting.texture.detach(), views)
    result = {
        "delta_e": round(float(errors.mean()), 3),
        "delta_e_p95": round(float(np.percentile(errors, 95)), 3),
        "settings": {
            **SETTINGS,
            "avatar": "demo:rosa",
            "paint": "bench.paint_makeup.makeup",
            "changed_texels": painting.changed_texels,
            "held_out_views": len(views),
            "held_out_px": VIEW_PX,
            "painted_from_coverage": PAINTED,
        },
    }
    arguments.out.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
