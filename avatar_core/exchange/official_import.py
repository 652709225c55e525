"""An avatar from an official MeGA run and the user's own FLAME files."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from avatar_core.errors import WeightsError
from avatar_core.exchange.official_folder import OfficialFolder, read_official_folder
from avatar_core.exchange.tracked import shape_of
from avatar_core.io.flame_files import FlameLayout, FlameReading, read_flame_head
from avatar_core.io.flame_units import FLAME_LICENCE, with_units
from avatar_core.mega.assets import TRACKED, asset_of
from avatar_core.mega.checkpoint import Checkpoint, read_checkpoint
from avatar_core.mega.model import MegaModel
from avatar_core.mega.official_networks import networks_of
from avatar_core.project.mega_options import OFFICIAL, MegaOptions

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from avatar_core.io.flame_sources import FlameSources
    from avatar_core.project import AvatarAsset

OFFICIAL_SECTION = "official"
"""Where an avatar's provenance keeps what export needs."""

_NO_MAP = (
    "FLAME's expressions have no names, and without landmarks none can be given to them: driven by"
    " a camera or by sliders the avatar turns its head only."
)
_MAP = (
    "FLAME's expressions have no names: camera and sliders reach them through a map that was fitted"
    " to the 68 landmarks of the bundled head, which is close but not exact."
)
_NAME_LETTERS = 100


@dataclass(frozen=True, slots=True)
class OfficialChoices:
    """What can be chosen where the files leave a choice.

    Args:
        checkpoint: which one of the folder; None for the best.
        hair_from: a checkpoint whose canonical Gaussians replace the run's own.
        canonical: the `.npz` of the frame that the hair was fitted on; None to look for it.
        mask_blurred: whether the blend's mask is blurred; None to tell by the run's age.
        name: what the library calls the avatar; empty for the folder's name.
    """

    checkpoint: Path | None = None
    hair_from: Path | None = None
    canonical: Path | None = None
    mask_blurred: bool | None = None
    name: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class ImportReport:
    """An imported avatar and what is to be said about it.

    Args:
        asset: the avatar.
        warnings: sentences; what was missed, assumed or left out.
        used_files: everything that was read.
    """

    asset: AvatarAsset
    warnings: tuple[str, ...]
    used_files: tuple[Path, ...]


def import_official(
    folder: Path,
    flame: FlameSources,
    choices: OfficialChoices | None = None,
    cache: Path | None = None,
    step: Callable[[float, str], None] = lambda _fraction, _text: None,
) -> ImportReport:
    """Make an avatar of an official checkpoint.

    Args:
        folder: with `checkpoint_*.pth`, `params.yaml` and `flame_params.npz`.
        flame: the user's FLAME files, from `io.flame_sources.find_flame_sources`.
        choices: see `OfficialChoices`.
        cache: where built heads are kept; None for the user's data folder.
        step: hears how far it is, 0..1, and what comes next; what it raises ends the import.

    Raises:
        AssetError, WeightsError: a file is missing, damaged, hostile, or does not fit; the
            sentence names the culprit, and nothing has been executed or written.
    """
    choices = choices or OfficialChoices()
    step(0.0, "Reading the checkpoint")
    source = read_official_folder(folder, choices.checkpoint, choices.canonical)
    checkpoint, warnings, used = _with_other_hair(source, choices)
    config = source.config
    networks = networks_of(checkpoint, config, f"'{source.checkpoint_path.name}'")
    layout = FlameLayout(config.n_shape, config.n_expr, config.is_subdivided, config.has_teeth)
    step(0.3, "Building the head from your FLAME files")
    reading = read_flame_head(flame, layout, cache)
    step(0.6, "Fitting the expression units")
    head = with_units(replace(reading.head, shape=shape_of(source.tracked)))
    options = _options(source, reading, choices)
    step(0.8, "Putting the avatar together")
    model = MegaModel.of(head, networks, options, source.canonical)
    name = (choices.name or folder.resolve().name)[:_NAME_LETTERS]
    asset = asset_of(
        model,
        name,
        f"Imported from an official MeGA run, {source.checkpoint_path.name}.",
        _provenance(source, checkpoint),
        exact=True,
    )
    tracked = {f"{TRACKED}{key}": values for key, values in source.tracked.items()}
    face = replace(asset.face, weights={**asset.face.weights, **tracked})
    told = _NO_MAP if head.arkit_to_expression is None else _MAP
    said = (*source.warnings, *warnings, *reading.warnings, told, FLAME_LICENCE)
    return ImportReport(
        replace(asset, face=face), said, (*source.used_files, *used, *reading.used_files)
    )


def _with_other_hair(
    source: OfficialFolder, choices: OfficialChoices
) -> tuple[Checkpoint, tuple[str, ...], tuple[Path, ...]]:
    if choices.hair_from is None:
        return source.checkpoint, (), ()
    other = read_checkpoint(choices.hair_from)
    if other.gaussian_count == 0:
        raise WeightsError(f"'{choices.hair_from.name}' holds no hair.", "Name another checkpoint.")
    states = {**source.checkpoint.states, "canonical_gs": other.states["canonical_gs"]}
    said = (
        f"The hair's {other.gaussian_count} Gaussians come from '{choices.hair_from}'; their"
        " deformation is that of the run.",
    )
    return replace(source.checkpoint, states=states), said, (choices.hair_from,)


def _options(
    source: OfficialFolder, reading: FlameReading, choices: OfficialChoices
) -> MegaOptions:
    config = source.config
    blurred = choices.mask_blurred
    return replace(
        OFFICIAL,
        four_point_hair=reading.has_exact_scalp,
        mask_blurred=not config.is_blur_older if blurred is None else blurred,
        surface_conditioned=config.xyz_cond,
        eyes_moved=config.move_eyes,
        undisplaced_parts=config.still_parts,
        deform_attributes=config.deform_attr,
    )


def _provenance(source: OfficialFolder, checkpoint: Checkpoint) -> dict[str, object]:
    return {
        "made_by": "import of an official MeGA checkpoint",
        "licence": "FLAME: its makers' licence, not to be passed on; weights: their trainer's",
        OFFICIAL_SECTION: {
            "checkpoint": source.checkpoint_path.name,
            "config": source.config.values,
            "progress": checkpoint.progress,
        },
    }
