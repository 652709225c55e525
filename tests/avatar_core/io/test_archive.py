from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from avatar_core.errors import AssetError, ProjectFormatError
from avatar_core.io import limits
from avatar_core.io.archive import ArchiveReader, ArchiveWriter

if TYPE_CHECKING:
    from pathlib import Path


def archive(**files: bytes) -> bytes:
    buffer = io.BytesIO()
    with ArchiveWriter(buffer) as writer:
        for name, data in files.items():
            writer.add(name, data)
    return buffer.getvalue()


def foreign(*names: str, method: int = zipfile.ZIP_DEFLATED, data: bytes = b"x") -> bytes:
    """A zip by other means, with any names at all."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as writer:
        for name in names:
            info = zipfile.ZipInfo("placeholder")
            info.filename = info.orig_filename = name
            info.compress_type = method
            writer.writestr(info, data)
    return buffer.getvalue()


def opened(data: bytes | Path) -> ArchiveReader:
    return ArchiveReader(data, "show.studio", ProjectFormatError)


def test_files_come_back_in_order() -> None:
    with opened(archive(b=b"2", a=b"1" * 1000)) as reader:
        assert reader.names == ("b", "a")
        assert reader.read("a") == b"1" * 1000


def test_equal_contents_give_equal_bytes() -> None:
    assert archive(a=b"1", b=b"2") == archive(a=b"1", b=b"2")


def test_json_round_trip_and_its_limits() -> None:
    buffer = io.BytesIO()
    with ArchiveWriter(buffer) as writer:
        writer.add_json("m", {"name": "Ärmel ✓", "at": 1 / 3, "bad path": "\udcff"})
        with pytest.raises(ValueError, match="JSON"):
            writer.add_json("n", {"at": float("nan")})
    with opened(buffer.getvalue()) as reader:
        assert reader.read_json("m") == {"name": "Ärmel ✓", "at": 1 / 3, "bad path": "\udcff"}


@pytest.mark.parametrize(
    "text",
    [b"", b"{", b"[1]", b"null", b'{"a": NaN}', b'{"a": Infinity}', b'{"a": 1e999}', b"\xff",
     b"[" * 100_000, b'{"a": ' + b"1" * 5000 + b"}"],
)  # fmt: skip
def test_other_json_is_refused(text: bytes) -> None:
    with (
        opened(archive(m=text)) as reader,
        pytest.raises(ProjectFormatError, match=r"show\.studio is damaged: m "),
    ):
        reader.read_json("m")


@pytest.mark.parametrize(
    "name",
    [
        "../evil", "a/../../evil", "/etc/passwd", "C:/evil", "a\\b", "a//b", "a/", "", ".", "./a",
        "a\0b", "ü", "a b", "a\nb", "~", "aux:",
    ],
)  # fmt: skip
def test_unsafe_names_are_refused(name: str) -> None:
    with pytest.raises(ProjectFormatError, match="unsafe name"):
        opened(foreign(name))


def test_a_name_given_twice_is_refused() -> None:
    with pytest.warns(UserWarning, match="Duplicate"):
        data = foreign("a", "a")
    with pytest.raises(ProjectFormatError, match="holds a twice"):
        opened(data)


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_other_compression_is_refused(method: int) -> None:
    with pytest.raises(ProjectFormatError, match="not supported"):
        opened(foreign("a", method=method))


def test_encrypted_files_are_refused() -> None:
    data = bytearray(archive(a=b"1"))
    for signature, offset in ((b"PK\x01\x02", 8), (b"PK\x03\x04", 6)):
        data[data.index(signature) + offset] |= 1
    with pytest.raises(ProjectFormatError, match="not supported"):
        opened(bytes(data))


def test_too_many_files_are_refused() -> None:
    names = [f"f{at}" for at in range(20)]
    with pytest.raises(ProjectFormatError, match="too many"):
        ArchiveReader(foreign(*names), "show.studio", ProjectFormatError, most_members=19)


def test_a_bomb_is_refused_before_it_is_unpacked() -> None:
    data = archive(a=b"\0" * 3_000_000, b=b"\0" * 3_000_000)
    assert len(data) < 10_000
    with pytest.raises(ProjectFormatError, match="unpack to more"):
        ArchiveReader(data, "show.studio", ProjectFormatError, most_bytes=5_000_000)
    with opened(data) as reader, pytest.raises(ProjectFormatError, match="larger than"):
        reader.read("a", most_bytes=2_999_999)


def test_a_bomb_that_lies_about_its_size_gives_no_more_than_it_said() -> None:
    data = bytearray(archive(a=b"\0" * 3_000_000))
    for signature, offset in ((b"PK\x01\x02", 24), (b"PK\x03\x04", 22)):
        at = data.index(signature) + offset
        data[at : at + 4] = (10).to_bytes(4, "little")
    with opened(bytes(data)) as reader, pytest.raises(ProjectFormatError, match="unpacked"):
        reader.read("a", most_bytes=100)


def test_a_manifest_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MANIFEST_BYTES", 10)
    with opened(archive(m=b'{"a": 123456}')) as reader, pytest.raises(ProjectFormatError):
        reader.read_json("m")


def test_missing_members_are_named() -> None:
    with opened(archive(a=b"1")) as reader, pytest.raises(ProjectFormatError, match="b is missing"):
        reader.read("b")


def test_files_that_are_not_there_or_not_files(tmp_path: Path) -> None:
    with pytest.raises(AssetError, match="not found"):
        opened(tmp_path / "gone")
    with pytest.raises(AssetError, match=r"folder|could not be read"):
        opened(tmp_path)
    (tmp_path / "file").touch()
    with pytest.raises(AssetError, match="not found"):
        opened(tmp_path / "file" / "below")
    with pytest.raises(ProjectFormatError, match="is empty"):
        opened(tmp_path / "file")


def test_a_file_that_fails_while_being_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.studio").write_bytes(archive(a=b"1"))

    def fail(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("pathlib.Path.open", fail)
    with pytest.raises(AssetError, match="could not be read: Permission denied"):
        opened(tmp_path / "a.studio")


@pytest.mark.parametrize("data", [b"x", b"PK\x03\x04", b"\x89PNG\r\n\x1a\n" * 100, b"\0" * 10_000])
def test_files_of_another_type(data: bytes) -> None:
    with pytest.raises(ProjectFormatError, match="not a file of this studio"):
        opened(data)


def is_refused_or_sound(data: bytes) -> bool:
    """Whether every member is what was written, or the archive is refused in a sentence."""
    try:
        with opened(data) as reader:
            return all(reader.read(name) in CONTENTS for name in reader.names)
    except ProjectFormatError as error:
        return error.message.startswith("show.studio") and "\n" not in error.message


CONTENTS = (bytes(range(256)) * 8, b"2" * 500)
WHOLE = archive(a=CONTENTS[0], b=CONTENTS[1])


@pytest.mark.parametrize("length", range(0, len(WHOLE), 13))
def test_truncated_files_never_crash(length: int) -> None:
    with pytest.raises(ProjectFormatError):
        opened(WHOLE[:length])


@given(at=st.integers(0, len(WHOLE) - 1), value=st.integers(0, 255))
def test_changed_bytes_never_crash(at: int, value: int) -> None:
    data = bytearray(WHOLE)
    data[at] = value
    assert is_refused_or_sound(bytes(data))


@given(st.binary(max_size=200))
def test_noise_never_crashes(data: bytes) -> None:
    assert is_refused_or_sound(data)
    assert is_refused_or_sound(WHOLE + data)
