"""One optimiser step's losses, per stage."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np
import torch
from torch import Tensor

from avatar_core.heads.flame import FlameHead
from avatar_core.mega.blend import BlendMode, occlusion_mask
from avatar_core.mega.hair import Seen
from avatar_core.mega.reference_renderer import blend
from avatar_core.raster.meshes import rasterize_mesh
from avatar_core.raster.splats import MEGA_RULE, SplatImage, rasterize_splats
from avatar_core.training import losses
from avatar_core.training.mesh_terms import (
    MeshTables,
    edge_length_term,
    laplacian_term,
    normal_term,
    scalp_shrink_term,
)

if TYPE_CHECKING:
    from avatar_core.geometry import Camera, Float32
    from avatar_core.mega.model import DecodedMaps, MegaModel, PosedHead
    from avatar_core.mega.networks import Ablation
    from avatar_core.mega.surface import FaceLayer
    from avatar_core.training.captures import Picture
    from avatar_core.training.settings import LossWeights

_MM = 1000.0
_ERODE_PX = 5
_MOSTLY = 0.5
_UPPER_SCALP = "shrink_scalp"
_MOUTH_PARTS = ("teeth_upper", "teeth_lower", "teeth", "gums", "tongue", "mouth_inside")

Terms = dict[str, Tensor]
"""Weighted losses by name; their sum is minimised."""


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """One picture to learn from: what was seen, from where, in which pose.

    `maps` is what the decoders made of pose and view, where several pictures were decoded at once.
    """

    posed: PosedHead
    camera: Camera
    picture: Picture
    bald: bool
    maps: DecodedMaps | None = None


def canonical_hair(model: MegaModel, camera: Camera, degree: int) -> SplatImage:
    """The hair as it is on the canonical head, with harmonics up to a degree."""
    raw = model.networks.canonical_gs.raw()
    eye = torch.from_numpy(camera.position).to(model.device)
    seen = Seen(eye, torch.eye(3, device=model.device), degree)
    return rasterize_splats(*raw.activated(seen), camera, rule=MEGA_RULE)


def hair_terms(model: MegaModel, sample: Sample, hair: SplatImage, weights: LossWeights) -> Terms:
    """Hair stage: the canonical Gaussians against the hair of neutral pictures.

    Args:
        model: the avatar.
        sample: one picture.
        hair: from `canonical_hair`, seen by the picture's camera.
        weights: of the losses.
    """
    head = rasterize_mesh(sample.posed.vertices, model.surface.faces, sample.camera)
    head_depth = torch.from_numpy(head.depths).to(model.device)
    visible = occlusion_mask(head_depth * _MM, hair.near[..., 0] * _MM)
    return _hair_picture_terms(hair, visible, sample.picture, weights)


def head_terms(model: MegaModel, sample: Sample, tables: MeshTables, weights: LossWeights) -> Terms:
    """Head stage: the face against pictures without hair."""
    face, vertices = model.face(sample.posed, sample.camera, with_basic=True, maps=sample.maps)
    wanted = _without_hair(sample.picture, model.device)
    basic = face.rgb if face.basic_rgb is None else face.basic_rgb
    terms = {
        "rgb": weights.rgb * _picture_loss(face.rgb, wanted, weights),
        "basic": weights.basic * _picture_loss(basic, wanted, weights),
        "edges": weights.edges * edge_length_term(tables, vertices, sample.posed.vertices),
        "mesh_normal": weights.mesh_normal * normal_term(tables, vertices),
        "laplacian": weights.laplacian * laplacian_term(tables, vertices - sample.posed.vertices),
    }
    if weights.scalp_shrink:
        shrink = _scalp_shrink(model, sample, tables, face, vertices)
        terms["shrink"] = weights.scalp_shrink * shrink
    return terms | _depth_terms(face, sample.picture, weights)


def joint_terms(
    model: MegaModel,
    sample: Sample,
    weights: LossWeights,
    neighbours: Tensor,
    bald_offset: Tensor,
    parts: Ablation,
) -> Terms:
    """Joint stage: the blended picture, the hair alone, and the deformation kept gentle."""
    wanted = _image(sample.picture, model.device)
    offset = bald_offset if sample.bald else None
    face, _ = model.face(
        sample.posed, sample.camera, parts, texture_offset=offset, maps=sample.maps
    )
    mouth = {}
    if weights.mouth:
        mouth = {"mouth": weights.mouth * _mouth_colour(model, face, wanted)}
    if sample.bald:
        return {"bald": _picture_loss(face.rgb, wanted, weights)} | mouth
    posed_hair, offsets = model.deformed_hair(sample.posed)
    splats = posed_hair.activated(model.seen(sample.posed, sample.camera))
    hair = rasterize_splats(*splats, sample.camera, rule=MEGA_RULE)
    blended = blend(face, hair, BlendMode.TRAIN, model.options, hard=not parts.soft_blend)
    visible = occlusion_mask(face.depth_mm.detach(), hair.near[..., 0] * _MM)
    terms = {"joint": weights.rgb * _picture_loss(blended.rgb[0], wanted, weights)}
    if weights.scalp_colour:
        terms["scalp"] = weights.scalp_colour * _scalp_colour(model, face, sample.picture)
    terms |= mouth
    if weights.joint_face:
        terms["face"] = weights.joint_face * _picture_loss(face.rgb, wanted, weights)
    terms |= _hair_picture_terms(hair, visible, sample.picture, weights)
    if neighbours.numel():
        terms |= _deformation_terms(model, offsets, neighbours, weights)
    return terms


def _hair_picture_terms(
    hair: SplatImage, visible: Tensor, picture: Picture, weights: LossWeights
) -> Terms:
    if picture.hair is None:
        return {}
    device = hair.rgb.device
    mask = torch.from_numpy(picture.hair).to(device)
    on_white = hair.rgb + (1 - hair.alpha)[..., None]
    inside = mask[..., None]
    rendered = on_white * inside + (1 - inside)
    wanted = _image(picture, device) * inside + (1 - inside)
    drawn = (hair.alpha * visible).detach().cpu().numpy()
    eroded, distance = (part.to(device) for part in _hair_shape(picture.hair, drawn))
    return {
        "hair": weights.rgb_hair * _picture_loss(rendered, wanted, weights),
        "silhouette": weights.silhouette
        * losses.silhouette_loss(hair.alpha * visible, mask, distance),
        "solid": weights.solid_hair * losses.solid_hair_loss(hair.alpha, eroded),
    }


def _hair_shape(mask: Float32, drawn: Float32) -> tuple[Tensor, Tensor]:
    """The eroded hair mask, and squared distances [px^2] from drawn hair to true hair."""
    solid = (mask > 0.5).astype(np.uint8)
    eroded = cv2.erode(solid, np.ones((_ERODE_PX, _ERODE_PX), np.uint8))
    distance = cv2.distanceTransform(1 - solid, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    distance = np.where(drawn > 0, distance**2, 0.0).astype(np.float32)
    return torch.from_numpy(eroded.astype(np.float32)), torch.from_numpy(distance)


def _depth_terms(face: FaceLayer, picture: Picture, weights: LossWeights) -> Terms:
    if picture.depth_m is None:
        return {}
    wanted = torch.from_numpy(picture.depth_m).to(face.depth_mm.device) * _MM
    known = (wanted > 0) & (face.valid > 0)
    depth = losses.depth_loss(face.depth_mm, wanted, known.float(), weights.depth_threshold_mm)
    if weights.normal == 0:
        return {"depth": weights.depth * depth}
    near = known & ((face.depth_mm.detach() - wanted).abs() < weights.depth_threshold_mm)
    normals = losses.normals_from_depth(torch.stack([face.depth_mm, wanted]))
    kept = near[..., None].float()
    normal = losses.colour_distance(normals[0] * kept, normals[1] * kept)
    return {"depth": weights.depth * depth, "normal": weights.normal * normal}


def _scalp_colour(model: MegaModel, face: FaceLayer, picture: Picture) -> Tensor:
    """Scalp under the hair takes the hair's colour, so that gaps do not shine."""
    if picture.hair is None:
        return torch.zeros((), device=model.device)
    scalp = np.isin(model.surface.faces, model.surface.scalp_vertex_ids).all(1)
    on_scalp = torch.from_numpy(scalp).to(model.device)[face.covered.face_ids.long()]
    rows, columns = face.covered.rows[on_scalp], face.covered.columns[on_scalp]
    weight = torch.from_numpy(picture.hair).to(model.device)[rows, columns][:, None]
    wanted = _image(picture, model.device)[rows, columns]
    return losses.colour_distance(face.rgb[rows, columns] * weight, wanted * weight)


def _mouth_colour(model: MegaModel, face: FaceLayer, wanted: Tensor) -> Tensor:
    """Teeth and tongue once more: few pixels, which a mean over the picture hardly hears."""
    inner = torch.from_numpy(_mouth_faces(model)).to(model.device)[face.covered.face_ids.long()]
    rows, columns = face.covered.rows[inner], face.covered.columns[inner]
    away = (face.rgb[rows, columns] - wanted[rows, columns]).square().sum(-1)
    return (away + 1e-12).sqrt().sum() / face.valid.numel()


def _mouth_faces(model: MegaModel) -> np.ndarray:
    topology = model.head.topology
    inner = [i for i, name in enumerate(topology.part_names) if name in _MOUTH_PARTS]
    mask: np.ndarray = np.isin(topology.face_part, inner)
    return mask


def _scalp_shrink(
    model: MegaModel, sample: Sample, tables: MeshTables, face: FaceLayer, vertices: Tensor
) -> Tensor:
    """Scalp that the picture's hair covers, and the upper scalp of a FLAME head, drawn inwards."""
    hidden = face.covered.face_ids[:0]
    if sample.picture.hair is not None:
        hair = torch.from_numpy(sample.picture.hair).to(model.device) > _MOSTLY
        hidden = face.covered.face_ids[hair[face.covered.rows, face.covered.columns]]
    parts = model.head.mesh.parts if isinstance(model.head, FlameHead) else {}
    upper = parts.get(_UPPER_SCALP, np.zeros(0, np.int32))
    inner = torch.from_numpy(upper.astype(np.int64)).to(model.device)
    scalp = torch.from_numpy(model.surface.scalp_vertex_ids.astype(np.int64)).to(model.device)
    centre = sample.posed.vertices.index_select(0, scalp).mean(0)
    return scalp_shrink_term(tables, vertices, centre, hidden, inner)


def _deformation_terms(
    model: MegaModel, offsets: dict[str, Tensor], neighbours: Tensor, weights: LossWeights
) -> Terms:
    raw = model.networks.canonical_gs.raw()
    still = torch.eye(3, 4, device=model.device)
    canonical, moved = raw.activated(), raw.shifted(still, offsets).activated()
    gentle = [value.norm(dim=-1).mean() for name, value in offsets.items() if name != "xyz"]
    before = losses.covariances(canonical.quats.detach(), canonical.scales.detach())
    after = losses.covariances(moved.quats, moved.scales)
    return {
        "deform": weights.deform_attribute * torch.stack(gentle).sum()
        if gentle
        else torch.zeros((), device=model.device),
        "neighbours": weights.neighbour_xyz
        * losses.neighbour_loss(canonical.means.detach(), moved.means, neighbours),
        "neighbour_shapes": weights.neighbour_covariance
        * losses.neighbour_loss(before, after, neighbours),
    }


def _picture_loss(rendered: Tensor, wanted: Tensor, weights: LossWeights) -> Tensor:
    return losses.picture_loss(rendered, wanted, weights.ssim, weights.squared)


def _image(picture: Picture, device: torch.device) -> Tensor:
    return torch.from_numpy(picture.image).to(device)


def _without_hair(picture: Picture, device: torch.device) -> Tensor:
    image = _image(picture, device)
    if picture.hair is None:
        return image
    hair = torch.from_numpy(picture.hair).to(device)[..., None]
    return image * (1 - hair) + hair
