"""An avatar as a folder that the published MeGA code loads."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from avatar_core.errors import AssetError, AvatarError, WeightsError
from avatar_core.exchange.export_report import ExportReport
from avatar_core.exchange.new_folder import new_folder
from avatar_core.exchange.official_folder import CANONICAL_FILE, LATEST
from avatar_core.exchange.official_import import OFFICIAL_SECTION
from avatar_core.exchange.official_notes import hair_notes, paint_notes
from avatar_core.exchange.official_paint import checkpoint_paint
from avatar_core.exchange.tracked import shape_of, tracked_from_pose
from avatar_core.gaussians.cloud import DELETED, HIDDEN
from avatar_core.heads import neutral_parameters
from avatar_core.heads.flame import FlameHead
from avatar_core.io.arrays import arrays_to_npz
from avatar_core.io.atomic import atomic_write
from avatar_core.io.official_run import CONFIG_FILE, TRACKED_FILE
from avatar_core.mega.assets import TRACKED, derived_gaussians, model_of
from avatar_core.mega.bake import baked_asset
from avatar_core.mega.checkpoint import Checkpoint, write_checkpoint
from avatar_core.mega.cloned_skin import skin_of
from avatar_core.mega.official_config import OfficialConfig, shipped_values, yaml_of
from avatar_core.mega.official_networks import checkpoint_states
from avatar_core.project import FaceKind
from avatar_core.project.asset import RAW_HAIR
from avatar_core.project.mega_options import OFFICIAL

if TYPE_CHECKING:
    from pathlib import Path

    from avatar_core.geometry.shapes import AnyArray
    from avatar_core.hair.edited import EditedHair
    from avatar_core.mega.bake_texels import Step
    from avatar_core.mega.model import MegaModel
    from avatar_core.mega.networks import MegaConfig
    from avatar_core.project import AvatarAsset, Painting

_OFFICIAL_DISPLACEMENT = 256
_OFFICIAL_COEFFICIENTS = 16
_DIFFERENCES = {
    "four_point_hair": "Hair follows the scalp as one rigid piece here; the original lets it ride"
    " on four vertices.",
    "view_in_world": "The view texture was trained on the camera's place in the head's space; the"
    " original tells it the place in the world.",
    "raster_offset": "The face was trained without the original's magnification by the rounded"
    " raster size, and will sit up to three pixels off.",
    "mask_blurred": "The edge between hair and face is not blurred here; the original blurs it.",
    "mask_cleaned": "The mask between hair and face is that of training here; the original cleans"
    " it of specks in finished pictures.",
    "white_twice": "Soft hair is drawn once over white here; in the original it has a light"
    " fringe.",
}
"""What the original cannot be told, by the option that differs."""


def export_official(
    asset: AvatarAsset,
    folder: Path,
    painting: Painting | None = None,
    hair: EditedHair | None = None,
    step: Step = lambda _: None,
) -> ExportReport:
    """Write `checkpoint_latest.pth`, `params.yaml` and `flame_params.npz`, BGR as the original.

    An imported avatar that was not edited comes out bit for bit. Paint comes along in the basic
    texture; what of it is not baked yet is baked for the checkpoint.

    Args:
        asset: a neural avatar with a FLAME head, without what was painted and groomed.
        folder: a new or empty one.
        painting: what was painted on it, if anything.
        hair: its hair as edited, if it was.
        step: hears the share that is done of baking, 0..1; raising `Cancelled` in it stops the
            export.

    Raises:
        AssetError: the avatar's geometry cannot be carried over, the paint was baked for another
            face, or the folder cannot be written.
        WeightsError: its networks have a form that the original does not know.
    """
    head = _flame_head(asset)
    edited, edit_notes = _as_edited(asset, painting, hair, step)
    kept, notes = _without_deleted(_with_all_harmonics(edited))
    model = model_of(kept)
    values, config_notes = _config_values(kept, model)
    tracked, tracked_notes = _tracked(kept, model)
    canonical = model.canonical or neutral_parameters(head)
    checkpoint = Checkpoint(checkpoint_states(model.networks), _progress(kept))
    files: dict[str, Any] = {
        CONFIG_FILE: yaml_of(values).encode(),
        TRACKED_FILE: arrays_to_npz(tracked),
        CANONICAL_FILE: arrays_to_npz(tracked_from_pose(canonical, head.shape)),
    }
    with new_folder(folder) as place:
        with atomic_write(place / LATEST) as file:
            write_checkpoint(checkpoint, file)
        for name, data in files.items():
            with atomic_write(place / name) as file:
                file.write(data)
    said = (*notes, *edit_notes, *_notes_on(kept, model), *config_notes, *tracked_notes)
    return ExportReport(folder, (LATEST, *files), said)


def _as_edited(
    asset: AvatarAsset, painting: Painting | None, hair: EditedHair | None, step: Step
) -> tuple[AvatarAsset, list[str]]:
    """The avatar with paint and edited hair, and what a checkpoint cannot say of them."""
    notes = []
    if painting is not None:
        asset = skin_of(asset, painting)
        baked = checkpoint_paint(asset, painting, step)
        notes += paint_notes(painting, baked)
        if baked is not None:
            asset = baked_asset(asset, baked)
    if hair is not None:
        notes += hair_notes(hair)
        asset = replace(asset, hair=hair.cloud)
    return asset, notes


def _flame_head(asset: AvatarAsset) -> FlameHead:
    if asset.face.kind is not FaceKind.NEURAL:
        raise AssetError(
            f"'{asset.name}' has one plain texture and no networks that a checkpoint could hold.",
            "Export it as glTF, or its hair as Gaussians.",
        )
    if not isinstance(asset.head, FlameHead):
        raise AssetError(
            f"'{asset.name}' has no FLAME head: the published program draws FLAME's mesh only, and"
            " this avatar's textures belong to another one.",
            "Export it as glTF or its hair as Gaussians, or hand on the .avatar itself.",
        )
    return asset.head


def _with_all_harmonics(asset: AvatarAsset) -> AvatarAsset:
    """Hair of degree 3, the only one that the original loads; zeros change no picture."""
    sh = asset.hair.sh
    if f"{RAW_HAIR}_features_rest" in asset.face.weights or sh.shape[1] == _OFFICIAL_COEFFICIENTS:
        return asset
    padded = np.zeros((len(sh), _OFFICIAL_COEFFICIENTS, 3), np.float32)
    padded[:, : sh.shape[1]] = sh
    return replace(asset, hair=replace(asset.hair, sh=padded))


def _without_deleted(asset: AvatarAsset) -> tuple[AvatarAsset, list[str]]:
    deleted = (asset.hair.flags & DELETED) != 0
    if not deleted.any():
        return asset, []
    note = f"{int(deleted.sum())} deleted Gaussians are left out."
    return replace(asset, hair=asset.hair.subset(~deleted)), [note]


def _config_values(asset: AvatarAsset, model: MegaModel) -> tuple[dict[str, Any], list[str]]:
    """The configuration the avatar came with, or the shipped one with this avatar's sizes."""
    config = model.networks.config
    if config.disp_size != _OFFICIAL_DISPLACEMENT:
        raise WeightsError(
            f"'{asset.name}' has a displacement map of {config.disp_size} texels a side, where the"
            f" published program knows {_OFFICIAL_DISPLACEMENT} only.",
            "Train it with the official preset.",
        )
    section = asset.provenance.get(OFFICIAL_SECTION)
    values = section.get("config") if isinstance(section, dict) else None
    if isinstance(values, dict) and _describes(values, config):
        return dict(values), []
    note = f"The avatar was not imported: {CONFIG_FILE} is the published one with its sizes."
    return shipped_values(config, model.options, len(_flame_head(asset).shape)), [note]


def _describes(values: dict[str, Any], config: MegaConfig) -> bool:
    try:
        said = OfficialConfig.from_values(values, CONFIG_FILE)
    except AvatarError:
        return False
    names = ("n_expr", "tex_size", "tex_ch", "xyz_cond", "uv_freqs")
    hair = ("deform_layers", "deform_attr", "num_freqs") if config.gaussians else ()
    return all(getattr(said, name) == getattr(config, name) for name in names + hair)


def _tracked(asset: AvatarAsset, model: MegaModel) -> tuple[dict[str, AnyArray], list[str]]:
    head = _flame_head(asset)
    tracked = {
        name.removeprefix(TRACKED): values
        for name, values in asset.face.weights.items()
        if name.startswith(TRACKED)
    }
    if not tracked:
        pose = model.canonical or neutral_parameters(head)
        note = f"The avatar knows no tracked sequence: {TRACKED_FILE} holds one pose."
        return tracked_from_pose(replace(pose, shape=head.shape), head.shape), [note]
    if np.array_equal(shape_of(tracked), head.shape):
        return tracked, []
    tracked["shape"] = head.shape.reshape(tracked["shape"].shape)
    return tracked, [f"The head's identity was changed; {TRACKED_FILE} holds the new one."]


def _progress(asset: AvatarAsset) -> dict[str, int | str]:
    section = asset.provenance.get(OFFICIAL_SECTION)
    progress = section.get("progress") if isinstance(section, dict) else None
    if not isinstance(progress, dict):
        return {}
    return {str(key): value for key, value in progress.items() if isinstance(value, int | str)}


def _notes_on(asset: AvatarAsset, model: MegaModel) -> list[str]:
    options, hair = model.options, asset.hair
    notes = [
        text for name, text in _DIFFERENCES.items()
        if getattr(options, name) != getattr(OFFICIAL, name)
    ]  # fmt: skip
    if not options.pose_conditioned:
        notes.append(
            "The decoders hear of the eyes alone; the turns of head, neck and jaw got weights of"
            " zero."
        )
    derived = derived_gaussians(asset)
    if derived:
        colour = "" if hair.sh[:, 1:].any() else ", without view-dependent colour"
        notes.append(
            f"{derived} of {len(hair)} Gaussians were edited or never had raw parameters: theirs"
            f" are derived{colour}."
        )
    if options.foreign_hair:
        notes.append("The hair was made on another head; a checkpoint cannot say so.")
    if np.any(hair.flags & HIDDEN):
        notes.append("Hidden Gaussians are visible there; a checkpoint does not know hiding.")
    if any(values.dtype == np.float16 for values in asset.face.weights.values()):
        notes.append("Weights were kept in half precision; the checkpoint holds them in single.")
    notes += [
        f"The pose that the hair lives on is in {CANONICAL_FILE}: set data.canonical_flame_path to"
        " it, for it belongs to the data set there.",
        "The head's mesh is not in the folder; the original makes it from its own FLAME files.",
        "Name, description and provenance, the decoded look of the face, maps from ARKit and the"
        " optimizer's state are not in the folder.",
    ]
    return notes
