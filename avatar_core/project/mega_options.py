"""What differs between MeGA avatars of different makers; the importer or trainer sets it."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from avatar_core.errors import WeightsError

ATTRIBUTE_WIDTHS = {"xyz": 3, "rotation": 4, "scaling": 3, "opacity": 1, "features_dc": 3}
"""Width of each attribute of the hair that its deformation may change, by its official name."""


@dataclass(frozen=True, slots=True)
class MegaOptions:
    """Named options; the defaults are ours, `OFFICIAL` has the published model's.

    Args:
        pose_conditioned: the decoders are told the turns of head, neck, jaw and eyes; ours hear of
            the eyes alone.
        four_point_hair: hair rides on the affine map through four scalp vertices; ours on the
            least-squares rigid map of all of them.
        view_in_world: the view decoder is told the camera's place in the world; ours its place in
            the head's space, where light and gloss are fixed.
        raster_offset: the face is rasterised at a size rounded up to multiples of 8 and cropped.
        mask_blurred: the blend's mask is blurred.
        mask_cleaned: finished pictures take the blend's mask from the second near depth and clean
            it of specks, as the published ones do; ours are drawn with the mask they were trained
            with, which keeps thin locks.
        free_unmasked: hair is never masked where no mesh is.
        white_twice: soft hair is put on white before it is weighed by its alpha again.
        surface_conditioned: the pixel decoder is told the place in the world.
        eyes_moved: the displacement decoder also moves and scales the eyeballs.
        view_dependent_hair: the hair's harmonics above the constant one are drawn; the published
            model stores them and draws them while it trains the hair alone.
        foreign_hair: the hair was made on another head, and the blend goes by its first solid
            Gaussian: `BlendMode.FOREIGN_HAIR`.
        undisplaced_parts: parts of a FLAME head that keep their place, besides the eyeballs.
        deform_attributes: what the hair's deformation changes, in the order of its outputs.
    """

    pose_conditioned: bool = False
    four_point_hair: bool = False
    view_in_world: bool = False
    raster_offset: bool = False
    mask_blurred: bool = True
    mask_cleaned: bool = False
    free_unmasked: bool = True
    white_twice: bool = False
    surface_conditioned: bool = False
    eyes_moved: bool = False
    view_dependent_hair: bool = True
    foreign_hair: bool = False
    undisplaced_parts: tuple[str, ...] = ()
    deform_attributes: tuple[str, ...] = tuple(ATTRIBUTE_WIDTHS)

    def to_plain(self) -> dict[str, Any]:
        """As plain data, for files."""
        values = asdict(self)
        return {k: list(v) if isinstance(v, tuple) else v for k, v in values.items()}

    @classmethod
    def from_plain(cls, plain: dict[str, Any]) -> MegaOptions:
        """From plain data.

        Options that an older file does not name are those of its maker: the published model's
        where hair rides on four vertices, else ours.

        Raises:
            WeightsError: an option is unknown or of the wrong type.
        """
        known = {field.name: type(getattr(cls(), field.name)) for field in fields(cls)}
        values: dict[str, Any] = {
            name: tuple(v) if isinstance(v, list) else v for name, v in plain.items()
        }
        for name, value in values.items():
            if name not in known or not isinstance(value, known[name]):
                raise WeightsError(f"The avatar has an option this release does not know: {name}.")
        maker = OFFICIAL if values.get("four_point_hair") else cls()
        options = replace(maker, **values)
        if not all(isinstance(name, str) for name in options.undisplaced_parts):
            raise WeightsError("The avatar's undisplaced parts should be names.")
        if not all(name in list(ATTRIBUTE_WIDTHS) for name in options.deform_attributes):
            raise WeightsError("The avatar's hair deformation changes something unknown.")
        return options


OFFICIAL = MegaOptions(
    pose_conditioned=True,
    four_point_hair=True,
    view_in_world=True,
    raster_offset=True,
    mask_blurred=True,
    mask_cleaned=True,
    free_unmasked=False,
    white_twice=True,
    view_dependent_hair=False,
)
"""What the published weights were trained with."""
