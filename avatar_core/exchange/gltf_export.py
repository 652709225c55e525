"""An avatar as `.glb`: head, texture, 52 morph targets, hair as Gaussians, a performance.

Axes and unit are glTF's own: y up, the face towards +z, metres.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from avatar_core.errors import AssetError
from avatar_core.exchange.export_report import ExportReport, Step, unheard
from avatar_core.exchange.face_texture import face_picture
from avatar_core.exchange.gaussian_export import hair_to_export
from avatar_core.exchange.gltf_animation import MovedNodes, add_animation
from avatar_core.exchange.gltf_hair import SPLATTING, add_hair
from avatar_core.exchange.gltf_head import (
    add_face_material,
    add_head,
    add_neck,
    head_mesh,
    unit_deltas,
)
from avatar_core.gaussians.cloud import DELETED
from avatar_core.geometry.mesh_lint import mesh_notes, target_notes
from avatar_core.heads.neck import neck_skin
from avatar_core.io.gltf import GltfBuilder
from avatar_core.mega import build
from avatar_core.motion import ARKIT_UNITS, MotionFrame

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from avatar_core.exchange.face_texture import FacePicture
    from avatar_core.exchange.gltf_head import HeadMesh
    from avatar_core.frame import AvatarFrame
    from avatar_core.geometry import UInt8
    from avatar_core.hair.edited import EditedHair
    from avatar_core.heads.neck import NeckSkin
    from avatar_core.project import AvatarAsset, Painting

SUFFIX = ".glb"


@dataclass(frozen=True, slots=True, eq=False)
class GltfSubject:
    """Who is exported.

    Args:
        asset: in the hairstyle that is worn, without edits and paint.
        hair: the hair as edited, if it was.
        painting: what was painted, if anything.
        with_hair: write the hair as Gaussians beside the head.
    """

    asset: AvatarAsset
    hair: EditedHair | None = None
    painting: Painting | None = None
    with_hair: bool = True

    @property
    def has_hair(self) -> bool:
        whole = self.asset.hair if self.hair is None else self.hair.cloud
        return self.with_hair and bool(((whole.flags & DELETED) == 0).any())


def export_gltf(
    subject: GltfSubject,
    path: Path,
    take: tuple[str, Sequence[MotionFrame]] | None = None,
    step: Step = unheard,
) -> ExportReport:
    """Write the avatar at rest, with its 52 morph targets and, if wanted, a performance.

    Args:
        subject: who.
        path: a `.glb`; one that is there already is replaced whole or not at all.
        take: name and frames of a performance to animate it with.
        step: hears of the progress.

    Raises:
        AssetError: the file has another suffix or cannot be written, or skin that was copied does
            not belong to the face.
        WeightsError: the weights of a neural face do not fit.
        Cancelled: by `step`.
    """
    _expect_suffix(path)
    avatar = build(subject.asset)
    rest = avatar.evaluate(MotionFrame())
    deltas = unit_deltas(avatar, rest.vertices, lambda done, text: step(0.7 * done, text))
    step(0.7, "Painting the texture")
    picture = face_picture(subject.asset, subject.painting)
    mesh = head_mesh(subject.asset.head.topology, rest.vertices)
    skin = neck_skin(subject.asset.head)
    gltf = GltfBuilder()
    material = add_face_material(gltf, picture.pixels)
    bust, neck, skinned = add_neck(gltf, skin, subject.asset.name)
    head_node = gltf.add(
        "nodes", name="Head", mesh=add_head(gltf, mesh, material, deltas, skin), skin=skinned
    )
    notes = [*picture.notes, *mesh_notes(mesh.vertices, mesh.faces, mesh.uv)]
    notes += target_notes(deltas, ARKIT_UNITS)
    if subject.has_hair:
        step(0.8, "Writing the hair")
        notes += _hang_hair(gltf, subject, rest, neck, skin)
    if take is not None:
        name, frames = take
        add_animation(gltf, name, frames, MovedNodes(head_node, neck, bust))
        notes.append(f"'{name}' is an animation of {len(frames)} frames.")
    gltf.set_roots([bust, head_node])
    step(0.9, "Writing the file")
    gltf.write(path, subject.asset.name, **_about(subject.asset))
    return ExportReport(path.parent, (path.name,), (*_told(subject), *notes))


def export_posed_gltf(
    subject: GltfSubject, path: Path, frame: AvatarFrame, picture: FacePicture | None = None
) -> ExportReport:
    """Write the avatar as it is at a moment: a mesh without morph targets, hair as it lies then.

    Args:
        subject: who.
        path: a `.glb`; one that is there already is replaced whole or not at all.
        frame: evaluated for the subject's asset.
        picture: see `face_picture`; made when left out, which takes a moment.

    Raises:
        AssetError: as `export_gltf`.
        WeightsError: as `export_gltf`.
    """
    _expect_suffix(path)
    picture = picture or face_picture(subject.asset, subject.painting)
    mesh = head_mesh(subject.asset.head.topology, frame.vertices)
    gltf = GltfBuilder()
    roots = [_still_head(gltf, mesh, picture.pixels)]
    notes = [*picture.notes, *mesh_notes(mesh.vertices, mesh.faces, mesh.uv), head_moment(frame)]
    if subject.has_hair:
        hair = hair_to_export(subject.asset, subject.hair, frame)
        roots.append(gltf.add("nodes", name="Hair", mesh=add_hair(gltf, hair.cloud)))
        notes += hair.notes
    gltf.set_roots(roots)
    gltf.write(path, subject.asset.name, **_about(subject.asset))
    return ExportReport(path.parent, (path.name,), (*_told(subject), *notes))


def head_moment(frame: AvatarFrame) -> str:
    """When a head was written, in a sentence."""
    return f"The head is as at {frame.motion.time_s:.3f} s, without morph targets."


def _hang_hair(
    gltf: GltfBuilder, subject: GltfSubject, rest: AvatarFrame, neck: int, skin: NeckSkin
) -> list[str]:
    """Hair that follows the neck, and what there is to say of it."""
    # As it lies on the head that is written, which its deformation at rest belongs to.
    hair = hair_to_export(subject.asset, subject.hair, rest)
    back = [-float(part) for part in skin.joint]
    node = gltf.add("nodes", name="Hair", mesh=add_hair(gltf, hair.cloud), translation=back)
    gltf.entry("nodes", neck)["children"] = [node]
    return ["The hair turns with the head; how it deforms is not in the file.", *hair.notes]


def _still_head(gltf: GltfBuilder, mesh: HeadMesh, picture: UInt8) -> int:
    material = add_face_material(gltf, picture)
    return gltf.add("nodes", name="Head", mesh=add_head(gltf, mesh, material, {}, None))


def _told(subject: GltfSubject) -> tuple[str, ...]:
    if subject.has_hair:
        return (f"The hair is there as Gaussians by {SPLATTING}; programs without it show points.",)
    if subject.with_hair:
        return ("The avatar has no hair.",)
    return ("The hair is left out, as wished.",)


def _about(asset: AvatarAsset) -> dict[str, str]:
    licence = asset.provenance.get("licence")
    return {"copyright": licence} if isinstance(licence, str) and licence else {}


def _expect_suffix(path: Path) -> None:
    if path.suffix.lower() != SUFFIX:
        raise AssetError(
            f"{path.name} does not end in {SUFFIX}.", "Name the file that the avatar is to go to."
        )
