"""The only module that knows Blender: mesh, strands, lights, camera, Cycles.

Metres, y up throughout. bpy is GPL-3.0; see the README on licences.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import bpy
import numpy as np
from mathutils import Matrix

from synthetic_capture.head.regions import PARTS
from synthetic_capture.views.cameras import FOCAL_PX, SIZE_PX, looking_at
from synthetic_capture.views.materials import (
    LIGHTS,
    LIT_POINT_M,
    MATERIAL_OF_PART,
    MATERIALS,
    SKY_COLOUR,
    SKY_STRENGTH,
    strand_materials,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from synthetic_capture.mesh.arrays import Float
    from synthetic_capture.strands.strands import Strands
    from synthetic_capture.subject import Face, Subject
    from synthetic_capture.views.materials import Light, Material, StrandMaterial

_SENSOR_MM = 36
_SUBSURFACE_RADIUS = (1, 0.35, 0.2)
_SUBSURFACE_SCALE_M = 0.004
_RELIEF_STRENGTH = 0.18
_RELIEF_DEPTH_M = 0.0008


class Studio:
    """Owner of the Blender scene of one person; it replaces whatever Blender held before.

    Args:
        subject: who is shown, at first bald and without expression.
        albedo: picture of the painted atlas.
        relief: picture of its bumps.
        threads: of the renderer.
    """

    def __init__(self, subject: Subject, albedo: Path, relief: Path, threads: int) -> None:
        bpy.ops.wm.read_factory_settings(use_empty=True)
        self._scene = bpy.context.scene
        self._albedo = bpy.data.images.load(str(albedo))
        self._relief = bpy.data.images.load(str(relief))
        self._relief.colorspace_settings.name = "Non-Color"
        self._head = self._add(_head_mesh(subject, self._surface_material))
        looks = strand_materials(subject.identity.look)
        self._materials = {name: _strand_material(name, look) for name, look in looks.items()}
        self._strands: dict[str, bpy.types.Object] = {}
        for light in LIGHTS:
            self._add_light(light)
        self._scene.world = _sky()
        self._camera = self._add(_camera())
        self._scene.camera = self._camera
        _set_up_cycles(self._scene, threads)

    def show_face(self, face: Face) -> None:
        """Pose the mesh, the brows and the lashes."""
        vertices = face.vertices.astype(np.float32).ravel()
        self._head.data.vertices.foreach_set("co", vertices)
        self._head.data.update()
        self._show_strands("brows", face.brows)
        self._show_strands("lashes", face.lashes)

    def show_hair(self, hair: Strands | None) -> None:
        """Put hair on, or None to take it off."""
        self._show_strands("hair", hair)

    def render(self, world_from_camera: Float, path: Path, samples: int, seed: int) -> None:
        """Write a PNG with straight alpha, sRGB.

        Args:
            world_from_camera: [4, 4], OpenGL axes.
            path: of the picture.
            samples: of light for each pixel, before denoising.
            seed: of the noise.
        """
        self._camera.matrix_world = Matrix(world_from_camera.tolist())
        self._scene.cycles.samples = samples
        self._scene.cycles.seed = seed
        self._scene.render.filepath = str(path)
        bpy.ops.render.render(write_still=True)

    def _add(self, data: bpy.types.ID) -> bpy.types.Object:
        placed = bpy.data.objects.new(data.name, data)
        self._scene.collection.objects.link(placed)
        return placed

    def _add_light(self, light: Light) -> None:
        data = bpy.data.lights.new("light", "AREA")
        data.energy, data.size, data.color = light.power_w, light.size_m, light.colour
        pose = looking_at(np.array(light.position), np.array(LIT_POINT_M))
        self._add(data).matrix_world = Matrix(pose.tolist())

    def _show_strands(self, name: str, strands: Strands | None) -> None:
        if name in self._strands:
            before = self._strands.pop(name)
            curves = before.data
            bpy.data.objects.remove(before)
            bpy.data.hair_curves.remove(curves)
        if strands is not None:
            curves = _curves(name, strands)
            curves.materials.append(self._materials[name])
            self._strands[name] = self._add(curves)

    def _surface_material(self, name: str, look: Material) -> bpy.types.Material:
        material = bpy.data.materials.new(name)
        material.use_nodes = True
        tree = material.node_tree
        shader = tree.nodes["Principled BSDF"]
        for socket, value in {
            "Roughness": look.roughness,
            "Specular IOR Level": look.specular,
            "Subsurface Weight": look.subsurface,
            "Subsurface Radius": _SUBSURFACE_RADIUS,
            "Subsurface Scale": _SUBSURFACE_SCALE_M,
            "Coat Weight": look.coat,
            "Coat Roughness": 0.02,
        }.items():
            shader.inputs[socket].default_value = value
        colour = _image_node(tree, self._albedo)
        tree.links.new(colour.outputs["Color"], shader.inputs["Base Color"])
        if look.has_relief:
            bump = tree.nodes.new("ShaderNodeBump")
            bump.inputs["Strength"].default_value = _RELIEF_STRENGTH
            bump.inputs["Distance"].default_value = _RELIEF_DEPTH_M
            height = _image_node(tree, self._relief)
            tree.links.new(height.outputs["Color"], bump.inputs["Height"])
            tree.links.new(bump.outputs["Normal"], shader.inputs["Normal"])
        return material


def _image_node(tree: bpy.types.NodeTree, image: bpy.types.Image) -> bpy.types.Node:
    node = tree.nodes.new("ShaderNodeTexImage")
    node.image = image
    return node


def _strand_material(name: str, look: StrandMaterial) -> bpy.types.Material:
    material = bpy.data.materials.new(name)
    material.use_nodes = True
    tree = material.node_tree
    tree.nodes.remove(tree.nodes["Principled BSDF"])
    shader = tree.nodes.new("ShaderNodeBsdfHairPrincipled")
    shader.parametrization = "MELANIN"
    for socket, value in {
        "Melanin": look.melanin,
        "Melanin Redness": look.redness,
        "Roughness": look.roughness,
        "Radial Roughness": 0.4,
        "Random Color": 0.2,
        "Random Roughness": 0.1,
    }.items():
        shader.inputs[socket].default_value = value
    tree.links.new(shader.outputs["BSDF"], tree.nodes["Material Output"].inputs["Surface"])
    return material


def _head_mesh(
    subject: Subject, new_material: Callable[[str, Material], bpy.types.Material]
) -> bpy.types.Mesh:
    topology = subject.model.topology
    mesh = bpy.data.meshes.new("head")
    mesh.from_pydata(subject.model.vertices.tolist(), [], topology.faces.tolist())
    layer = mesh.uv_layers.new(name="uv")
    layer.data.foreach_set("uv", topology.uv_corners.astype(np.float32).ravel())
    mesh.polygons.foreach_set("use_smooth", np.ones(len(topology.faces), bool))
    for name, look in MATERIALS.items():
        mesh.materials.append(new_material(name, look))
    slots = {part: list(MATERIALS).index(MATERIAL_OF_PART[part]) for part in PARTS}
    indices = np.array([slots[part] for part in topology.labels], np.int32)
    mesh.polygons.foreach_set("material_index", indices)
    mesh.update()
    return mesh


def _curves(name: str, strands: Strands) -> bpy.types.HairCurves:
    count, points, _ = strands.points.shape
    curves = bpy.data.hair_curves.new(name)
    curves.add_curves([points] * count)
    positions = strands.points.astype(np.float32).ravel()
    curves.attributes["position"].data.foreach_set("vector", positions)
    radius = curves.attributes.get("radius")
    if radius is None:
        radius = curves.attributes.new("radius", "FLOAT", "POINT")
    radius.data.foreach_set("value", np.tile(strands.radii, count).astype(np.float32))
    return curves


def _sky() -> bpy.types.World:
    world = bpy.data.worlds.new("sky")
    world.use_nodes = True
    background = world.node_tree.nodes["Background"]
    background.inputs["Color"].default_value = (*SKY_COLOUR, 1)
    background.inputs["Strength"].default_value = SKY_STRENGTH
    return world


def _camera() -> bpy.types.Camera:
    camera = bpy.data.cameras.new("camera")
    camera.sensor_width = _SENSOR_MM
    camera.lens = _SENSOR_MM * FOCAL_PX / SIZE_PX
    camera.clip_start = 0.01
    return camera


def _set_up_cycles(scene: bpy.types.Scene, threads: int) -> None:
    """Path tracing on the CPU, denoised, on a transparent film."""
    render, cycles = scene.render, scene.cycles
    render.engine = "CYCLES"
    render.resolution_x = render.resolution_y = SIZE_PX
    render.film_transparent = True
    render.use_persistent_data = True
    render.image_settings.file_format = "PNG"
    render.image_settings.color_mode = "RGBA"
    render.image_settings.compression = 10
    render.threads_mode = "FIXED"
    render.threads = threads
    cycles.device = "CPU"
    cycles.use_adaptive_sampling = True
    cycles.adaptive_threshold = 0.02
    cycles.use_denoising = True
    cycles.denoiser = "OPENIMAGEDENOISE"
    cycles.denoising_prefilter = "FAST"
    cycles.max_bounces = 6
    cycles.diffuse_bounces = 2
    cycles.glossy_bounces = 3
    cycles.transmission_bounces = 6
    cycles.transparent_max_bounces = 8
    cycles.caustics_reflective = cycles.caustics_refractive = False
    cycles.sample_clamp_indirect = 3
    scene.view_settings.view_transform = "Standard"
    scene.cycles_curves.shape = "RIBBONS"
