"""The camera: OpenCV intrinsics and extrinsics in, OpenGL matrices out.

World and head axes: x to the person's left, y up, face towards +z, metres. Camera axes (OpenCV):
x right, y down, z forward. OpenGL's eye axes (x right, y up, z back) are made here and only here.
Pixels: the centre of the top left pixel is (0.5, 0.5).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from avatar_core.errors import ShapeError
from avatar_core.geometry.shapes import Float32, Float64, expect_shapes

_OPENGL_FROM_OPENCV = np.diag([1.0, -1.0, -1.0, 1.0])


@dataclass(frozen=True, slots=True, eq=False)
class Camera:
    """A pinhole camera without distortion.

    Args:
        view: [4, 4] world to camera, OpenCV axes, metres.
        intrinsics: [3, 3] pixels.
        width_px, height_px: image size.
        near_m, far_m: clipping range along z.
    """

    view: Float32
    intrinsics: Float32
    width_px: int
    height_px: int
    near_m: float = field(default=0.02)
    far_m: float = field(default=20.0)

    def __post_init__(self) -> None:
        expect_shapes(view=(self.view, "4 4"), intrinsics=(self.intrinsics, "3 3"))
        if self.width_px < 1 or self.height_px < 1:
            raise ShapeError(f"camera: image size {self.width_px} x {self.height_px} is empty")

    @classmethod
    def from_fov(cls, view: Float32, fov_y_rad: float, width_px: int, height_px: int) -> Camera:
        """A centred camera with square pixels and the given vertical field of view."""
        focal = 0.5 * height_px / np.tan(0.5 * fov_y_rad)
        intrinsics = np.array(
            [[focal, 0, 0.5 * width_px], [0, focal, 0.5 * height_px], [0, 0, 1]], np.float32
        )
        return cls(view, intrinsics, width_px, height_px)

    @property
    def position(self) -> Float32:
        """[3] camera centre in the world, metres."""
        rotation, translation = self.view[:3, :3], self.view[:3, 3]
        centre: Float32 = -rotation.T @ translation
        return centre

    @property
    def forward(self) -> Float32:
        """[3] unit viewing direction in the world."""
        return self.view[2, :3].copy()

    @property
    def fov_y_rad(self) -> float:
        return float(2 * np.arctan2(0.5 * self.height_px, self.intrinsics[1, 1]))

    def resized(self, width_px: int, height_px: int) -> Camera:
        """The same vertical field of view and centre in an image of another size."""
        scale = height_px / self.height_px
        intrinsics = self.intrinsics.copy()
        intrinsics[:2] *= scale
        intrinsics[0, 2] += 0.5 * (width_px - scale * self.width_px)
        return replace(self, intrinsics=intrinsics, width_px=width_px, height_px=height_px)

    def opengl_view(self) -> Float32:
        """[4, 4] world to OpenGL eye axes (x right, y up, z back); column vectors."""
        return (_OPENGL_FROM_OPENCV @ self.view).astype(np.float32)

    def opengl_projection(self) -> Float32:
        """[4, 4] OpenGL eye to clip; top image row at y = +1; column vectors."""
        width, height = self.width_px, self.height_px
        near, far = self.near_m, self.far_m
        fx, fy = self.intrinsics[0, 0], self.intrinsics[1, 1]
        cx, cy = self.intrinsics[0, 2], self.intrinsics[1, 2]
        projection = np.zeros((4, 4), np.float64)
        projection[0, 0] = 2 * fx / width
        projection[0, 2] = 1 - 2 * cx / width
        projection[1, 1] = 2 * fy / height
        projection[1, 2] = 2 * cy / height - 1
        projection[2, 2] = -(far + near) / (far - near)
        projection[2, 3] = -2 * far * near / (far - near)
        projection[3, 2] = -1
        return projection.astype(np.float32)

    def project(self, points: Float32) -> tuple[Float32, Float32]:
        """Pixels [N, 2] (x right, y down) and depths [N] (metres along z) of points [N, 3]."""
        expect_shapes(points=(points, "N 3"))
        local = points @ self.view[:3, :3].T + self.view[:3, 3]
        homogeneous = local @ self.intrinsics.T
        depth = local[:, 2]
        safe = np.where(np.abs(depth) < 1e-9, 1e-9, depth)
        return (homogeneous[:, :2] / safe[:, None]).astype(np.float32), depth.astype(np.float32)

    def ray(self, x_px: float, y_px: float) -> tuple[Float32, Float32]:
        """Origin [3] and unit direction [3] in the world of the ray through a pixel position."""
        local = np.linalg.solve(self.intrinsics.astype(np.float64), np.array([x_px, y_px, 1.0]))
        direction = self.view[:3, :3].T @ (local / np.linalg.norm(local))
        return self.position, direction.astype(np.float32)


def look_at(eye: Float32, target: Float32, up: Float32 | None = None) -> Float32:
    """World-to-camera matrix [4, 4] (OpenCV axes) of a camera at `eye` looking at `target`.

    Args:
        eye: [3] metres.
        target: [3] metres, not the same point.
        up: [3] the direction that should point up in the image; +y when left out.

    Raises:
        ShapeError: eye and target coincide.
    """
    expect_shapes(eye=(eye, "3"), target=(target, "3"))
    forward = _unit(np.asarray(target, np.float64) - eye)
    upward = np.array([0.0, 1.0, 0.0]) if up is None else np.asarray(up, np.float64)
    right = np.cross(forward, upward)
    if np.linalg.norm(right) < 1e-6:
        # Looking along `up`: any right will do, made with an axis that is not `forward` again.
        right = np.cross(forward, [0.0, 0.0, -1.0] if abs(forward[2]) < 0.9 else [0.0, 1.0, 0.0])
    right = _unit(right)
    down = np.cross(forward, right)
    view = np.eye(4)
    view[:3, :3] = np.stack([right, down, forward])
    view[:3, 3] = -view[:3, :3] @ eye
    return view.astype(np.float32)


def view_from_opengl_pose(world_from_camera: Float64) -> Float32:
    """World-to-camera matrix [4, 4] (OpenCV axes) of a camera-to-world one with OpenGL axes.

    Args:
        world_from_camera: [4, 4] camera axes x right, y up, z back, as NeRF data sets store it.

    Raises:
        ShapeError: it is not [4, 4] or cannot be inverted.
    """
    expect_shapes(world_from_camera=(world_from_camera, "4 4"))
    try:
        return np.linalg.inv(world_from_camera @ _OPENGL_FROM_OPENCV).astype(np.float32)
    except np.linalg.LinAlgError as error:
        raise ShapeError("world_from_camera: cannot be inverted") from error


def _unit(vector: Float64) -> Float64:
    length = float(np.linalg.norm(vector))
    if length < 1e-9:
        raise ShapeError("look_at: eye and target coincide")
    unit: Float64 = vector / length
    return unit
