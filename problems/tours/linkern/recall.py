"""The dense memory of reconnections, recalled for one problem: plain Python that numba compiles."""

from __future__ import annotations

from typing import Any

from problems.tours.linkern.arrays import DEEPEST
from problems.tours.linkern.metric import between

ROW = 2 * DEEPEST


def weigh(nodes: Any, tour: Any, chains: Any, k: Any) -> None:
    """Fill in the lengths of all edges that may join k chains, less the least of them.

    Row o, column q holds the edge where oriented chain q follows o. Prices make some negative.
    """
    kind, where, order = nodes.kind, nodes.where, tour.order
    n, joined, ends, cut = len(tour.place), chains.joined, chains.used, chains.cut
    for j in range(k):
        p = cut[j - 1] + 1 if j > 0 else cut[k - 1] + 1
        ends[2 * j], ends[2 * j + 1] = order[p if p < n else 0], order[cut[j]]
    least = between(kind, where, ends[1], ends[2])
    for a in range(2 * k):
        for b in range(a + 1, 2 * k):
            if a ^ 1 != b:
                away = between(kind, where, ends[a], ends[b])
                joined[(a ^ 1) * ROW + b] = away
                joined[(b ^ 1) * ROW + a] = away
                least = min(least, away)
    for a in range(2 * k):
        for b in range(2 * k):
            joined[a * ROW + b] -= least


def decide(chains: Any, k: Any) -> Any:
    """Write the shortest of all reconnections of k chains into `best`; return what it gains.

    What one step of the dense memory of `reconnections` recalls: the first in lexicographic order
    of the shortest. Its units are visited in that order; those that begin with a stretch as long
    as the shortest so far are passed over.
    """
    joined, best = chains.joined, chains.best
    now, following, used, part = chains.now, chains.next, chains.used, chains.part
    old = 0.0
    for j in range(k):
        best[j] = 2 * j
        old += joined[2 * j * ROW + (2 * j + 2 if j + 1 < k else 0)]
        used[j] = 0
    shortest = old
    now[0], part[0], following[1], depth = 0, 0.0, 2, 1
    while depth > 0:
        o = following[depth]
        if o >= 2 * k:
            depth -= 1
            used[now[depth] >> 1] = 0
            continue
        following[depth] = o + 1
        if used[o >> 1]:
            continue
        length = part[depth - 1] + joined[now[depth - 1] * ROW + o]
        if length >= shortest:
            continue
        if depth == k - 1:
            length += joined[o * ROW]
            if length < shortest:
                shortest = length
                for j in range(1, depth):
                    best[j] = now[j]
                best[depth] = o
            continue
        now[depth], part[depth] = o, length
        used[o >> 1] = 1
        depth += 1
        following[depth] = 2
    return old - shortest


def recall(nodes: Any, tour: Any, chains: Any, k: Any) -> Any:
    """Order k chains by the memory, and return what that gains."""
    weigh(nodes, tour, chains, k)
    gain = decide(chains, k)
    for j in range(k):
        chains.order[j] = chains.best[j]
    return gain
