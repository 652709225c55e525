"""One avatar as training and the reference renderer see it: head, networks, layers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch
from torch import Tensor

from avatar_core.geometry import Float32, quat_from_matrix, rigid_fit
from avatar_core.geometry.raster_offset import magnified
from avatar_core.heads import neutral_parameters
from avatar_core.mega.decoders import tiled_view
from avatar_core.mega.hair import Seen
from avatar_core.mega.networks import Ablation, MegaNetworks
from avatar_core.mega.official_geometry import scalp_affine
from avatar_core.mega.surface import FaceLayer, HeadSurface, displaced_vertices, render_face
from avatar_core.project.mega_options import MegaOptions

if TYPE_CHECKING:
    from avatar_core.geometry import Camera
    from avatar_core.heads import HeadParameters, ParametricHead
    from avatar_core.mega.hair import RawGaussians


class PosedHead(NamedTuple):
    """A head in one pose, before anything learned.

    vertices [V, 3]; hair_from_canonical [3, 4], the least-squares rigid map of the scalp;
    expression [E]; driving [1, Z], the decoders' input.
    """

    vertices: Tensor
    hair_from_canonical: Tensor
    expression: Tensor
    driving: Tensor


class DecodedMaps(NamedTuple):
    """What the decoders make of B poses and views.

    view and dynamic [B, C, H, W], parts of the texture; displacement [B, 3, h, w] and left_eye and
    right_eye [B, 3], raw.
    """

    view: Tensor
    dynamic: Tensor
    displacement: Tensor
    left_eye: Tensor
    right_eye: Tensor


@dataclass(frozen=True, slots=True, eq=False)
class MegaModel:
    """A head with its learned parts.

    Args:
        head: the parametric head.
        surface: its mesh tables.
        networks: the learned parts.
        canonical_vertices: [V, 3] the head in whose space the Gaussians live.
        options: what differs between makers.
        canonical: the pose of `canonical_vertices`, or None for the neutral one.
    """

    head: ParametricHead
    surface: HeadSurface
    networks: MegaNetworks
    canonical_vertices: Float32
    options: MegaOptions
    canonical: HeadParameters | None = None

    @classmethod
    def of(
        cls,
        head: ParametricHead,
        networks: MegaNetworks,
        options: MegaOptions | None = None,
        canonical: HeadParameters | None = None,
    ) -> MegaModel:
        """A model whose hair lives on the given pose of the head; the neutral one by default."""
        vertices = head.pose(canonical or neutral_parameters(head))
        options = options or MegaOptions()
        surface = HeadSurface.of(head, len(vertices), options.undisplaced_parts)
        return cls(head, surface, networks, vertices, options, canonical)

    @property
    def device(self) -> torch.device:
        """Where the networks are, and with them every picture."""
        return self.networks.neural_texture.texture.device

    def to(self, device: torch.device | str) -> MegaModel:
        """The model on a device; the networks themselves move there."""
        return replace(self, surface=self.surface.to(device), networks=self.networks.to(device))

    def posed(self, parameters: HeadParameters) -> PosedHead:
        """The head under the given parameters."""
        values = (self.head.pose(parameters), parameters.expression, parameters.joints)
        vertices, expression, joints = (
            torch.tensor(np.asarray(value, np.float32), device=self.device) for value in values
        )
        return self.posed_as(vertices, expression, joints)

    def posed_as(self, vertices: Tensor, expression: Tensor, joints: Tensor) -> PosedHead:
        """A head that was posed elsewhere; gradients flow on to its vertices and its driving.

        The published decoders hear of root, neck, jaw and eyes, ours of the eyes alone: a head
        whose jaw opens by blendshape and whose capture holds it still would only teach the
        decoders to misread the others.

        Args:
            vertices: [V, 3] world, metres.
            expression: [E].
            joints: [5, 3] axis-angles, radians.
        """
        told = joints if self.options.pose_conditioned else joints[3:5]
        hair_map = self._hair_map(vertices.detach().cpu().numpy())
        return PosedHead(
            vertices,
            torch.from_numpy(hair_map).to(self.device),
            expression,
            torch.cat([expression, told.reshape(-1)])[None],
        )

    def _hair_map(self, vertices: Float32) -> Float32:
        scalp = self.surface.scalp_vertex_ids
        source, target = self.canonical_vertices[scalp], vertices[scalp]
        if self.options.four_point_hair:
            return scalp_affine(source, target)
        rotation, translation = rigid_fit(source, target)
        return np.concatenate([rotation, translation[:, None]], 1)

    def view_position(self, posed: PosedHead, camera: Camera) -> Tensor:
        """Camera centre [1, 3] in the canonical head's space, what the view decoder is told.

        The published model uses world space, for a head that hardly moves; light and gloss fixed
        to the head need the head's own.
        """
        position = torch.from_numpy(camera.position).to(self.device)
        if self.options.view_in_world:
            return position[None]
        rotation, translation = posed.hair_from_canonical[:, :3], posed.hair_from_canonical[:, 3]
        return (rotation.T @ (position - translation))[None]

    def seen(self, posed: PosedHead, camera: Camera) -> Seen | None:
        """From where the posed hair is seen; None when its colour does not depend on it."""
        degree = self.networks.canonical_gs.degree
        if degree == 0 or not self.options.view_dependent_hair:
            return None
        eye = torch.from_numpy(camera.position).to(self.device)
        return Seen(eye, posed.hair_from_canonical[:, :3], degree)

    def deformed_hair(
        self, posed: PosedHead, offsets: dict[str, Tensor] | None = None
    ) -> tuple[RawGaussians, dict[str, Tensor]]:
        """Hair in the posed head's space, and the deformation's offsets.

        The published model adds offsets in world axes and leaves every Gaussian's axes as they
        are, which shows as soon as a head turns; ours deforms the canonical hair and turns it
        with the head.

        Args:
            posed: the head's pose.
            offsets: what its expression does to the hair, where that is known already.
        """
        raw = self.networks.canonical_gs.raw()
        if offsets is None:
            offsets = self.networks.deform_mlp.offsets(raw.xyz, posed.expression)
        if self.options.four_point_hair:
            return raw.shifted(posed.hair_from_canonical, offsets), offsets
        deformed = raw.shifted(torch.eye(3, 4, device=self.device), offsets)
        turn = quat_from_matrix(posed.hair_from_canonical[:, :3].cpu().numpy())
        carried = deformed.shifted(posed.hair_from_canonical, {})
        return carried.turned(torch.from_numpy(turn).to(self.device)), offsets

    def decoded(self, posed: list[PosedHead], cameras: list[Camera]) -> DecodedMaps:
        """What the decoders make of B poses and views at once.

        In training, batch norm then takes its statistics over all of them.
        """
        views = torch.cat(
            [self.view_position(one, camera) for one, camera in zip(posed, cameras, strict=True)]
        )
        driving = torch.cat([one.driving for one in posed])
        networks = self.networks
        return DecodedMaps(
            networks.view_texture(tiled_view(views)),
            networks.dynamic_texture(driving),
            *networks.disp_decoder.decode(driving),
        )

    def displaced(self, posed: PosedHead, maps: DecodedMaps | None = None) -> Tensor:
        """[V, 3] the posed head's vertices with the decoded displacement, world, metres."""
        return displaced_vertices(
            self.surface,
            self.networks,
            posed.vertices,
            posed.driving,
            move_eyes=self.options.eyes_moved,
            decoded=None if maps is None else maps[2:],
        )

    def face(
        self,
        posed: PosedHead,
        camera: Camera,
        ablation: Ablation | None = None,
        *,
        with_basic: bool = False,
        texture_offset: Tensor | None = None,
        maps: DecodedMaps | None = None,
    ) -> tuple[FaceLayer, Tensor]:
        """The face layer and the displaced vertices.

        Args:
            posed: the head's pose.
            camera: the camera.
            ablation: parts to leave out.
            with_basic: also decode the basic texture alone.
            texture_offset: [1, C, H, W] added to the basic texture, for pictures taken under
                another condition (without hair, say).
            maps: what the decoders make of this pose and view, where that is known already; no
                part of them can be left out.
        """
        parts = ablation or Ablation()
        vertices = self.displaced(posed, maps) if parts.displacement else posed.vertices
        basic: Tensor = self.networks.neural_texture()
        if maps is not None:
            texture = basic + maps.view + maps.dynamic
        else:
            texture = self.networks.decoded_texture(
                posed.driving, self.view_position(posed, camera), parts
            )
        if texture_offset is not None:
            texture, basic = texture + texture_offset, basic + texture_offset
        layer = render_face(
            self.surface,
            self.networks,
            texture,
            vertices,
            self.face_camera(camera),
            basic_texture=basic if with_basic else None,
        )
        return layer, vertices

    def face_camera(self, camera: Camera) -> Camera:
        """The camera of the face layer: the given one, or its magnified twin, see `MegaOptions`."""
        return magnified(camera) if self.options.raster_offset else camera
