"""The textures of a face as pictures: with paint and without, and every layer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from avatar_core.exchange.export_report import ExportReport, Step, unheard
from avatar_core.exchange.face_texture import face_picture
from avatar_core.exchange.new_folder import new_folder
from avatar_core.io.file_names import safe_name
from avatar_core.io.open_raster import write_open_raster
from avatar_core.io.paint_pictures import save_pixels, save_raster
from avatar_core.project.asset import FaceKind

if TYPE_CHECKING:
    from pathlib import Path

    from avatar_core.project import AvatarAsset, Painting

_LAYERS = "layers.ora"


def export_textures(
    asset: AvatarAsset, folder: Path, painting: Painting | None = None, step: Step = unheard
) -> ExportReport:
    """Write `face.png` and, where there is paint, `bare.png`, `layers.ora` and every layer.

    All are sRGB over the head's atlas, top row first. Layers are PNG of 16 bits a channel.

    Args:
        asset: without paint.
        folder: a new or empty one.
        painting: what was painted on it, if anything.
        step: hears of the progress.

    Raises:
        AssetError: there are files in the folder, or it cannot be written.
        WeightsError: the weights of a neural face do not fit.
        Cancelled: by `step`.
    """
    step(0.0, "Painting the face")
    picture = face_picture(asset, painting)
    files = ["face.png"]
    notes = list(picture.notes)
    with new_folder(folder) as place:
        save_pixels(place / files[0], picture.pixels)
        if asset.face.kind is FaceKind.NEURAL:
            save_pixels(place / "neutral.png", asset.face.texture)
            files.append("neutral.png")
            notes.append("neutral.png is the bare face as it looks at rest, from the front.")
        if painting is not None and painting.layers:
            step(0.4, "Writing the layers")
            save_pixels(place / "bare.png", picture.bare)
            write_open_raster(place / _LAYERS, painting, picture.pixels)
            files += ["bare.png", _LAYERS, *_write_layers(painting, place, step)]
    return ExportReport(folder, tuple(files), tuple(notes))


def _write_layers(painting: Painting, place: Path, step: Step) -> list[str]:
    """Every layer that holds a picture, by number and name."""
    files = []
    for number, layer in enumerate(painting.layers.values(), start=1):
        step(0.5 + 0.5 * number / len(painting.layers), layer.name)
        if layer.raster is not None:
            files.append(f"layer_{number:02d}_{safe_name(layer.name)}.png")
            save_raster(place / files[-1], layer.raster)
    return files
