"""Shader files, their shared parts, and programs made of them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import moderngl

from avatar_core.errors import RenderError
from avatar_core.resources import resource_path

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

VERSION_LINE = "#version 410 core"
"""The newest version that every desktop offers (macOS stops here)."""

_INCLUDE = re.compile(r'^\s*#include\s+"([\w.]+)"\s*$')


class ShaderLibrary:
    """Builds programs from the files of one folder.

    A file may take in shared parts by a line `#include "camera.glsl"`; each part enters once. The
    files carry no `#version` line, it is added here.

    Args:
        folder: where the files lie; the shipped `shaders/` when left out.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = resource_path("shaders") if folder is None else folder

    def source(self, name: str, defines: Sequence[str] = ()) -> str:
        """The complete text of a shader, parts included, with `#line` marks per file.

        Args:
            name: of the file.
            defines: words that its `#ifdef` lines ask for.

        Raises:
            RenderError: the file or one of its parts is missing.
        """
        return self._expanded(name, defines)[0]

    def program(
        self,
        context: moderngl.Context,
        vertex: str,
        fragment: str,
        defines: Sequence[str] = (),
    ) -> moderngl.Program:
        """Compile and link two shader files, both with the same words defined.

        Raises:
            RenderError: a file is missing, or the driver refused it; the message holds the
                driver's log and which file each number in it stands for.
        """
        vertex_source, vertex_files = self._expanded(vertex, defines)
        fragment_source, fragment_files = self._expanded(fragment, defines)
        try:
            return context.program(vertex_shader=vertex_source, fragment_shader=fragment_source)
        except moderngl.Error as error:
            raise RenderError(
                f"The shaders {vertex} and {fragment} were refused by the graphics driver:\n"
                f"{str(error).strip()}\n"
                f"Files by number: {_numbered(vertex_files)} | {_numbered(fragment_files)}.",
                "Update the graphics driver, or report this text with the name of the card.",
            ) from error

    def _expanded(self, name: str, defines: Sequence[str]) -> tuple[str, list[str]]:
        files: list[str] = []
        words = [f"#define {word}" for word in defines]
        lines = [VERSION_LINE, *words, *self._lines(name, files)]
        return "\n".join(lines) + "\n", files

    def _lines(self, name: str, files: list[str]) -> list[str]:
        files.append(name)
        number = len(files) - 1
        lines = [f"#line 1 {number}"]
        for row, line in enumerate(self._read(name).splitlines(), start=1):
            part = _INCLUDE.match(line)
            if part is None:
                lines.append(line)
                continue
            if part[1] not in files:
                lines.extend(self._lines(part[1], files))
            lines.append(f"#line {row + 1} {number}")
        return lines

    def _read(self, name: str) -> str:
        try:
            return (self._folder / name).read_text(encoding="utf-8")
        except OSError as error:
            raise RenderError(
                f"The shader {name} cannot be read.", "Reinstall avatar-studio."
            ) from error


def set_uniforms(program: moderngl.Program, values: Mapping[str, object]) -> None:
    """Set uniforms by name; those the driver optimised away are passed over."""
    for name, value in values.items():
        member = program.get(name, None)
        if isinstance(member, moderngl.Uniform):
            member.value = value


def _numbered(files: list[str]) -> str:
    return ", ".join(f"{number} {name}" for number, name in enumerate(files))
