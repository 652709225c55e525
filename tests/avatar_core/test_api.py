"""`import avatar_core` as a library."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import avatar_core

_HERE = Path(avatar_core.__file__).parent


def test_every_name_is_there_and_told():
    documented = avatar_core.__doc__ or ""
    for name in avatar_core.__all__:
        assert getattr(avatar_core, name) is not None
        assert f"`{name}`" in documented
        assert name in dir(avatar_core)
    assert avatar_core.Session is sys.modules["avatar_core.session"].Session


def test_tools_see_the_same_names():
    stub = ast.parse((_HERE / "__init__.pyi").read_text(encoding="utf-8"))
    named = {
        alias.asname: (node.module, alias.name)
        for node in stub.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert sorted(named) == avatar_core.__all__
    for name, (module, real) in named.items():
        home = avatar_core._HOMES[name]
        assert module == ("avatar_core" if not home else f"avatar_core.{home}")
        assert real == name


def test_nothing_is_loaded_before_it_is_asked_for():
    code = (
        "import sys, avatar_core;"
        "assert not [m for m in sys.modules if m.startswith('avatar_core.')], 'eager';"
        "avatar_core.RenderJob(out='a.mp4'); avatar_core.Session;"
        "assert 'torch' not in sys.modules and 'moderngl' not in sys.modules, 'heavy'"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_other_names_are_refused():
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        avatar_core.nothing  # noqa: B018
