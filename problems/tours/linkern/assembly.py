"""Edge assembly crossover: a tour takes over a cycle of edges from another, and stays one tour.

The removed edges cut a tour into chains, and the added ones join their ends, perhaps to several
cycles. The smallest cycle is joined to another by the cheapest exchange of two edges, again and
again, until there is one; what gains too little for that is left at once. Plain Python that numba
compiles.
"""

from __future__ import annotations

from typing import Any

from problems.tours.linkern.cycles import cycles
from problems.tours.linkern.metric import between

REACH = 50


def arrange(tours: Any, base: Any, m: Any, split: Any) -> Any:
    """Join the ends of the chains that m removed edges leave by m added ones; count the cycles.

    None where an edge is no longer in the tour.
    """
    n, cut, mate, slots, count = split.size, split.cut, split.mate, split.slots, split.count
    for j in range(m):
        p = tours.places[base + split.removed[2 * j]]
        q = tours.places[base + split.removed[2 * j + 1]]
        cut[j] = p if q == p + 1 or (p == n - 1 and q == 0) else q
        if p - q != 1 and q - p != 1 and abs(p - q) != n - 1:
            return 0
    ordered(cut, m)
    for r in range(m):
        for side in range(2):
            v = tours.orders[base + (cut[r] + side) % n]
            slots[2 * v + count[v]] = 2 * r + side
            count[v] += 1
    for j in range(m):
        v, w = split.added[2 * j], split.added[2 * j + 1]
        count[v] -= 1
        count[w] -= 1
        a, b = slots[2 * v + count[v]], slots[2 * w + count[w]]
        mate[a] = b
        mate[b] = a
    return rounds(m, split)


def ordered(cut: Any, m: Any) -> None:
    """Sort m numbers: Shell's method."""
    gap = 1
    while gap < m // 3:
        gap = 3 * gap + 1
    while gap > 0:
        for i in range(gap, m):
            value, j = cut[i], i
            while j >= gap and cut[j - gap] > value:
                cut[j] = cut[j - gap]
                j -= gap
            cut[j] = value
        gap //= 3


def rounds(m: Any, split: Any) -> Any:
    """Number the cycles of chains, count their nodes, and return how many cycles there are."""
    part, cut, found = split.part, split.cut, 0
    for r in range(m):
        part[r] = -1
    for first in range(m):
        if part[first] >= 0:
            continue
        r, end, nodes = first, 2 * first, 0
        while part[r] < 0:
            part[r] = found
            nodes += cut[r] - cut[r - 1] if r > 0 else cut[0] + split.size - cut[m - 1]
            end = split.mate[end]
            r, end = follower(end, m)
        split.nodes[found] = nodes
        found += 1
    return found


def follower(end: Any, m: Any) -> Any:
    """Return the chain that an end belongs to, and its other end: 2r is the last of chain r."""
    r = end >> 1
    if end & 1:
        r = r + 1 if r + 1 < m else 0
        return r, 2 * r
    return r, 2 * r - 1 if r > 0 else 2 * m - 1


def chain_at(cut: Any, m: Any, p: Any) -> Any:
    """Return the chain that a position lies in."""
    low, high = 0, m
    while low < high:
        middle = (low + high) >> 1
        if cut[middle] < p:
            low = middle + 1
        else:
            high = middle
    return low if low < m else 0


def connect(nodes: Any, tours: Any, base: Any, m: Any, which: Any, least: Any, split: Any) -> Any:
    """Exchange an edge of a cycle and one of another for two between them, at the least cost.

    The edges are within 50 of an end of a chain. They are appended to those removed and added.
    Returns the gain, mostly negative, or `least` where there is none above.
    """
    n, cut, removed, added = split.size, split.cut, split.removed, split.added
    best = least
    for r in range(m):
        if split.part[r] != which:
            continue
        low, high = cut[r - 1] + 1 if r > 0 else cut[m - 1] + 1 - n, cut[r]
        p, middle = low - 1, high - REACH
        while p + 1 < high:
            p = middle if p == low + REACH and p < middle else p + 1
            for side in range(2):
                v, w = tours.orders[base + (p + side) % n], tours.orders[base + (p + 1 - side) % n]
                gain, c, d = partner(nodes, tours, base, m, which, v, w, best, split)
                if gain > best:
                    best = gain
                    removed[2 * m], removed[2 * m + 1], removed[2 * m + 2] = v, w, c
                    added[2 * m], added[2 * m + 1], added[2 * m + 2] = v, c, w
                    removed[2 * m + 3] = added[2 * m + 3] = d
    return best


def partner(
    nodes: Any, tours: Any, base: Any, m: Any, which: Any, v: Any, w: Any, least: Any, split: Any
) -> Any:
    """Return the best gain above `least`, c and d of (v, w), (c, d) → (v, c), (w, d).

    Only the c are looked at for which (v, w) less (v, c) is above it already.
    """
    n, kind, where, cut, lock = split.size, nodes.kind, nodes.where, split.cut, nodes.lock
    best, bc, bd = least, v, w
    if nodes.locked and (lock[2 * v] == w or lock[2 * v + 1] == w):
        return best, bc, bd
    edge = between(kind, where, v, w)
    for at in range(v * nodes.width, v * nodes.width + nodes.width):
        c = nodes.near[at]
        rest = edge - between(kind, where, v, c)
        if rest <= best:
            continue
        q = tours.places[base + c]
        r = chain_at(cut, m, q)
        if split.part[r] == which:
            continue
        for step in range(-1, 2, 2):
            z = q if step > 0 else (q - 1) % n
            if z == cut[r] or z == cut[r - 1 if r > 0 else m - 1]:
                continue
            d = tours.orders[base + (q + step) % n]
            if nodes.locked and (lock[2 * c] == d or lock[2 * c + 1] == d):
                continue
            gain = rest + between(kind, where, c, d) - between(kind, where, w, d)
            if gain > best:
                best, bc, bd = gain, c, d
    return best, bc, bd


def assemble(nodes: Any, tours: Any, base: Any, j: Any, split: Any) -> Any:
    """Exchange cycle j of edges, join what falls apart, and return the gain and all edges' number.

    The number is 0 where it does not gain. Nothing is written into the tour.
    """
    first, last, gain, m = split.start[j], split.start[j + 1], 0.0, 0
    kind, where = nodes.kind, nodes.where
    for i in range(first, last, 2):
        u, v, w = split.cycle[i], split.cycle[i + 1], split.cycle[i + 2 if i + 2 < last else first]
        split.removed[2 * m], split.removed[2 * m + 1] = u, v
        split.added[2 * m], split.added[2 * m + 1] = v, w
        gain += between(kind, where, u, v) - between(kind, where, v, w)
        m += 1
    if gain <= split.tolerance:
        return gain, 0
    found = arrange(tours, base, m, split)
    while found > 1:
        which = 0
        for r in range(1, found):
            if split.nodes[r] < split.nodes[which]:
                which = r
        least = split.tolerance - gain
        change = connect(nodes, tours, base, m, which, least, split)
        if change <= least:
            return gain, 0
        gain += change
        m += 2
        found = arrange(tours, base, m, split)
    return gain, m * found


def settle(tours: Any, base: Any, m: Any, split: Any) -> None:
    """Write the tour whose removed and added edges were arranged last; its longest chain stays."""
    n, cut, fresh, orders = split.size, split.cut, split.fresh, tours.orders
    longest, most = 0, cut[0] + n - cut[m - 1]
    for r in range(1, m):
        if cut[r] - cut[r - 1] > most:
            longest, most = r, cut[r] - cut[r - 1]
    r, end = follower(split.mate[2 * longest], m)
    k = 0
    while r != longest:
        low, high = cut[r - 1] + 1 if r > 0 else cut[m - 1] + 1 - n, cut[r]
        p, step = (high, -1) if end & 1 else (low, 1)
        for _ in range(high - low + 1):
            fresh[k] = orders[base + (p if p >= 0 else p + n)]
            p += step
            k += 1
        r, end = follower(split.mate[end], m)
    p = cut[longest] + 1
    for i in range(k):
        q = p + i if p + i < n else p + i - n
        orders[base + q] = fresh[i]
        tours.places[base + fresh[i]] = q


def cross(nodes: Any, tours: Any, one: Any, other: Any, split: Any, state: Any) -> Any:
    """Let a tour take over the cycles of edges from another that gain; return what they gain."""
    base, gained = one * split.size, 0.0
    for j in range(cycles(tours, one, other, split, state)):
        gain, m = assemble(nodes, tours, base, j, split)
        if m > 0 and gain > split.tolerance:
            settle(tours, base, m, split)
            gained += gain
    return gained


def generation(
    nodes: Any, tours: Any, turn: Any, first: Any, many: Any, split: Any, state: Any
) -> None:
    """Cross `many` tours, from `first` on, with the ones after them in a ring."""
    count = len(turn)
    for k in range(first, first + many):
        one, other = turn[k], turn[k + 1 if k + 1 < count else 0]
        tours.lengths[one] -= cross(nodes, tours, one, other, split, state)
