"""Neural avatars: through arrays and back, evaluated, and drawn the way their head turns."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

from avatar_core.errors import WeightsError
from avatar_core.gaussians import GaussianCloud
from avatar_core.geometry import Camera, look_at, matrix_from_axis_angle, matrix_from_quat
from avatar_core.heads import BlendshapeHead
from avatar_core.mega import EXACT, LIVE, DecodeTolerance, build
from avatar_core.mega.assets import asset_of, model_of
from avatar_core.mega.blend import BlendMode
from avatar_core.mega.folded import grouped
from avatar_core.mega.model import MegaModel
from avatar_core.mega.networks import MegaConfig, MegaNetworks
from avatar_core.mega.neural import NeuralAvatar
from avatar_core.mega.reference_renderer import finished_mode
from avatar_core.motion import ARKIT_UNITS, MotionFrame
from avatar_core.project import hair_of, with_hair
from avatar_core.project.mega_options import OFFICIAL, MegaOptions

if TYPE_CHECKING:
    from avatar_core.frame import AvatarFrame, NeuralTextures
    from avatar_core.project import AvatarAsset


@pytest.fixture
def neural(small_avatar: AvatarAsset) -> AvatarAsset:
    """The small avatar with a neural face of random weights; its scalp turns with the neck."""
    torch.manual_seed(3)
    config = MegaConfig(
        n_expr=52,
        n_pose=6,
        tex_size=16,
        disp_size=16,
        deform_layers=(8,),
        num_freqs=2,
        gaussians=20,
        sh_coefficients=1,
    )
    networks = MegaNetworks(config).eval()
    with torch.no_grad():
        for name, value in networks.canonical_gs.named_parameters():
            value.copy_(torch.randn(value.shape) * (0.1 if name == "_xyz" else 1.0))
        list(networks.deform_mlp.parameters())[-2].normal_()
        networks.head_mlp.final_siren[0].net[3].weight.mul_(30)
    assert isinstance(small_avatar.head, BlendshapeHead)
    return asset_of(MegaModel.of(small_avatar.head, networks), "N", "", {})


def test_weights_come_back(neural: AvatarAsset) -> None:
    again = asset_of(model_of(neural), neural.name, "", {})
    assert again.face.options == neural.face.options
    for name, value in neural.face.weights.items():
        np.testing.assert_array_equal(again.face.weights[name], value, err_msg=name)
    np.testing.assert_allclose(again.hair.scales, neural.hair.scales, rtol=1e-5)
    np.testing.assert_allclose(again.hair.opacities, neural.hair.opacities, atol=1e-6)
    np.testing.assert_array_equal(again.face.texture, neural.face.texture)


def test_misfits_are_named(neural: AvatarAsset) -> None:
    weights = dict(neural.face.weights)
    del weights["pe.m_u"]
    with pytest.raises(WeightsError, match=r"pe\.m_u"):
        model_of(replace(neural, face=replace(neural.face, weights=weights)))
    with pytest.raises(WeightsError, match="option"):
        model_of(replace(neural, face=replace(neural.face, options={"surprise": 1})))


def test_options_survive_plain_data() -> None:
    for options in (OFFICIAL, MegaOptions(deform_attributes=("xyz", "opacity"))):
        assert MegaOptions.from_plain(options.to_plain()) == options


def test_options_that_older_files_lack_are_those_of_their_maker() -> None:
    assert MegaOptions.from_plain({}) == MegaOptions()
    older = {k: v for k, v in OFFICIAL.to_plain().items() if k not in {"mask_cleaned"}}
    assert MegaOptions.from_plain(older).mask_cleaned
    assert not MegaOptions.from_plain({"mask_blurred": True}).mask_cleaned


@pytest.mark.parametrize(
    ("options", "mode"),
    [
        (MegaOptions(), BlendMode.TRAIN),
        (MegaOptions(foreign_hair=True), BlendMode.TRAIN),
        (OFFICIAL, BlendMode.EVAL),
        (replace(OFFICIAL, foreign_hair=True), BlendMode.FOREIGN_HAIR),
    ],
)
def test_finished_pictures_are_blended_as_their_maker_does(
    options: MegaOptions, mode: BlendMode
) -> None:
    assert finished_mode(options) is mode


def test_look_follows_the_expression_and_mesh_and_hair_agree(neural: AvatarAsset) -> None:
    avatar = build(neural)
    assert isinstance(avatar, NeuralAvatar)
    rest = avatar.evaluate(MotionFrame())
    smile = avatar.evaluate(MotionFrame.from_units(mouthSmileLeft=1.0, jawOpen=0.6))
    assert rest.neural is not None
    assert smile.neural is not None
    np.testing.assert_array_equal(rest.neural.view, smile.neural.view)
    assert np.abs(rest.neural.dynamic.astype(float) - smile.neural.dynamic).max() > 1e-3
    assert np.abs(rest.hair_means - smile.hair_means).max() > 1e-6
    assert {"pose", "decode"} <= smile.stage_ms.keys()


def test_look_depends_on_where_it_is_seen_from(neural: AvatarAsset) -> None:
    avatar = NeuralAvatar(neural)
    looks = []
    for eye in ((0.0, 0.0, 1.0), (0.0, 0.0, 2.0), (0.8, 0.0, 0.6)):
        view = look_at(np.array(eye, np.float32), np.zeros(3, np.float32))
        camera = Camera(view, np.eye(3, dtype=np.float32), 8, 8)
        looks.append(avatar.evaluate(MotionFrame(), camera).neural)
    front, farther, aside = (np.asarray(look.view, float) for look in looks if look is not None)
    np.testing.assert_allclose(front, farther, atol=1e-3)
    assert np.abs(front - aside).max() > 1e-3


def _seen_from(angle_rad: float, distance_m: float = 1.0) -> Camera:
    eye = distance_m * np.array([np.sin(angle_rad), 0.0, np.cos(angle_rad)], np.float32)
    view = look_at(eye, np.zeros(3, np.float32))
    return Camera(view, np.eye(3, dtype=np.float32), 8, 8)


def _textures(frame: AvatarFrame) -> NeuralTextures:
    assert frame.neural is not None
    return frame.neural


def test_frames_are_those_of_the_readable_model(neural: AvatarAsset) -> None:
    model = model_of(neural)
    turned = np.array([0.1, 0.6, 0.0], np.float32)
    motion = replace(MotionFrame.from_units(jawOpen=0.7), head_rotation=turned)
    camera = _seen_from(-0.3)
    posed = model.posed(
        neural.head.parameters_from_arkit(
            ARKIT_UNITS, motion.weights, motion.head_rotation, motion.head_translation, None
        )
    )
    hair, _ = model.deformed_hair(posed)
    maps = model.decoded([posed], [camera])
    vertices = model.displaced(posed)
    frame = NeuralAvatar(neural, device="cpu").evaluate(motion, camera)
    for shown, expected in (
        (frame.vertices, vertices),
        (frame.displacements, vertices - posed.vertices),
        (frame.hair_means, hair.activated().means),
        (frame.hair_scales, hair.activated().scales),
        (frame.hair_opacities, hair.activated().opacities),
        (frame.hair_constants, hair.features_dc),
    ):
        assert shown is not None
        np.testing.assert_allclose(shown, expected, atol=1e-6)
    for texels, texture in (
        (_textures(frame).view, maps.view), (_textures(frame).dynamic, maps.dynamic)
    ):  # fmt: skip
        np.testing.assert_allclose(texels.astype(float), grouped(texture), rtol=1e-3, atol=1e-5)


def test_a_live_look_waits_for_differences_that_show(neural: AvatarAsset) -> None:
    avatar = NeuralAvatar(neural, DecodeTolerance(np.radians(0.5), 2e-3), device="cpu")
    motions = [MotionFrame.from_units(jawOpen=0.5 + 0.001 * step) for step in range(4)]
    looks = [_textures(avatar.evaluate(motion, _seen_from(0.0))) for motion in motions]
    assert looks[1].dynamic is looks[0].dynamic
    assert looks[3].dynamic is not looks[0].dynamic
    assert looks[3].view is looks[0].view
    steps = [0.2, 0.4, 0.6, 0.8]
    views = [_textures(avatar.evaluate(motions[3], _seen_from(np.radians(a)))) for a in steps]
    assert views[1].view is looks[0].view
    assert views[2].view is not looks[0].view
    assert views[3].view is views[2].view
    assert views[3].dynamic is looks[3].dynamic


def test_an_exact_look_waits_for_nothing(neural: AvatarAsset) -> None:
    avatar = build(neural)
    near, same, far = (
        _textures(avatar.evaluate(MotionFrame.from_units(jawOpen=jaw), _seen_from(jaw)))
        for jaw in (0.5, 0.5, 0.50001)
    )
    assert same.dynamic is near.dynamic
    assert same.view is near.view
    assert far.dynamic is not near.dynamic
    assert far.view is not near.view


def test_mesh_and_hair_follow_every_motion_however_small(neural: AvatarAsset) -> None:
    live = NeuralAvatar(neural, LIVE, device="cpu")
    for jaw in (0.5, 0.5005, 0.501):
        motion = MotionFrame.from_units(jawOpen=jaw)
        shown = live.evaluate(motion)
        exact = NeuralAvatar(neural, device="cpu").evaluate(motion)
        np.testing.assert_array_equal(shown.vertices, exact.vertices)
        np.testing.assert_array_equal(shown.hair_means, exact.hair_means)


def test_in_a_hurry_half_of_the_hair_lags_and_every_second_look(neural: AvatarAsset) -> None:
    avatar = NeuralAvatar(neural, device="cpu")
    motions = [MotionFrame.from_units(jawOpen=jaw) for jaw in (0.2, 0.9, 0.4)]
    exact = [NeuralAvatar(neural, device="cpu").evaluate(motion) for motion in motions]
    first = avatar.evaluate(motions[0], is_hurried=True)  # there is nothing to lag behind
    np.testing.assert_array_equal(first.hair_scales, exact[0].hair_scales)
    assert not avatar.is_behind
    frames = [avatar.evaluate(motion, is_hurried=True) for motion in motions[1:]]
    middle = len(first.hair_means) // 2
    halves = slice(middle), slice(middle, None)
    is_fresh = []
    for frame, wanted in zip(frames, exact[1:], strict=True):
        assert avatar.is_behind
        np.testing.assert_array_equal(frame.vertices, wanted.vertices)
        assert frame.hair_scales is not None
        assert wanted.hair_scales is not None
        is_fresh.append(
            [np.allclose(frame.hair_scales[h], wanted.hair_scales[h], atol=1e-7) for h in halves]
        )
    assert sorted(is_fresh) == [[False, True], [True, False]]
    looks = [_textures(frame).dynamic for frame in (first, *frames)]
    assert sum(later is before for before, later in pairwise(looks)) == 1


def test_what_was_left_behind_is_made_good(neural: AvatarAsset) -> None:
    avatar = NeuralAvatar(neural, device="cpu")
    avatar.evaluate(MotionFrame.from_units(jawOpen=0.2))
    motion = MotionFrame.from_units(jawOpen=0.9)
    avatar.evaluate(motion, is_hurried=True)
    made_good = avatar.evaluate(motion)
    wanted = NeuralAvatar(neural, device="cpu").evaluate(motion)
    assert not avatar.is_behind
    np.testing.assert_array_equal(made_good.hair_scales, wanted.hair_scales)
    np.testing.assert_array_equal(_textures(made_good).dynamic, _textures(wanted).dynamic)


def test_seen_from_elsewhere_a_motion_keeps_its_arrays(neural: AvatarAsset) -> None:
    avatar = NeuralAvatar(neural, LIVE, device="cpu")
    motion = MotionFrame.from_units(jawOpen=0.5)
    first = avatar.evaluate(motion, _seen_from(0.0), captured_s=3.0, stage_ms={"mix": 1.0})
    again = avatar.evaluate(motion, _seen_from(0.3))
    assert again.vertices is first.vertices
    assert again.hair_means is first.hair_means
    assert _textures(again).view is not _textures(first).view
    assert (first.captured_s, again.captured_s) == (3.0, None)
    assert set(first.stage_ms) == {"mix", "pose", "hair", "decode"}
    assert set(again.stage_ms) == {"decode"}


def test_it_knows_from_where_it_would_look_different(neural: AvatarAsset) -> None:
    avatar = NeuralAvatar(neural, LIVE, device="cpu")
    assert avatar.is_seen_anew(_seen_from(0.0))
    avatar.evaluate(MotionFrame(), _seen_from(0.0))
    assert not avatar.is_seen_anew(_seen_from(np.radians(0.3)))
    assert avatar.is_seen_anew(_seen_from(np.radians(0.7)))
    # The head turns away under a camera that stands still.
    turned = MotionFrame(head_rotation=np.array([0.0, 0.4, 0.0], np.float32))
    avatar.evaluate(turned, _seen_from(0.0))
    assert not avatar.is_seen_anew(_seen_from(0.0))
    assert avatar.is_seen_anew(_seen_from(0.4))


def test_moving_textures_are_reduced_on_request(neural: AvatarAsset) -> None:
    whole = _textures(NeuralAvatar(neural, device="cpu").evaluate(MotionFrame()))
    small = _textures(NeuralAvatar(neural, device="cpu", reduce_to=8).evaluate(MotionFrame()))
    assert whole.view.shape == (3, 16, 16, 4)
    boxes = whole.dynamic.astype(np.float32).reshape(3, 8, 2, 8, 2, 4).mean((2, 4))
    np.testing.assert_allclose(small.dynamic.astype(np.float32), boxes, rtol=1e-3, atol=1e-5)
    assert small.view.shape == small.dynamic.shape


@pytest.mark.gpu
@pytest.mark.parametrize("tolerance", [EXACT, LIVE])
def test_cuda_and_processor_agree(neural: AvatarAsset, tolerance: DecodeTolerance) -> None:
    motion, camera = MotionFrame.from_units(jawOpen=0.7), _seen_from(0.3)
    frames = [NeuralAvatar(neural, tolerance, device=device).evaluate(motion, camera)
              for device in ("cuda", "cpu")]  # fmt: skip
    for name in ("vertices", "hair_means", "hair_quats", "hair_scales", "hair_constants"):
        np.testing.assert_allclose(*(getattr(frame, name) for frame in frames), atol=1e-5)
    for name in ("view", "dynamic"):
        shown, expected = (getattr(_textures(f), name).astype(np.float32) for f in frames)
        assert np.abs(shown - expected).max() <= 0.01 * np.abs(expected).max()


def test_hair_turns_with_the_head(neural: AvatarAsset) -> None:
    avatar = NeuralAvatar(neural)
    turn = np.array([0.0, 0.7, 0.0], np.float32)
    rest = avatar.evaluate(MotionFrame())
    turned = avatar.evaluate(MotionFrame(head_rotation=turn))
    matrix = matrix_from_axis_angle(turn)
    np.testing.assert_allclose(turned.hair_turn, matrix, atol=1e-4)
    expected = matrix @ matrix_from_quat(rest.hair_quats)
    np.testing.assert_allclose(matrix_from_quat(turned.hair_quats), expected, atol=1e-4)
    spread = turned.hair_means - turned.hair_means.mean(0)
    np.testing.assert_allclose(spread, (rest.hair_means - rest.hair_means.mean(0)) @ matrix.T,
                               atol=1e-4)  # fmt: skip


def test_bald_avatars_are_fine(neural: AvatarAsset) -> None:
    bald = replace(neural, hair=GaussianCloud.empty())
    assert len(NeuralAvatar(bald).evaluate(MotionFrame()).hair_means) == 0


def test_foreign_hair_is_evaluated_where_it_was_put(neural: AvatarAsset) -> None:
    keep = np.arange(3, 15)
    donor = replace(neural, hair=neural.hair.subset(keep))
    worn = with_hair(neural, hair_of(donor))
    for motion in (MotionFrame(), MotionFrame.from_units(jawOpen=0.6)):
        shown, own = build(worn).evaluate(motion), build(neural).evaluate(motion)
        assert len(shown.hair_means) == len(keep)
        # Asked at the same places, the deformation answers the same.
        np.testing.assert_allclose(shown.hair_means, own.hair_means[keep], atol=1e-5)
    rest = build(worn).evaluate(MotionFrame())
    # All that lies between is the deformation of the face at rest, a few millimetres here.
    np.testing.assert_allclose(rest.hair_means, worn.hair.means, atol=0.006)


def test_foreign_hair_of_more_harmonics_keeps_them(neural: AvatarAsset) -> None:
    sh = np.random.default_rng(2).normal(size=(20, 9, 3)).astype(np.float32)
    donor = replace(neural, hair=replace(neural.hair, sh=sh))
    model = model_of(with_hair(neural, hair_of(donor)))
    assert model.networks.canonical_gs.degree == 2
    rest = model.networks.canonical_gs._features_rest.numpy()
    np.testing.assert_allclose(rest, sh[:, 1:], atol=1e-4)
