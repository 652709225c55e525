"""Edit hair by script: dye the tips, undoably, and save a project that the studio opens.

python resources/examples/dye_tips.py dyed.studio
"""

from __future__ import annotations

import sys

import numpy as np

import avatar_core
from avatar_core.commands import EditHair

COPPER = (0.72, 0.28, 0.12)


def dye(out: str, share: float = 0.3) -> int:
    """Dye the lowest share of the demo avatar's hair. Returns how many Gaussians that are."""
    session = avatar_core.Session()  # a new project, with the demo avatar
    canvas = avatar_core.HairCanvas(session.avatar.hair, session.project.hair_edits)
    height_m = canvas.means[:, 1]
    tips = np.flatnonzero(height_m < np.quantile(height_m, share)).astype(np.int32)
    canvas.recolour(tips, np.tile(np.array(COPPER, np.float32), (len(tips), 1)))
    session.push(EditHair.between(session.project, canvas.result(), "Dye the tips"))
    session.undo()  # every edit can be taken back ...
    session.redo()  # ... and done again
    session.save(out)
    return len(tips)


if __name__ == "__main__":
    dye(sys.argv[1] if len(sys.argv) > 1 else "dyed.studio")
