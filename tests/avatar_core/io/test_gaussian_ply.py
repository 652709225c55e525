from __future__ import annotations

import itertools
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from plyfile import PlyData, PlyElement

from avatar_core.errors import AssetError, AvatarError, ShapeError
from avatar_core.gaussians import GaussianCloud, lint
from avatar_core.io.gaussian_ply import PlyGaussians, read_gaussian_ply, write_gaussian_ply

if TYPE_CHECKING:
    from pathlib import Path

REST = {1: 0, 4: 9, 9: 24, 16: 45}
ARRAYS = ("means", "quats", "scales", "opacities", "sh")


def usual_names(coefficients: int = 16, normals: bool = True) -> list[str]:
    """The columns of the published files, in their order."""
    return [
        "x", "y", "z", *(["nx", "ny", "nz"] if normals else []), "f_dc_0", "f_dc_1", "f_dc_2",
        *(f"f_rest_{index}" for index in range(REST[coefficients])),
        "opacity", "scale_0", "scale_1", "scale_2", "rot_0", "rot_1", "rot_2", "rot_3",
    ]  # fmt: skip


def random_rows(names: list[str], count: int = 20, code: str = "f4", seed: int = 0) -> np.ndarray:
    """Raw values as a training run leaves them: logits, logs, unnormalised quaternions."""
    rng = np.random.default_rng(seed)
    rows = np.zeros(count, [(name, code) for name in names])
    for name in names:
        low, high = (-9, -4) if name.startswith("scale") else (-2, 2)
        rows[name] = rng.uniform(low, high, count)
    return rows


def save(path: Path, rows: np.ndarray, **options: Any) -> Path:
    PlyData([PlyElement.describe(rows, "vertex")], **options).write(path)
    return path


def reference_cloud(rows: np.ndarray, coefficients: int) -> GaussianCloud:
    """The formulas of the format, one column at a time."""
    columns = {name: rows[name].astype(np.float64) for name in rows.dtype.names or ()}
    quats = np.stack([columns[f"rot_{index}"] for index in range(4)], 1)
    sh = np.zeros((len(rows), coefficients, 3))
    for channel in range(3):
        sh[:, 0, channel] = columns[f"f_dc_{channel}"]
        for index in range(coefficients - 1):
            sh[:, 1 + index, channel] = columns[f"f_rest_{channel * (coefficients - 1) + index}"]
    return GaussianCloud(
        means=np.stack([columns[axis] for axis in "xyz"], 1).astype(np.float32),
        quats=(quats / np.linalg.norm(quats, axis=1, keepdims=True)).astype(np.float32),
        scales=np.exp(np.stack([columns[f"scale_{i}"] for i in range(3)], 1)).astype(np.float32),
        opacities=(1 / (1 + np.exp(-columns["opacity"]))).astype(np.float32),
        sh=sh.astype(np.float32),
        flags=np.zeros(len(rows), np.uint8),
    )


def assert_close(first: GaussianCloud, second: GaussianCloud, tolerance: float = 1e-6) -> None:
    for name in ARRAYS:
        assert getattr(first, name).dtype == np.float32
        assert getattr(first, name) == pytest.approx(getattr(second, name), abs=tolerance)


@pytest.mark.parametrize("coefficients", [1, 4, 9, 16])
@pytest.mark.parametrize("options", [{"byte_order": "<"}, {"byte_order": ">"}, {"text": True}])
def test_reads_what_the_format_says(
    tmp_path: Path, coefficients: int, options: dict[str, Any]
) -> None:
    rows = random_rows(usual_names(coefficients))
    result = read_gaussian_ply(save(tmp_path / "a.ply", rows, **options))
    assert_close(result.cloud, reference_cloud(rows, coefficients))
    assert not result.cloud.flags.any()


def test_columns_are_found_by_name_in_any_order_and_type(tmp_path: Path) -> None:
    rng = np.random.default_rng(4)
    names = usual_names(4, normals=False)
    rng.shuffle(names)
    codes = itertools.cycle(["f4", "f8", "i2", "f8"])
    source = random_rows(names)
    rows = np.zeros(20, [(name, next(codes)) for name in names])
    for name in names:
        rows[name] = np.rint(source[name] * 3)
    # No quaternion of rounded numbers should happen to be zero.
    rows["rot_0"] = 5
    result = read_gaussian_ply(save(tmp_path / "a.ply", rows))
    assert_close(result.cloud, reference_cloud(rows, 4))


@pytest.mark.parametrize("options", [{"byte_order": "<"}, {"byte_order": ">"}, {"text": True}])
@pytest.mark.parametrize("code", ["f4", "f8"])
def test_round_trip_gives_the_same_numbers_bit_for_bit(
    tmp_path: Path, options: dict[str, Any], code: str
) -> None:
    names = [*usual_names(16), "binding_0"]
    np.random.default_rng(5).shuffle(names)
    rows = random_rows(names, code=code)
    path = save(tmp_path / "a.ply", rows, comments=["SplatRenderMode: mip"], **options)
    write_gaussian_ply(tmp_path / "b.ply", read_gaussian_ply(path))
    again = PlyData.read(tmp_path / "b.ply")
    assert [column.name for column in again["vertex"].properties] == names
    assert again.comments == ["SplatRenderMode: mip"]
    for name in names:
        assert np.array_equal(again["vertex"][name], rows[name])
    if "text" not in options:
        assert (tmp_path / "b.ply").read_bytes() == path.read_bytes()


def test_odd_numbers_survive_the_round_trip(tmp_path: Path) -> None:
    rows = random_rows(usual_names(4))
    for row, value in enumerate([np.nan, np.inf, -np.inf, -0.0, 200.0, -200.0, 1e-42]):
        for name in ("x", "opacity", "scale_0", "f_dc_0", "f_rest_3", "rot_2"):
            rows[name][row] = value
    path = save(tmp_path / "a.ply", rows)
    result = read_gaussian_ply(path)
    assert lint(result.cloud)
    write_gaussian_ply(tmp_path / "b.ply", result)
    assert (tmp_path / "b.ply").read_bytes() == path.read_bytes()


def header(names: list[str], count: int, newline: str = "\n", extra: str = "") -> bytes:
    lines = ["ply", "format binary_little_endian 1.0", f"element vertex {count}"]
    lines += [f"property float {name}" for name in names]
    text = newline.join([*lines, *([extra] if extra else []), "end_header", ""])
    return text.encode()


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_header_is_kept_with_its_line_ends_padding_and_remarks(
    tmp_path: Path, newline: str
) -> None:
    rows = random_rows(usual_names(1))
    text = header(usual_names(1), 20, newline, "obj_info made by hand")
    text = text.replace(b"element vertex 20", b"comment   two  spaces\nelement  vertex   20"
                        .replace(b"\n", newline.encode()))  # fmt: skip
    data = text + rows.tobytes()
    (tmp_path / "a.ply").write_bytes(data)
    result = read_gaussian_ply(tmp_path / "a.ply")
    assert result.comments == ("two  spaces",)
    assert_close(result.cloud, reference_cloud(rows, 1))
    write_gaussian_ply(tmp_path / "b.ply", result)
    kept = (tmp_path / "b.ply").read_bytes()
    assert kept.endswith(data[len(text) :])
    assert kept.splitlines()[:3] == data.splitlines()[:3]
    assert b"obj_info made by hand" + newline.encode() in kept


def test_other_elements_are_carried_along(tmp_path: Path) -> None:
    rows = random_rows(usual_names(1))
    faces = np.zeros(2, [("vertex_indices", "i4", (3,))])
    cameras = np.ones(3, [("fov", "f4"), ("id", "u1")])
    path = tmp_path / "a.ply"
    PlyData(
        [
            PlyElement.describe(cameras, "camera"),
            PlyElement.describe(rows, "vertex"),
            PlyElement.describe(faces, "face"),
        ]
    ).write(path)
    result = read_gaussian_ply(path)
    assert_close(result.cloud, reference_cloud(rows, 1))
    write_gaussian_ply(tmp_path / "b.ply", result)
    assert (tmp_path / "b.ply").read_bytes() == path.read_bytes()


def test_unknown_columns_are_handed_out(tmp_path: Path) -> None:
    rows = np.zeros(20, [*random_rows(usual_names(1)).dtype.descr, ("binding_0", "i4")])
    for name in usual_names(1):
        rows[name] = random_rows(usual_names(1))[name]
    rows["binding_0"] = np.arange(20)
    result = read_gaussian_ply(save(tmp_path / "a.ply", rows))
    assert set(result.extra) == {"nx", "ny", "nz", "binding_0"}
    assert result.extra["binding_0"].tolist() == list(range(20))


def test_editing_changes_only_what_was_edited(tmp_path: Path) -> None:
    rows = random_rows(usual_names(4))
    result = read_gaussian_ply(save(tmp_path / "a.ply", rows))
    means, sh = result.cloud.means.copy(), result.cloud.sh.copy()
    opacities, scales = result.cloud.opacities.copy(), result.cloud.scales.copy()
    quats = result.cloud.quats.copy()
    means[3, 1], sh[4, 2, 1], opacities[5], scales[6, 0] = 7.0, 0.25, 0.5, 0.01
    quats[7] = (0, 1, 0, 0)
    cloud = replace(
        result.cloud, means=means, sh=sh, opacities=opacities, scales=scales, quats=quats
    )
    write_gaussian_ply(tmp_path / "b.ply", result.edited(cloud))
    vertices = PlyData.read(tmp_path / "b.ply")["vertex"]
    expected = rows.copy()
    expected["y"][3] = 7.0
    # Green is the second channel: three coefficients of red come first.
    expected["f_rest_4"][4] = 0.25
    expected["opacity"][5] = 0.0
    expected["scale_0"][6] = np.log(0.01)
    for index, value in enumerate((0, 1, 0, 0)):
        expected[f"rot_{index}"][7] = value
    for name in rows.dtype.names or ():
        assert vertices[name] == pytest.approx(expected[name], abs=1e-6), name
        unchanged = rows[name] == expected[name]
        assert np.array_equal(vertices[name][unchanged], rows[name][unchanged])
    assert_close(read_gaussian_ply(tmp_path / "b.ply").cloud, cloud)


@pytest.mark.parametrize("index", [slice(2, 9), slice(0, 20, 3), np.array([5, 1, 1])])
def test_subset_keeps_the_bits_of_its_rows(tmp_path: Path, index: slice | np.ndarray) -> None:
    rows = random_rows([*usual_names(4), "binding_0"])
    result = read_gaussian_ply(save(tmp_path / "a.ply", rows)).subset(index)
    write_gaussian_ply(tmp_path / "b.ply", result)
    vertices = PlyData.read(tmp_path / "b.ply")["vertex"]
    assert vertices.count == len(rows[index])
    for name in rows.dtype.names or ():
        assert np.array_equal(vertices[name], rows[name][index]), name


@pytest.mark.parametrize("coefficients", [1, 4, 9, 16])
def test_cloud_of_the_studio_comes_back(tmp_path: Path, coefficients: int) -> None:
    cloud = reference_cloud(random_rows(usual_names(coefficients)), coefficients)
    extra = {"binding_0": np.arange(20, dtype=np.int32), "strand": np.arange(20, dtype=np.int64)}
    write_gaussian_ply(tmp_path / "a.ply", PlyGaussians(cloud, extra, ("by hand",)))
    vertices = PlyData.read(tmp_path / "a.ply")["vertex"]
    names = [column.name for column in vertices.properties]
    assert names == [*usual_names(coefficients), "binding_0", "strand"]
    result = read_gaussian_ply(tmp_path / "a.ply")
    assert_close(result.cloud, cloud, 1e-5)
    assert result.extra["binding_0"].dtype == np.int32
    assert result.extra["strand"].tolist() == list(range(20))
    assert result.comments == ("by hand",)


def test_extremes_of_the_studio_come_back(tmp_path: Path) -> None:
    cloud = reference_cloud(random_rows(usual_names(1), 3), 1)
    cloud = replace(cloud, opacities=np.array([0, 1, 0.5], np.float32))
    write_gaussian_ply(tmp_path / "a.ply", PlyGaussians(cloud))
    raw = PlyData.read(tmp_path / "a.ply")["vertex"]["opacity"]
    assert np.isfinite(raw).all()
    assert read_gaussian_ply(tmp_path / "a.ply").cloud.opacities == pytest.approx(
        [0, 1, 0.5], abs=1e-6
    )


def test_fewer_harmonics_get_a_new_layout(tmp_path: Path) -> None:
    result = read_gaussian_ply(save(tmp_path / "a.ply", random_rows(usual_names(16))))
    flat = replace(result.cloud, sh=result.cloud.sh[:, :4])
    write_gaussian_ply(tmp_path / "b.ply", result.edited(flat))
    assert_close(read_gaussian_ply(tmp_path / "b.ply").cloud, flat, 1e-5)


def test_new_extra_column_and_comment_are_written(tmp_path: Path) -> None:
    result = read_gaussian_ply(save(tmp_path / "a.ply", random_rows(usual_names(1))))
    more = replace(
        result, extra={**result.extra, "part": np.full(20, 3, np.uint8)}, comments=("x",)
    )
    write_gaussian_ply(tmp_path / "b.ply", more)
    again = read_gaussian_ply(tmp_path / "b.ply")
    assert (again.extra["part"] == 3).all()
    assert again.comments == ("x",)


def test_comments_can_change_without_touching_the_layout(tmp_path: Path) -> None:
    path = save(tmp_path / "a.ply", random_rows(usual_names(1)), comments=["old"])
    result = read_gaussian_ply(path)
    write_gaussian_ply(tmp_path / "b.ply", replace(result, comments=("new", "newer")))
    assert PlyData.read(tmp_path / "b.ply").comments == ["new", "newer"]
    assert read_gaussian_ply(tmp_path / "b.ply").cloud.means.tobytes() == (
        result.cloud.means.tobytes()
    )


@pytest.mark.parametrize("text", [False, True])
def test_no_gaussians_are_a_valid_file(tmp_path: Path, text: bool) -> None:
    path = save(tmp_path / "a.ply", random_rows(usual_names(16), 0), text=text)
    result = read_gaussian_ply(path)
    assert len(result.cloud) == 0
    assert result.cloud.degree == 3
    write_gaussian_ply(tmp_path / "b.ply", result)
    assert len(read_gaussian_ply(tmp_path / "b.ply").cloud) == 0


def test_columns_of_another_length_are_refused() -> None:
    with pytest.raises(ShapeError, match="part"):
        PlyGaussians(GaussianCloud.empty(), {"part": np.zeros(3)})


GOOD = header(usual_names(1), 20) + random_rows(usual_names(1)).tobytes()


def refused(tmp_path: Path, data: bytes, match: str | None = None) -> None:
    (tmp_path / "bad.ply").write_bytes(data)
    with pytest.raises(AssetError, match=match) as caught:
        read_gaussian_ply(tmp_path / "bad.ply")
    assert "bad.ply" in caught.value.message
    assert "\n" not in caught.value.message
    assert caught.value.message.endswith(".")
    assert caught.value.hint


@pytest.mark.parametrize(
    ("data", "match"),
    [
        (b"", "empty"),
        (b"ply", "not a PLY"),
        (b"PK\x03\x04" * 100, "not a PLY"),
        (b"plywood is a material\n", "not a PLY|header"),
        (b"ply\n" + b"comment x\n" * 40_000 + b"end_header\n", "end was not found"),
        (b"ply\nformat ascii 1.0\n", "end was not found"),
        (b"ply\nelement vertex 1\nend_header\n", "how its numbers are written"),
        (b"ply\nformat binary_middle_endian 1.0\nend_header\n", "not understood"),
        (b"ply\nformat ascii 1.0\nelement face 1\nproperty float x\nend_header\n1\n", "no points"),
        (b"ply\nformat ascii 1.0\nend_header\n", "no points"),
        (b"ply\nformat ascii 1.0\nelement vertex -3\nend_header\n", "not a number of rows"),
        (b"ply\nformat ascii 1.0\nelement vertex 1e3\nend_header\n", "not a number of rows"),
        (b"ply\nformat ascii 1.0\nproperty float x\nend_header\n", "not understood"),
        (b"ply\nformat ascii 1.0\nelement vertex 1\nproperty quad x\nend_header\n", "not known"),
        (header(["x", "y", "z", "x"], 0), "appears twice"),
        (header(["x", "y", "z"], 0), "no Gaussians"),
        (header([*usual_names(1), "f_rest_0"], 0), "view-dependent"),
        (header([*usual_names(1), "packed_position"], 0), "compressed"),
        (GOOD[:-1], r"promises 20 Gaussians and holds 19"),
        (GOOD.replace(b"vertex 20", b"vertex 999999999999"), "cut off"),
        (header(usual_names(1), 20, extra="property list uchar int i"), "plain numbers"),
    ],
)  # fmt: skip
def test_bad_files_are_one_sentence(tmp_path: Path, data: bytes, match: str) -> None:
    refused(tmp_path, data, match)


@pytest.mark.parametrize(
    ("row", "match"),
    [("1 2 three", "text"), ("1 2", "too few or too many"), ("", "cut off|too few")],
)
def test_bad_text_rows_are_one_sentence(tmp_path: Path, row: str, match: str) -> None:
    good = " ".join(["1"] * 17)
    text = header(usual_names(1), 2).replace(b"binary_little_endian", b"ascii").decode()
    refused(tmp_path, f"{text}{good}\n{row and row + good[5:] if 'three' in row else row}".encode(),
            match)  # fmt: skip


def test_text_that_does_not_fit_its_column_is_refused(tmp_path: Path) -> None:
    text = header([*usual_names(1), "part"], 1).replace(b"binary_little_endian", b"ascii")
    text = text.replace(b"property float part", b"property uchar part")
    refused(tmp_path, text + b" ".join([b"1"] * 17) + b" 300\n", "do not fit")
    refused(tmp_path, text + b" ".join([b"1"] * 17) + b" nan\n", "do not fit")


def test_lists_before_the_gaussians_are_refused(tmp_path: Path) -> None:
    faces = np.zeros(2, [("vertex_indices", "i4", (3,))])
    path = tmp_path / "bad.ply"
    PlyData(
        [
            PlyElement.describe(faces, "face"),
            PlyElement.describe(random_rows(usual_names(1)), "vertex"),
        ]
    ).write(path)
    refused(tmp_path, path.read_bytes(), "lists before")


def test_missing_file_and_folder_are_sentences(tmp_path: Path) -> None:
    with pytest.raises(AssetError, match="not found"):
        read_gaussian_ply(tmp_path / "none.ply")
    with pytest.raises(AssetError, match="folder"):
        read_gaussian_ply(tmp_path)


def test_every_truncation_is_refused(tmp_path: Path) -> None:
    for length in range(0, len(GOOD), 61):
        refused(tmp_path, GOOD[:length])


def test_damaged_bytes_are_refused_in_a_sentence_or_give_a_sound_cloud(tmp_path: Path) -> None:
    refused = 0
    rng = np.random.default_rng(6)
    path = tmp_path / "a.ply"
    for _ in range(300):
        damaged = bytearray(GOOD)
        for position in rng.integers(0, 700, 5):
            damaged[position] = rng.integers(0, 256)
        path.write_bytes(damaged)
        try:
            cloud = read_gaussian_ply(path).cloud
        except AvatarError as error:
            refused += 1
            assert error.message.endswith(".")  # noqa: PT017
            assert error.hint  # noqa: PT017
            continue
        assert len(cloud.means) == len(cloud.quats) == len(cloud.opacities) > 0
        assert np.isfinite(cloud.means).all()
    assert 100 < refused < 300


def test_failed_write_keeps_the_old_file(tmp_path: Path) -> None:
    with pytest.raises(AssetError, match="does not exist"):
        write_gaussian_ply(tmp_path / "none" / "a.ply", PlyGaussians(GaussianCloud.empty()))
