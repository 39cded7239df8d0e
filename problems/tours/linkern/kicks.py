"""Walks until nothing gains, and kicks that are repaired: plain Python that numba compiles."""

from __future__ import annotations

from math import log
from typing import Any

from problems.tours.linkern.metric import between, draw
from problems.tours.linkern.moves import bridge, join, rewrite, undo
from problems.tours.linkern.recall import recall
from problems.tours.linkern.walk import explore

RESOLUTION = 1 << 30


def improve(nodes: Any, tour: Any, walk: Any, chains: Any, plan: Any, city: Any, top: Any) -> Any:
    """Walk from a city, and write what gains; return the gain, the number of chains, the top."""
    gain, k = explore(nodes, tour, walk, plan, city)
    if k == 0 or not join(tour, walk, chains, k):
        return 0.0, 0, top
    plan.counts[0] += 1
    if k <= plan.chains:
        recalled = recall(nodes, tour, chains, k)
        plan.counts[1] += 1
        if recalled > gain + plan.tolerance:
            plan.counts[2] += 1
        gain = recalled
        if gain <= plan.tolerance:
            return 0.0, 0, top
    reached = rewrite(tour, chains, k, top)
    if reached < 0:
        return 0.0, 0, top
    return gain, k, reached


def repair(nodes: Any, tour: Any, walk: Any, chains: Any, plan: Any, count: Any, top: Any) -> Any:
    """Improve from the `count` cities in the queue, and from all that this changes.

    Returns
    -------
    gained : float
    top : int
        Of the log, which goes on; one that is empty is begun anew with each change.
    """
    n, head, gained = len(tour.place), 0, 0.0
    queue, queued, kept = plan.queue, plan.queued, walk.kept
    while count > 0:
        city = queue[head]
        head = head + 1 if head + 1 < n else 0
        count -= 1
        queued[city] = 0
        gain, k, reached = improve(nodes, tour, walk, chains, plan, city, top)
        if top > 0:
            top = reached
        gained += gain
        for j in range(2 * k):
            c = kept[j]
            if queued[c] == 0:
                tail = head + count
                queue[tail if tail < n else tail - n] = c
                queued[c] = 1
                count += 1
    return gained, top


def descend(nodes: Any, tour: Any, walk: Any, chains: Any, plan: Any, first: Any, many: Any) -> Any:
    """Improve from `many` positions of the tour on, `first` the first; return what is gained."""
    for i in range(many):
        city = first + i
        plan.queue[i], plan.queued[city] = city, 1
    return repair(nodes, tour, walk, chains, plan, many, many - many)[0]


def allowed(nodes: Any, tour: Any, p: Any) -> Any:
    """Return the first position from p on after which the tour may be cut."""
    order, lock, n = tour.order, nodes.lock, len(tour.place)
    p %= n
    if nodes.locked:
        for _ in range(n):
            a, b = order[p], order[p + 1 if p + 1 < n else 0]
            if lock[2 * a] != b and lock[2 * a + 1] != b:
                break
            p = p + 1 if p + 1 < n else 0
    return p


def kick(nodes: Any, tour: Any, chains: Any, plan: Any, p: Any, most: Any) -> Any:
    """Make a double bridge of stretches of up to `most` cities after position p.

    Returns the log's top, 0 where no such cut is allowed, and by how much the tour is longer.
    """
    n, state, kind, where, ends = len(tour.place), plan.state, nodes.kind, nodes.where, chains.used
    most = max(1, min(most, (n - 2) // 3))
    a = allowed(nodes, tour, p)
    b = allowed(nodes, tour, a + 1 + draw(state, most))
    c = allowed(nodes, tour, b + 1 + draw(state, most))
    d = allowed(nodes, tour, c + 1 + draw(state, most))
    one, two, three = (b - a) % n, (c - b) % n, (d - c) % n
    if one == 0 or two == 0 or three == 0 or one + two + three >= n:
        return 0, 0.0
    top = bridge(tour, chains, a, one, two, three)
    change = between(kind, where, ends[0], ends[5]) + between(kind, where, ends[6], ends[3])
    change += between(kind, where, ends[4], ends[1]) + between(kind, where, ends[2], ends[7])
    for j in range(0, 8, 2):
        change -= between(kind, where, ends[j], ends[j + 1])
    return top, change


def iterate(
    nodes: Any,
    tour: Any,
    walk: Any,
    chains: Any,
    plan: Any,
    kicks: Any,
    most: Any,
    first: Any,
    window: Any,
    T: Any,
) -> Any:
    """Kick and repair `kicks` times at temperature T, and return the change of length.

    Kicks begin at `window` positions from `first` on. Metropolis' rule decides on each kick with
    all its repairs.
    """
    n, state, total = len(tour.place), plan.state, 0.0
    for _ in range(kicks):
        p = (first + draw(state, window)) % n
        top, change = kick(nodes, tour, chains, plan, p, most)
        if top == 0:
            continue
        count = p - p  # no literal, for which numba would compile its callees once more
        for j in range(8):
            city = chains.used[j]
            if plan.queued[city] == 0:
                plan.queue[count], plan.queued[city] = city, 1
                count += 1
        gained, top = repair(nodes, tour, walk, chains, plan, count, top)
        change -= gained
        if change <= plan.tolerance or (
            T > 0.0 and change < -T * log((1.0 + draw(state, RESOLUTION)) / RESOLUTION)
        ):
            total += change
        else:
            undo(tour, top)
    return total
