"""Check a finished capture against its own head; needs neither Blender nor MakeHuman.

python verify.py OUT/rosa [--overlay OVERLAY.png]
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
from synthetic_capture.views.check import SeriesReport, checked
from synthetic_capture.views.images import save_png


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path, help="of one identity")
    parser.add_argument("--overlay", type=Path, help="pictures with parts and landmarks drawn in")
    arguments = parser.parse_args()
    if not any(arguments.folder.glob("transforms_*.json")):
        parser.error(f"{arguments.folder} has no index; make one with capture.py --index")
    is_sound = True
    for report in checked(arguments.folder):
        sys.stdout.write(f"{_described(report)}\n")
        is_sound &= report.is_sound
        if arguments.overlay and report.overlays:
            stem = f"{arguments.overlay.stem}_{Path(report.name).stem}"
            save_png(np.concatenate(report.overlays, 1), arguments.overlay.with_stem(stem))
    return 0 if is_sound else 1


def _described(report: SeriesReport) -> str:
    if not report.overlaps:
        return f"{report.name}: no complete frame, {len(report.missing)} files missing"
    overlaps = np.array(report.overlaps)
    kind = "share of the mesh within alpha" if report.has_hair else "silhouettes, IoU"
    return (
        f"{report.name}: {len(overlaps)} frames, {len(report.missing)} files missing; "
        f"{kind}: least {overlaps.min():.4f}, mean {overlaps.mean():.4f}; "
        f"wrong depths in the worst frame: {max(report.wrong_depths):.1e}"
    )


if __name__ == "__main__":
    sys.exit(main())
