"""Compiled loops of `guides`. Importing this module loads numba and compiles, once per machine.

Positions are metres around the neutral head, turns are unit quaternions, wxyz. Small vectors are
tuples.
"""

from __future__ import annotations

import math

import numba

from avatar_core.hair.collision import CELL_M
from avatar_core.hair.vector_kernels import (
    at,
    dot,
    helper,
    part_of,
    plus,
    product,
    towards,
    turn_between,
    turned,
    unit,
)

_ROUNDS = 3
"""How often what is lifted out of the skin is asked for its height again."""

_MOST_BEND = math.cos(math.radians(40))
"""Parts are not folded more sharply than by this angle (cosine), unless they were."""

_LEAST_MOVE_M, _LEAST_TURN = 1e-7, 1e-6
"""Gaussians that move and turn by less are left as they are."""

_NODES, _SKIN = "float32[:,:,::1]", "int32[:,:,::1], float32[::1], float32[:,::1], float32[:,::1]"


@helper
def _above_skin(point, cells, origin, places, normals):  # type: ignore[no-untyped-def]
    """Height and normal of the skin as `HeadCollider` tells them; infinity far away."""
    x, y, z = (
        (point[0] - origin[0]) / CELL_M,
        (point[1] - origin[1]) / CELL_M,
        (point[2] - origin[2]) / CELL_M,
    )
    # Never true of what is not a number.
    if 0 <= x < cells.shape[0] and 0 <= y < cells.shape[1] and 0 <= z < cells.shape[2]:
        nearest = cells[int(x), int(y), int(z)]
        if nearest >= 0:
            normal = at(normals, nearest)
            return dot(plus(point, -1.0, at(places, nearest)), normal), normal
    return math.inf, (0.0, 0.0, 0.0)


@helper
def _lifted(point, least, cells, origin, places, normals):  # type: ignore[no-untyped-def]
    """A point, out of the skin by at least so much; `HeadCollider.kept_out`."""
    for _ in range(_ROUNDS):
        height, normal = _above_skin(point, cells, origin, places, normals)
        if height >= least:
            break
        point = plus(point, least - height, normal)
    return point


@helper
def _swung_out(  # type: ignore[no-untyped-def]
    before, direction, length, least, cells, origin, places, normals
):
    """The direction of a part, turned about its start by as little as lifts its end so high."""
    for _ in range(_ROUNDS):
        end = plus(before, length, direction)
        height, normal = _above_skin(end, cells, origin, places, normals)
        if height >= least or length <= 0:
            break
        steep = dot(direction, normal)
        level = unit(plus(direction, -steep, normal))
        steep = min(max(steep + (least - height) / length, -1.0), 1.0)
        share = math.sqrt(1.0 - steep * steep)
        direction = unit(
            plus((share * level[0], share * level[1], share * level[2]), steep, normal)
        )
    return direction


@helper
def _eased(direction, before, cosine):  # type: ignore[no-untyped-def]
    """The direction of a part, so that its angle to the part before is not larger than given."""
    along = dot(direction, before)
    if along >= cosine or dot(before, before) < 0.5:
        return direction
    aside = unit(plus(direction, -along, before))
    sine = math.sqrt(max(1.0 - cosine * cosine, 0.0))
    return unit(plus((sine * aside[0], sine * aside[1], sine * aside[2]), cosine, before))


@helper
def _part(curve, k):  # type: ignore[no-untyped-def]
    """The direction of the part that ends at node k."""
    return towards(at(curve, k - 1), at(curve, k))


@helper
def _tangent(curve, k):  # type: ignore[no-untyped-def]
    return towards(at(curve, max(k - 1, 0)), at(curve, min(k + 1, len(curve) - 1)))


@helper
def _first_to_move(curve, target):  # type: ignore[no-untyped-def]
    """The first node after the root that is wanted elsewhere; K if none is."""
    for k in range(1, len(curve)):
        for axis in range(3):
            if curve[k, axis] != target[k, axis]:
                return k
    return len(curve)


@numba.njit(
    f"int64({_NODES}, float32[:,::1], boolean[::1], float32[::1], float32, int64[::1])",
    cache=True,
    nogil=True,
)
def near(nodes, lengths, is_free, position, radius, ids):  # type: ignore[no-untyped-def]
    """Write the guides that may pass through a sphere into `ids` [G]; how many there are."""
    found = 0
    middle = (float(position[0]), float(position[1]), float(position[2]))
    for guide in range(len(nodes)):
        if not is_free[guide]:
            continue
        for k in range(nodes.shape[1]):
            # It may pass through between two nodes.
            reach = radius + 0.5 * lengths[guide, min(k, nodes.shape[1] - 2)]
            away = plus(at(nodes[guide], k), -1.0, middle)
            if dot(away, away) < reach * reach:
                ids[found] = guide
                found += 1
                break
    return found


@numba.njit(
    f"void(int64[::1], {_NODES}, float32[:,::1], float32[:,::1], float32[:,::1], "
    f"boolean, {_SKIN}, {_NODES}, {_NODES}, int64[::1])",
    cache=True,
    nogil=True,
    error_model="numpy",
)
def bend(  # type: ignore[no-untyped-def]
    ids, targets, springs, lengths, floors, keeps_lengths,
    cells, origin, places, normals, nodes, turns, first_moved,
):  # fmt: skip
    """Bring guides to where they are wanted, as far as lengths and the head allow.

    From the root on, each node is put at its distance from the one before: towards where it is
    wanted or, by its spring, as it stood to the parts before, which keeps curls.

    Args:
        ids: [g] guides.
        targets: [g, K, 3] where their nodes are wanted; those before the first that is to move
            stay exactly where they are, as do the roots.
        springs: [g, K] 0..1.
        lengths: [G, K - 1] of each part.
        floors: [G, K] least heights over the skin.
        keeps_lengths: whether parts keep their lengths.
        cells: of `collision.Skin`, as are the next three.
        origin: [3].
        places: [P, 3].
        normals: [P, 3].
        nodes: [G, K, 3] written.
        turns: [G, K, 4] written: how each node has turned so far.
        first_moved: [G] written: the first node that did, where that is before the one noted.
    """
    for j in range(len(ids)):
        guide = ids[j]
        curve = nodes[guide]
        first = _first_to_move(curve, targets[j])
        if first == len(curve):
            continue
        first_moved[guide] = min(first_moved[guide], first)
        old = curve.copy()
        swing = (1.0, 0.0, 0.0, 0.0)
        for k in range(first, len(curve)):
            wanted, least = at(targets[j], k), floors[guide, k]
            if keeps_lengths:
                before, length = at(curve, k - 1), lengths[guide, k - 1]
                sprung = turned(swing, _part(old, k))
                direction = towards(before, wanted)
                across = plus(sprung, -1.0, direction)
                direction = unit(plus(direction, springs[j, k], across))
                if dot(direction, direction) < 0.5:
                    direction = sprung
                if k > 1:
                    sharpest = min(_MOST_BEND, dot(_part(old, k - 1), _part(old, k)))
                    direction = _eased(direction, _part(curve, k - 1), sharpest)
                direction = _swung_out(
                    before, direction, length, least, cells, origin, places, normals
                )
                swing = product(turn_between(sprung, direction), swing)
                place = plus(before, length, direction)
            else:
                place = _lifted(wanted, least, cells, origin, places, normals)
            curve[k, 0], curve[k, 1], curve[k, 2] = place
        # Passed on from the root, so that a guide that comes back has not turned round itself.
        step = (1.0, 0.0, 0.0, 0.0)
        for k in range(first - 1, len(curve)):
            swung = turned(step, _tangent(old, k))
            step = product(turn_between(swung, _tangent(curve, k)), step)
            w, x, y, z = turns[guide, k]
            turn = part_of(product(step, (w, x, y, z)), 1.0)
            turns[guide, k, 0], turns[guide, k, 1] = turn[0], turn[1]
            turns[guide, k, 2], turns[guide, k, 3] = turn[2], turn[3]


@helper
def _hold(  # type: ignore[no-untyped-def]
    row, guide_ids, spots, shares, start_nodes, nodes, turns, start_bends, bends
):
    """Where a Gaussian is held, then and now, the turn in between, and how bent hair is there."""
    start, now = (0.0, 0.0, 0.0), (0.0, 0.0, 0.0)
    start_bend = bend_now = 0.0
    qw = qx = qy = qz = 0.0
    last = nodes.shape[1] - 1
    for j in range(guide_ids.shape[1]):
        if shares[row, j] <= 0:
            continue
        guide, share = guide_ids[row, j], shares[row, j]
        k = min(max(int(spots[row, j]), 0), last - 1)
        between = min(max(spots[row, j] - k, 0.0), 1.0)
        for node, part in ((k, share * (1.0 - between)), (k + 1, share * between)):
            start = plus(start, part, at(start_nodes[guide], node))
            now = plus(now, part, at(nodes[guide], node))
            start_bend += part * start_bends[guide, node]
            bend_now += part * bends[guide, node]
            w, x, y, z = turns[guide, node]
            if qw * w + qx * x + qy * y + qz * z < 0:
                part = -part
            qw, qx, qy, qz = qw + part * w, qx + part * x, qy + part * y, qz + part * z
    return start, now, (qw, qx, qy, qz), start_bend, bend_now


@helper
def _led_rows(  # type: ignore[no-untyped-def]
    moved, first_moved, nodes, starts, followers, mask, is_found, rows
):
    """Write into `rows` which Gaussians follow what moved, rising; how many there are."""
    count = 0
    for guide in moved:
        # The node before the first that moved has turned, and leads what hangs beyond the one
        # before it.
        first = guide * nodes + max(first_moved[guide] - 2, 0)
        for place in range(starts[first], starts[(guide + 1) * nodes]):
            row = followers[place]
            if mask[row] > 0 and not is_found[row]:
                is_found[row] = True
                rows[count] = row
                count += 1
    for index in range(count):
        is_found[rows[index]] = False
    rows[:count].sort()
    return count


@numba.njit(
    f"int64(int64[::1], int64[::1], int64[::1], int32[::1], boolean[::1], "
    f"int32[:,::1], float32[:,::1], float32[:,::1], float32[::1], "
    f"{_NODES}, {_NODES}, {_NODES}, float32[:,::1], float32[:,::1], float32[:,::1], float32, "
    f"{_SKIN}, float32[:,::1], float32[:,::1], int32[::1], float32[:,::1], float32[:,::1], "
    f"float32[:,::1])",
    cache=True,
    nogil=True,
    error_model="numpy",
)
def carry(  # type: ignore[no-untyped-def]
    moved, first_moved, starts, followers, is_found, guide_ids, spots, shares, mask,
    start_nodes, nodes, turns, start_bends, bends,
    start_means, clearance, cells, origin, places, normals, means, carried,
    rows, new_means, steps, row_bends,
):  # fmt: skip
    """Let Gaussians follow their guides from where they were when the stroke began.

    Args:
        moved: [m] guides that were bent.
        first_moved: [G] the first of their nodes that was.
        starts: [G K + 1] where the followers of each node begin, see `guides._followers`.
        followers: [f] Gaussians guide by guide and node by node.
        is_found: [M] all false; a place to note in.
        guide_ids: [M, 4] of `Strands`, as are the next two.
        spots: [M, 4] its `places`.
        shares: [M, 4].
        mask: [M] 0..1; Gaussians follow by so much.
        start_nodes: [G, K, 3] where guides were then.
        nodes: [G, K, 3] where they are now.
        turns: [G, K, 4] since then.
        start_bends: [G, K] how bent they were then, any unit.
        bends: [G, K] and now.
        start_means: [M, 3].
        clearance: no Gaussian ends lower than this, nor than it was if that was lower.
        cells: of `collision.Skin`, as are the next three.
        origin: [3].
        places: [P, 3].
        normals: [P, 3].
        means: [M, 3] now.
        carried: [M, 4] turns of Gaussians since the stroke began; brought up to date.
        rows: [M] written: those that move, rising; the next two say how.
        new_means: [M, 3] written: where to.
        steps: [M, 4] written: by what turn from now.
        row_bends: [M, 2] written: how bent the hair was there then, and is now.

    Returns:
        How many do.
    """
    found = 0
    led = _led_rows(moved, first_moved, nodes.shape[1], starts, followers, mask, is_found, rows)
    for index in range(led):
        row = rows[index]
        then, now, turn, bend_then, bend_now = _hold(
            row, guide_ids, spots, shares, start_nodes, nodes, turns, start_bends, bends
        )
        start = at(start_means, row)
        whole = part_of(turn, 1.0)
        arm = turned(whole, plus(start, -1.0, then))
        wanted = plus(plus(now, 1.0, arm), -1.0, start)
        place = plus(start, mask[row], wanted)
        height, _ = _above_skin(place, cells, origin, places, normals)
        if height < clearance:
            height, _ = _above_skin(start, cells, origin, places, normals)
            least = min(height, float(clearance))
            place = _lifted(place, least, cells, origin, places, normals)
        x, y, z = place
        turn = part_of(whole, mask[row])
        w, i, j, k = carried[row]
        step = product(turn, (w, -i, -j, -k))
        is_moved = (
            max(abs(x - means[row, 0]), abs(y - means[row, 1]), abs(z - means[row, 2]))
            > _LEAST_MOVE_M
        )
        if is_moved or max(abs(step[1]), abs(step[2]), abs(step[3])) > _LEAST_TURN:
            carried[row, 0], carried[row, 1] = turn[0], turn[1]
            carried[row, 2], carried[row, 3] = turn[2], turn[3]
            rows[found] = row
            new_means[found, 0], new_means[found, 1], new_means[found, 2] = x, y, z
            steps[found, 0], steps[found, 1] = step[0], step[1]
            steps[found, 2], steps[found, 3] = step[2], step[3]
            row_bends[found, 0], row_bends[found, 1] = bend_then, bend_now
            found += 1
    return found
