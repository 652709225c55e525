"""The touched texels of a bake: what enters the pixel decoder's first sines, and wanted colours.

Arrays for `bake_kernels` hold sixteen texels side by side: [B, ..., 16]; the last texel fills up.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import numpy as np
import torch
from torch import nn

from avatar_core.errors import WeightsError
from avatar_core.mega import bake_kernels
from avatar_core.mega.atlas import atlas_places
from avatar_core.mega.bake_kernels import LANES, WIDTH
from avatar_core.mega.colour_difference import difference_metric
from avatar_core.mega.decoders import tiled_view
from avatar_core.mega.folded import folded

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray
    from torch import Tensor

    from avatar_core.geometry import Float32, Int32
    from avatar_core.mega.bake_conditions import BakeCondition
    from avatar_core.mega.model import MegaModel
    from avatar_core.mega.networks import MegaNetworks

Step: TypeAlias = "Callable[[float], None]"
"""Hears the share of the work that is done, 0..1; raising `Cancelled` in it stops the work."""

_OMEGA = 30.0
_DARKEST = 1e-4
_LEAST_RATIO, _MOST_RATIO = 0.25, 4.0
_BLOCKS_AT_ONCE = 128


class DecoderArrays(NamedTuple):
    """Second, third and last layer of the pixel decoder; the sines' factor is in them."""

    w2: Float32
    b2: Float32
    w3: Float32
    b3: Float32
    w4: Float32
    b4: Float32


@dataclass(frozen=True, slots=True, eq=False)
class BakeTexels:
    """One least-squares problem for every touched texel; see `bake_kernels.fit`.

    Condition 0 is the basic texture alone.

    Args:
        texels: [T] which, rising.
        starts: [B, C, 8, 16].
        full: [B, C, 3, 16] unpainted colours.
        goal: [B, C, 3, 16] intended colours.
        metric: [B, 9, 16] CIEDE2000 of small differences, in hundreds.
        decoder: the layers behind the first.
        latents_from_sums: [C, 8] the least latents that add given sums to the first layer.
    """

    texels: Int32
    starts: Float32
    full: Float32
    goal: Float32
    metric: Float32
    decoder: DecoderArrays
    latents_from_sums: Float32

    @classmethod
    def of(
        cls,
        model: MegaModel,
        paint: Float32,
        texels: Int32,
        conditions: Sequence[BakeCondition],
        step: Step,
        *,
        is_shaded: bool = True,
    ) -> BakeTexels:
        """Gather the problem.

        Args:
            model: the avatar.
            paint: [S, S, 4] premultiplied display RGB and coverage, row 0 below.
            texels: [T] rising, row * S + column, T >= 1.
            conditions: views and expressions.
            step: hears how far it is.
            is_shaded: the paint is shaded as what is there; else it is wanted as it is.

        Raises:
            WeightsError: the first layer cannot be moved freely by the texture.
        """
        networks = model.networks
        first = _layers(networks)[0].weight.detach()
        sums_from_latents = _OMEGA * first[:, first.shape[1] - networks.config.tex_ch :].numpy()
        if np.linalg.matrix_rank(sums_from_latents) < WIDTH:
            raise WeightsError(
                "This avatar's neural texture has too few channels to bake paint into.",
                "Keep the paint in its layers: it is shown all the same.",
            )
        basic = first_sums(model, texels)
        starts = np.empty((blocks_of(len(texels)), 1 + len(conditions), WIDTH, LANES), np.float32)
        starts[:, 0] = in_lanes(basic)
        moving = _moving_texels(networks, texels, conditions, step)
        for at, chosen in enumerate(moving, 1):
            starts[:, at] = in_lanes(basic + chosen @ sums_from_latents.T)
        decoder = _decoder_arrays(networks)
        full = decoded(starts, np.zeros((len(starts), WIDTH, LANES), np.float32), decoder)
        goal = _goal(full, in_lanes(paint.reshape(-1, 4)[texels]), is_shaded=is_shaded)
        metric = difference_metric(out_of_lanes(goal.mean(1), len(texels))).reshape(-1, 9)
        inverse = np.linalg.pinv(sums_from_latents.astype(np.float64)).astype(np.float32)
        return cls(texels, starts, full, goal, in_lanes(metric), decoder, inverse)

    def fitted(
        self,
        sums: Float32,
        near: Float32,
        pull: float,
        share: float | Float32,
        conditions: Int32,
        rounds: int,
        step: Step,
    ) -> tuple[Float32, Float32]:
        """Better sums [T, 8], and the squared error [T] that is left over the conditions.

        Args:
            sums: [T, 8] where to begin.
            near: [T, 8] what they are pulled to.
            pull: how strongly.
            share: how much of the paint is wanted, 0..1, of all or [T] of each.
            conditions: [K] which to look at.
            rounds: most evaluations.
            step: hears how far it is.
        """
        count = len(self.texels)
        result, pulled = in_lanes(sums), in_lanes(near)
        shares = np.broadcast_to(np.float32(share), count)
        wanted = in_lanes(shares[:, None])[:, 0]
        costs = np.empty((len(result), LANES), np.float32)

        def work(first: int) -> None:
            part = slice(first, first + _BLOCKS_AT_ONCE)
            bake_kernels.fit(
                self.starts[part],
                self.full[part],
                self.goal[part],
                self.metric[part],
                wanted[part],
                pulled[part],
                np.float32(pull),
                tuple(self.decoder),
                conditions,
                rounds,
                result[part],
                costs[part],
            )

        _in_threads(work, range(0, len(result), _BLOCKS_AT_ONCE), step)
        return out_of_lanes(result, count), out_of_lanes(costs[:, None], count)[:, 0]

    def chosen(self, rows: NDArray[np.intp]) -> BakeTexels:
        """The same for some of the texels."""

        def part(values: Float32) -> Float32:
            flat = values.reshape(len(values), -1, LANES)
            lanes = in_lanes(out_of_lanes(flat, len(self.texels))[rows])
            return lanes.reshape(len(lanes), *values.shape[1:])

        return replace(
            self,
            texels=self.texels[rows],
            starts=part(self.starts),
            full=part(self.full),
            goal=part(self.goal),
            metric=part(self.metric),
        )

    def colours(self, sums: Float32) -> Float32:
        """[B, C, 3, 16] what sums [T, 8] make of the texels under all conditions."""
        return decoded(self.starts, in_lanes(sums), self.decoder)


def decoded(starts: Float32, sums: Float32, decoder: DecoderArrays) -> Float32:
    """[B, C, 3, 16] colours; see `bake_kernels.decode`."""
    colours = np.empty((*starts.shape[:2], 3, LANES), np.float32)

    def work(first: int) -> None:
        part = slice(first, first + _BLOCKS_AT_ONCE)
        bake_kernels.decode(starts[part], sums[part], tuple(decoder), colours[part])

    _in_threads(work, range(0, len(starts), _BLOCKS_AT_ONCE), lambda _: None)
    return colours


def blocks_of(count: int) -> int:
    return -(-count // LANES)


def in_lanes(values: NDArray[np.floating[Any]]) -> Float32:
    """[T, K] as [B, K, 16]."""
    count, width = values.shape
    padded = np.empty((blocks_of(count) * LANES, width), np.float32)
    padded[:count], padded[count:] = values, values[-1:]
    return np.ascontiguousarray(padded.reshape(-1, LANES, width).transpose(0, 2, 1))


def out_of_lanes(values: Float32, count: int) -> Float32:
    """[B, K, 16] as [T, K]."""
    return np.ascontiguousarray(values.transpose(0, 2, 1).reshape(-1, values.shape[1])[:count])


def _in_threads(work: Callable[[int], None], firsts: range, step: Step) -> None:
    """One thread a core; parts do not touch one another, so their order does not matter."""
    with ThreadPoolExecutor(os.cpu_count() or 1, "bake") as pool:
        pending = [pool.submit(work, first) for first in firsts]
        try:
            for done, future in enumerate(pending, 1):
                future.result()
                step(done / len(pending))
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def _moving_texels(
    networks: MegaNetworks, texels: Int32, conditions: Sequence[BakeCondition], step: Step
) -> list[Float32]:
    """[T, C] view and dynamic texture of each condition, as the renderer gets them: in halves.

    A view or an expression that comes twice is decoded once.
    """
    view, dynamic = folded(networks.view_texture), folded(networks.dynamic_texture)
    views = [condition.direction.tobytes() for condition in conditions]
    expressions = [condition.driving.tobytes() for condition in conditions]
    keys = list(dict.fromkeys([*views, *expressions]))
    chosen_rows = torch.from_numpy(texels).long()
    found: dict[bytes, Float32] = {}

    def decode(at: int) -> None:
        given = torch.frombuffer(bytearray(keys[at]), dtype=torch.float32)[None]
        with torch.inference_mode():
            grouped = view.texels(tiled_view(given)) if keys[at] in views else dynamic.texels(given)
            rows = grouped.view(len(grouped), -1, 4)[:, chosen_rows].transpose(0, 1)
            latents = rows.reshape(len(texels), -1)[:, : networks.config.tex_ch]
        found[keys[at]] = latents.float().numpy()

    _in_threads(decode, range(len(keys)), step)
    return [found[seen] + found[driven] for seen, driven in zip(views, expressions, strict=True)]


@torch.inference_mode()
def first_sums(model: MegaModel, texels: Int32) -> Float32:
    """[T, 8] what the basic texture, the code of uv and the code of the place add up to."""
    networks = model.networks
    size = networks.config.tex_size
    axis = torch.linspace(-1, 1, size)
    rows, columns = (torch.from_numpy(each) for each in np.divmod(texels.astype(np.int64), size))
    uv = torch.stack([axis[columns], axis[rows]], -1)
    inputs = [networks.pe(uv), _rows(networks.neural_texture(), texels)]
    if networks.config.xyz_cond:
        inputs.insert(0, networks.head_mlp.xyz_enc(_places(model, texels)))
    sums: Float32 = (_OMEGA * _layers(networks)[0](torch.cat(inputs, -1))).numpy()
    return sums


def _places(model: MegaModel, texels: Int32) -> Tensor:
    """[T, 3] where texels lie on the canonical head, those off the charts at the nearest edge."""
    from scipy.ndimage import distance_transform_edt

    places = atlas_places(model.surface, model.canonical_vertices, model.networks.config.tex_size)
    is_off = (places == 0).all(-1).numpy()
    nearest = distance_transform_edt(is_off, return_distances=False, return_indices=True)
    rows, columns = (torch.from_numpy(each.reshape(-1)[texels]).long() for each in nearest)
    return places[rows, columns]


def _rows(texture: Tensor, texels: Int32) -> Tensor:
    """[T, C] of a texture [1, C, S, S]."""
    return (
        texture[0].permute(1, 2, 0).reshape(-1, texture.shape[1])[torch.from_numpy(texels).long()]
    )


def _layers(networks: MegaNetworks) -> list[nn.Linear]:
    """The pixel decoder's four, of which the first three go into sines."""
    layers = [
        each for each in networks.head_mlp.final_siren.modules() if isinstance(each, nn.Linear)
    ]
    if len(layers) != 4:
        raise WeightsError("This avatar's pixel decoder has another number of layers.")
    return layers


def _decoder_arrays(networks: MegaNetworks) -> DecoderArrays:
    _, second, third, last = _layers(networks)
    arrays = []
    for layer, scale in ((second, _OMEGA), (third, _OMEGA), (last, 1.0)):
        arrays += [scale * layer.weight.detach().numpy(), scale * layer.bias.detach().numpy()]
    return DecoderArrays(*(np.ascontiguousarray(each, np.float32) for each in arrays))


def _goal(full: Float32, paint: Float32, *, is_shaded: bool) -> Float32:
    """Paint [B, 4, 16], shaded as the texel is under each condition, over what is there."""
    ratio = (
        full / np.maximum(full[:, :1], np.float32(_DARKEST)) if is_shaded else np.ones_like(full)
    )
    np.clip(ratio, _LEAST_RATIO, _MOST_RATIO, out=ratio)
    goal = (1.0 - paint[:, None, 3:]) * full + paint[:, None, :3] * ratio
    return np.clip(goal, np.float32(0), np.float32(1))
