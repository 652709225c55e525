"""A performance as curves: ARKit's units as a table and as arrays, and FLAME's parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from avatar_core.exchange.export_report import ExportReport
from avatar_core.exchange.new_folder import new_folder
from avatar_core.heads.flame import FlameHead
from avatar_core.io.arrays import arrays_to_npz
from avatar_core.io.atomic import atomic_write
from avatar_core.io.file_names import safe_name
from avatar_core.io.flame_sequence import write_flame_sequence
from avatar_core.io.flame_takes import flame_from_take
from avatar_core.io.live_link_csv import save_live_link_csv
from avatar_core.io.take_file import save_take
from avatar_core.motion import ARKIT_UNITS, with_corrections_baked
from avatar_core.motion.gaze import with_gaze_weights

if TYPE_CHECKING:
    from pathlib import Path

    from avatar_core.geometry.shapes import AnyArray
    from avatar_core.motion import Take
    from avatar_core.project import AvatarAsset

_GAP = 3.0
"""Usual steps between two frames that are a gap."""


def export_curves(asset: AvatarAsset, folder: Path, take: Take) -> ExportReport:
    """Write a take as it plays: `.csv` of Live Link Face, `.npz` of arrays, `.take`, FLAME `.npz`.

    The arrays are `times_s` [T], `unit_names` [52], `weights` [T, 52], `head_rotation` [T, 3]
    (axis-angle, radians), `head_translation` [T, 3] metres, `confidence` [T], `fps`, and where
    there is one `gaze` [T, 2, 2] (yaw, pitch) radians, which the eyeLook weights tell too.

    Args:
        asset: whose FLAME head the parameters are for, if it has one.
        folder: a new or empty one.
        take: the performance.

    Raises:
        AssetError: there are files in the folder, or it cannot be written.
    """
    name = safe_name(take.name)
    files = [f"{name}.csv", f"{name}.npz", f"{name}.take"]
    notes = ["Markers and sound are in the .take only; the .csv has no place of the head either."]
    with new_folder(folder) as place:
        save_live_link_csv(take, place / files[0])
        with atomic_write(place / files[1]) as file:
            file.write(arrays_to_npz(curve_arrays(take)))
        save_take(take, place / files[2])
        head = asset.head
        if isinstance(head, FlameHead) and head.arkit_to_expression is not None:
            files.append(f"{name}_flame.npz")
            write_flame_sequence(flame_from_take(take, head), place / files[-1])
        else:
            notes.append("FLAME parameters are left out, since the avatar has no FLAME head.")
    return ExportReport(folder, tuple(files), (*notes, *curve_notes(take)))


def curve_notes(take: Take) -> list[str]:
    """What other programs may stumble over in a performance, in sentences."""
    notes = []
    unseen = int((take.confidence == 0).sum())
    if unseen:
        notes.append(
            f"In {unseen} of {len(take)} frames no face was seen; they hold the last pose."
        )
    weights = with_corrections_baked(take).weights
    beyond = int(((weights < 0) | (weights > 1)).any(axis=1).sum())
    if beyond:
        notes.append(f"In {beyond} frames a unit leaves the range of 0 to 1.")
    still = [unit for unit, values in zip(ARKIT_UNITS, weights.T, strict=True) if not values.any()]
    if len(still) == len(ARKIT_UNITS):
        notes.append("No unit of the face moves in this take.")
    uneven = np.diff(take.times_s)
    if len(uneven) and uneven.max() > _GAP * np.median(uneven):
        notes.append(f"There is a gap of {uneven.max():.2f} s between two frames.")
    return notes


def curve_arrays(take: Take) -> dict[str, AnyArray]:
    """What plays, as arrays by name, see `export_curves`."""
    played = with_corrections_baked(take)
    weights = played.weights
    arrays: dict[str, AnyArray] = {}
    if played.gaze is not None:
        weights = with_gaze_weights(weights, played.gaze)
        arrays["gaze"] = played.gaze
    return {
        "times_s": played.times_s,
        "unit_names": np.array(ARKIT_UNITS, np.str_),
        "weights": weights,
        "head_rotation": played.head_rotation,
        "head_translation": played.head_translation,
        "confidence": played.confidence,
        "fps": np.array(played.fps),
        **arrays,
    }
