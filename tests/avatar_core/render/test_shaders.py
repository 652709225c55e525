from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from avatar_core.errors import RenderError
from avatar_core.render.renderer import Renderer
from avatar_core.render.scene import Blending
from avatar_core.render.shaders import ShaderLibrary, set_uniforms
from avatar_core.resources import resource_path

if TYPE_CHECKING:
    from pathlib import Path

    import moderngl

COVER = "void main() { gl_Position = vec4(0.0, 0.0, 0.0, 1.0); }\n"


def library(folder: Path, **files: str) -> ShaderLibrary:
    for name, text in files.items():
        (folder / f"{name}.glsl").write_text(text, encoding="utf-8")
    return ShaderLibrary(folder)


def test_parts_enter_once_even_when_parts_share_them(tmp_path: Path) -> None:
    shaders = library(
        tmp_path,
        whole='#include "left.glsl"\n#include "right.glsl"\nend\n',
        left='#include "common.glsl"\nleft\n',
        right='#include "common.glsl"\nright\n',
        common="shared\n",
    )
    lines = [line for line in shaders.source("whole.glsl").splitlines() if line[0] != "#"]
    assert lines == ["shared", "left", "right", "end"]


def test_sources_begin_with_the_version(tmp_path: Path) -> None:
    shaders = library(tmp_path, a="body\n")
    assert shaders.source("a.glsl").startswith("#version 410 core\n")


def test_a_missing_part_is_named(tmp_path: Path) -> None:
    with pytest.raises(RenderError, match=r"lost\.glsl"):
        library(tmp_path, a='#include "lost.glsl"\n').source("a.glsl")


@pytest.mark.gl
def test_a_refused_shader_gives_the_log_with_file_and_line(
    context: moderngl.Context, tmp_path: Path
) -> None:
    shaders = library(
        tmp_path,
        cover=COVER,
        broken='#include "fine.glsl"\nout vec4 colour;\nvoid main() { colour = wrong; }\n',
        fine="float one() { return 1.0; }\n",
    )
    with pytest.raises(RenderError) as caught:
        shaders.program(context, "cover.glsl", "broken.glsl")
    assert "wrong" in str(caught.value)
    assert "0:3" in str(caught.value), "line 3 of the file itself, parts not counted"
    assert "0 broken.glsl, 1 fine.glsl" in str(caught.value)


@pytest.mark.gl
@pytest.mark.parametrize(
    "broken", ["splat.frag.glsl", "neural_face.frag.glsl", "exact_blend.frag.glsl"]
)
def test_a_broken_shader_is_told_and_the_plain_mesh_still_drawn(
    broken: str, context: moderngl.Context, tmp_path: Path, make: Any
) -> None:
    for source in resource_path("shaders").glob("*.glsl"):
        (tmp_path / source.name).write_text(source.read_text(encoding="utf-8"), encoding="utf-8")
    (tmp_path / broken).write_text("void main() { nonsense }", encoding="utf-8")
    renderer = Renderer(context, ShaderLibrary(tmp_path))
    assert renderer.problem is not None
    assert broken in renderer.problem.message
    asset = make.avatar(make.square(), make.gaussians([0, 0, 0.05]), (255, 0, 0))
    renderer.upload_avatar(asset)
    renderer.upload_frame(make.frame(asset))
    target = context.framebuffer([context.texture((64, 64), 4)])
    exact = replace(make.plain, blending=Blending.EXACT, show_hair=False)
    renderer.draw(make.camera(), target, exact)
    image = np.frombuffer(target.read(components=3, alignment=1), np.uint8).reshape(64, 64, 3)
    np.testing.assert_array_equal(image[32, 32], (255, 0, 0))
    renderer.release()


@pytest.mark.gl
def test_a_broken_mesh_shader_is_an_error(context: moderngl.Context, tmp_path: Path) -> None:
    for source in resource_path("shaders").glob("*.glsl"):
        (tmp_path / source.name).write_text(source.read_text(encoding="utf-8"), encoding="utf-8")
    (tmp_path / "mesh.frag.glsl").write_text("void main() { nonsense }", encoding="utf-8")
    with pytest.raises(RenderError, match=r"mesh\.frag\.glsl"):
        Renderer(context, ShaderLibrary(tmp_path))


@pytest.mark.gl
def test_unused_uniforms_are_passed_over(context: moderngl.Context, tmp_path: Path) -> None:
    shaders = library(
        tmp_path,
        cover=COVER,
        grey="uniform float level; out vec4 colour; void main() { colour = vec4(level); }\n",
    )
    program = shaders.program(context, "cover.glsl", "grey.glsl")
    set_uniforms(program, {"level": 0.25, "absent": 1.0})
    assert program["level"].value == 0.25


def test_no_shipped_shader_needs_more_than_opengl_4_1() -> None:
    for path in resource_path("shaders").glob("*.glsl"):
        text = path.read_text(encoding="utf-8")
        assert "#version" not in text, path.name
        assert "std430" not in text, path.name
        assert "binding =" not in text, path.name
