"""Lin and Kernighan's walk, without a reversal on the way: plain Python that numba compiles.

A walk begins at a city, removes one of its edges, and goes on from the loose end: a candidate edge
in, a tour edge out, as long as the partial gain exceeds the best closing so far. The k removed
edges cut the tour into k chains; a pass over their ends tells in which direction each is passed on
the way from the first end to the loose one, hence which of the next city's two edges keeps the
tour one cycle.
"""

from __future__ import annotations

from typing import Any

from problems.tours.linkern.arrays import DEEPEST
from problems.tours.linkern.metric import between

DETOUR = 2
"""Below so many removed edges, a step may also leave a cycle apart, for the next one to join."""


def directions(walk: Any, k: Any) -> Any:
    """Write in which direction each of k chains is passed, and say whether all of them are."""
    slot, mate, way, lows = walk.slot, walk.mate, walk.way, walk.lows
    if k == 1:
        way[0] = 2 * (lows[DEEPEST] & 1) - 1
        return True
    base = DEEPEST * k
    for r in range(k):
        low = lows[base + r]
        slot[low] = 2 * r + 1
        slot[low ^ 1] = 2 * r + 2 if r + 1 < k else 0
        way[r] = 0
    for j in range(1, 2 * k - 2, 2):
        a, b = slot[j], slot[j + 1]
        mate[a] = b
        mate[b] = a
    now, last, passed = slot[0], slot[2 * k - 1], 1
    way[now >> 1] = 1 - 2 * (now & 1)
    while now ^ 1 != last:
        now = mate[now ^ 1]
        way[now >> 1] = 1 - 2 * (now & 1)
        passed += 1
    return passed == k


def insert(walk: Any, base: Any, kept: Any, room: Any, value: Any, c: Any, y: Any, cut: Any) -> Any:
    """Sort a step among the `kept` best of a depth, if it is one of the `room` best; count them."""
    worth, node, other, cuts = walk.worth, walk.node, walk.other, walk.cut
    j = base + kept
    if kept == room:
        j -= 1
        if value <= worth[j]:
            return kept
    else:
        kept += 1
    while j > base and worth[j - 1] < value:
        worth[j], node[j] = worth[j - 1], node[j - 1]
        other[j], cuts[j] = other[j - 1], cuts[j - 1]
        j -= 1
    worth[j], node[j], other[j], cuts[j] = value, c, y, cut
    return kept


def steps(nodes: Any, tour: Any, walk: Any, k: Any, whole: Any, room: Any, best: Any) -> Any:
    """Write the `room` best steps from the loose end of k removed edges.

    Returns
    -------
    best : float
        The best closing, at least that given.
    c, y : int
        The edge to remove for it; c = −1 where none is better than that given.
    """
    kind, where, near, apart, width, lock, locked = nodes
    order, place, _ = tour
    n = len(place)
    cuts, way, base = walk.cuts, walk.way, DEEPEST * k
    first, e, gain = walk.ends[0], walk.ends[2 * k - 1], walk.gain[k - 1]
    kept, best_c, best_y = 0, -1, -1
    for at in range(e * width, e * width + width):
        rest = gain - apart[at]
        if rest <= best:
            break
        c = near[at]
        q = place[c]
        after = order[q + 1 if q + 1 < n else 0]
        before = order[q - 1]
        if after == e or before == e or c == first:
            continue
        r = 0
        while r < k and cuts[base + r] < q:
            r += 1
        if r == k:
            r = 0
        w = way[r]
        if w != 0 and not whole:
            continue
        side = 0 if w >= 0 else 1
        for turn in range(2 if w == 0 or k < DETOUR else 1):
            side ^= turn
            if side == 0:
                y, z, barred = after, q, cuts[base + r]
            else:
                y, z, barred = (
                    before,
                    q - 1 if q > 0 else n - 1,
                    cuts[base + r - 1 if r > 0 else base + k - 1],
                )
            if z == barred or (locked and (lock[2 * c] == y or lock[2 * c + 1] == y)):
                continue
            value = rest + between(kind, where, c, y)
            if (w == 0 or turn == 0) and value > best:
                close = value - between(kind, where, y, first)
                if close > best:
                    best, best_c, best_y = close, c, y
            if room > 0:
                kept = insert(walk, base, kept, room, value, c, y, 2 * z + side)
    walk.many[k] = kept
    walk.tried[k] = 0
    return best, best_c, best_y


def deepen(walk: Any, k: Any, i: Any) -> None:
    """Take step i of those at depth k: its edge goes, and its place is sorted among the others."""
    base, j = DEEPEST * k, DEEPEST * k + i
    cuts, lows, step = walk.cuts, walk.lows, walk.cut[j]
    walk.ends[2 * k], walk.ends[2 * k + 1], walk.gain[k] = (
        walk.node[j],
        walk.other[j],
        walk.worth[j],
    )
    z, low, r = step >> 1, 2 * k + (step & 1), base + k - 1
    while r >= base and cuts[r] > z:
        cuts[r + DEEPEST + 1], lows[r + DEEPEST + 1] = cuts[r], lows[r]
        r -= 1
    cuts[r + DEEPEST + 1], lows[r + DEEPEST + 1] = z, low
    while r >= base:
        cuts[r + DEEPEST], lows[r + DEEPEST] = cuts[r], lows[r]
        r -= 1


def begin(nodes: Any, tour: Any, walk: Any, city: Any, side: Any) -> Any:
    """Remove the edge after a city (side 0) or before it; say whether that is allowed."""
    n, p = len(tour.place), tour.place[city]
    if side == 0:
        other, z = tour.order[p + 1 if p + 1 < n else 0], p
    else:
        z = p - 1 if p > 0 else n - 1
        other = tour.order[z]
    if nodes.locked and (nodes.lock[2 * city] == other or nodes.lock[2 * city + 1] == other):
        return False
    walk.cuts[DEEPEST], walk.lows[DEEPEST] = z, side
    walk.ends[0], walk.ends[1] = city, other
    walk.gain[0] = between(nodes.kind, nodes.where, city, other)
    walk.tried[1] = -1
    return True


def explore(nodes: Any, tour: Any, walk: Any, plan: Any, city: Any) -> Any:
    """Walk from a city, both ways, until a closing gains; the best of its branch is kept.

    Returns
    -------
    gain : float
    k : int
        How many edges the best walk removes, whose ends are in `walk.kept`; 0 where none gains.
    """
    tried, many, worth = walk.tried, walk.many, walk.worth
    best, found = plan.tolerance, 0
    for side in range(2):
        if not begin(nodes, tour, walk, city, side):
            continue
        k = side - side + 1  # no literal, for which numba would compile its callees once more
        while k > 0:
            if tried[k] < 0:
                whole = directions(walk, k)
                room = plan.breadth[k] if k + 1 < plan.depth else 0
                best, c, y = steps(nodes, tour, walk, k, whole, room, best)
                if c >= 0:
                    found = k + 1
                    for j in range(2 * k):
                        walk.kept[j] = walk.ends[j]
                    walk.kept[2 * k], walk.kept[2 * k + 1] = c, y
            i = tried[k]
            if i >= many[k] or (found > 0 and i > 0) or worth[DEEPEST * k + i] <= best:
                k -= 1
                continue
            tried[k] = i + 1
            deepen(walk, k, i)
            k += 1
            tried[k] = -1
        if found > 0:
            break
    return best, found
