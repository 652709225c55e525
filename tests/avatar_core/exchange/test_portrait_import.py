"""Portrait models from a release as its authors pack it, in small sizes."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest
import torch

from avatar_core.emoportraits.config import PortraitConfig
from avatar_core.emoportraits.encoders import HeadPoseNet
from avatar_core.emoportraits.enhancer import Enhancer, EnhancerConfig
from avatar_core.emoportraits.generator import PortraitGenerator
from avatar_core.emoportraits.model import portrait_model
from avatar_core.errors import AvatarError, WeightsError
from avatar_core.exchange.portrait_import import import_portrait_model
from avatar_core.io.portrait_model_file import load_portrait_model, save_portrait_model
from avatar_core.io.portrait_models import model_path, portrait_models, user_models_folder
from tests.avatar_core.emoportraits.reference import error_share, random_inputs, settled

CONFIG = PortraitConfig(
    image_size=32, latent_size=8, depth=4, latent_channels=32, encoder_mult=1, encoder_max=32,
    identity_backbone="resnet18", identity_width=32, backbone_width=32, embedding_channels=32,
    expression_size=16, expression_crop=32, expression_dropout=0.1, warp_max=32, source_blocks=1,
    unet_max=32, unet_start=4, decoder_max=32, decoder_blocks=1, blocks_per_resolution=1,
    head_pose_width=8, depth_towards_viewer=True,
)  # fmt: skip
RUN = Path("logs", "Retrain_1")


@pytest.fixture(scope="module")
def generator() -> PortraitGenerator:
    torch.manual_seed(20)
    network = settled(PortraitGenerator(CONFIG))
    assert isinstance(network, PortraitGenerator)
    return network


@pytest.fixture
def release(generator: PortraitGenerator, tmp_path: Path) -> Path:
    """What unpacking the release gives, with everything a training module owned."""
    folder = tmp_path / "release"
    checkpoints = folder / RUN / "checkpoints"
    checkpoints.mkdir(parents=True)
    (folder / "repos").mkdir()
    state = dict(generator.state_dict())
    state["discriminator_ds.net_0512.to_scores.bias"] = torch.zeros(1)
    state["vgg19_loss.mean"] = torch.zeros(3)
    torch.save(state, checkpoints / "328_model.pth")
    torch.save(HeadPoseNet(width=8).state_dict(), folder / "repos" / "head_pose_regressor.pth")
    (folder / RUN / "args.txt").write_text("exp_dropout: 0.1\nproject_dir: /fsx/there\n")
    return folder


def test_a_release_becomes_a_model(
    generator: PortraitGenerator, release: Path, tmp_path: Path
) -> None:
    made = import_portrait_model(release)
    path = tmp_path / "m.safetensors"
    save_portrait_model(made.model, path)
    file = load_portrait_model(path)
    model = portrait_model(file.info.config, file.arrays)
    assert model.config == CONFIG
    given = random_inputs(CONFIG, batch=1)
    assert error_share(model.generator(**given), generator(**given)) < 1e-4
    assert file.info.name == "Retrain_1"
    assert set(file.info.licences) == {"328_model.pth", "head_pose_regressor.pth", "args.txt"}
    assert all("non-commercial" in text for text in file.info.licences.values())
    assert any("second stage" in note for note in made.notes)
    assert not any("args.txt" in note for note in made.notes)


def test_an_experiment_alone_finds_its_head_pose_next_to_logs(release: Path) -> None:
    assert import_portrait_model(release / RUN).model.info.name == "Retrain_1"


def test_the_longest_trained_is_taken_unless_another_is_named(release: Path) -> None:
    checkpoints = release / RUN / "checkpoints"
    early = checkpoints / "99_model.pth"
    early.write_bytes((checkpoints / "328_model.pth").read_bytes())
    made = import_portrait_model(release)
    assert checkpoints / "328_model.pth" in made.used_files
    assert any("99_model.pth" in note for note in made.notes)
    assert early in import_portrait_model(release, early).used_files


def test_without_arguments_it_says_so(release: Path) -> None:
    (release / RUN / "args.txt").unlink()
    made = import_portrait_model(release)
    assert any("args.txt" in note for note in made.notes)
    assert made.model.info.config["expression_dropout"] == 0.2


def test_the_second_stage_comes_along(release: Path) -> None:
    config = EnhancerConfig(64, 16, 32, 32, 4, 128, 1)
    enhancer = Enhancer(config).eval()
    checkpoints = release / "logs_s2" / "enhance" / "checkpoints"
    checkpoints.mkdir(parents=True)
    torch.save(enhancer.state_dict(), checkpoints / "900_model.pth")
    made = import_portrait_model(release)
    model = portrait_model(made.model.info.config, made.model.arrays)
    assert model.enhancer is not None
    assert model.enhancer.config == config
    frame = torch.rand(1, 3, 32, 32), torch.rand(1, 1, 32, 32), torch.rand(1, 1, 32, 32)
    assert error_share(model.enhancer(*frame), enhancer(*frame)) < 1e-4


def test_everything_missing_is_named(release: Path, tmp_path: Path) -> None:
    with pytest.raises(WeightsError) as caught:
        import_portrait_model(tmp_path / "nowhere")
    assert "is no folder" in str(caught.value)
    (release / "repos" / "head_pose_regressor.pth").unlink()
    with pytest.raises(WeightsError, match="head-pose network, in repos"):
        import_portrait_model(release)
    (release / RUN / "checkpoints" / "328_model.pth").unlink()
    with pytest.raises(WeightsError) as caught:
        import_portrait_model(release)
    assert "head_pose_regressor.pth" in str(caught.value)
    assert "NNN_model.pth" in str(caught.value)


class _Evil:
    """Leaves a trace where it is unpickled by a reader that trusts it."""

    def __init__(self, trace: Path) -> None:
        self._trace = trace

    def __reduce__(self) -> tuple[object, ...]:
        return (Path.touch, (self._trace,))


def test_nothing_is_executed(release: Path, tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    path = release / RUN / "checkpoints" / "328_model.pth"
    torch.save({"bn.running_mean": _Evil(trace)}, path)
    with pytest.raises(WeightsError):
        import_portrait_model(release)
    path.write_bytes(pickle.dumps(_Evil(trace)))
    with pytest.raises(WeightsError):
        import_portrait_model(release)
    assert not trace.exists()
    pickle.loads(path.read_bytes())
    assert trace.exists()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ({"opt_0": {"state": torch.ones(1)}}, "more than weights: opt_0"),
        ({"bn.running_mean": torch.tensor([float("nan")])}, "not finite: bn.running_mean"),
        ([torch.ones(1)], "no weights by name"),
        ({"neural_texture.data": torch.ones(1)}, "a MeGA avatar"),
        ({"local_encoder_nw.from_rgb_32px.bias": torch.ones(1)}, "not whole"),
    ],
)
def test_other_files_are_refused_in_words(release: Path, content: object, words: str) -> None:
    torch.save(content, release / RUN / "checkpoints" / "328_model.pth")
    with pytest.raises(WeightsError, match=words):
        import_portrait_model(release)


@pytest.mark.parametrize("share", [0.0, 0.3, 0.99])
def test_cut_files_are_refused(release: Path, share: float) -> None:
    path = release / RUN / "checkpoints" / "328_model.pth"
    data = path.read_bytes()
    path.write_bytes(data[: int(share * len(data))])
    with pytest.raises(AvatarError):
        import_portrait_model(release)


def test_it_can_be_stopped(release: Path) -> None:
    def stop(fraction: float, text: str) -> None:
        raise KeyboardInterrupt(text)

    with pytest.raises(KeyboardInterrupt):
        import_portrait_model(release, step=stop)


def test_models_are_found_where_they_were_put(
    release: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("platformdirs.user_data_dir", lambda _name: str(tmp_path / "user"))
    assert model_path("mine") == user_models_folder() / "mine.safetensors"
    assert model_path("mine.safetensors") == Path("mine.safetensors")
    assert model_path("some/where") == Path("some/where")
    user_models_folder().mkdir(parents=True)
    info = save_portrait_model(import_portrait_model(release).model, model_path("mine"))
    (user_models_folder() / "broken.safetensors").write_bytes(b"nothing")
    assert portrait_models()[0] == (model_path("mine"), info)
    assert "broken" not in str(portrait_models())
