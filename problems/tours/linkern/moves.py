"""Chains written into the tour in a new order, and taken back: plain Python that numba compiles."""

from __future__ import annotations

from typing import Any


def join(tour: Any, walk: Any, chains: Any, k: Any) -> Any:
    """Fill in the chains that the k removed edges of `walk.kept` leave, and their new order.

    Returns whether they make one cycle.
    """
    place, ends, cut, order = tour.place, walk.kept, chains.cut, chains.order
    slot, mate, n = walk.slot, walk.mate, len(tour.place)
    for j in range(k):
        p, q = place[ends[2 * j]], place[ends[2 * j + 1]]
        ahead = q == p + 1 or (p == n - 1 and q == 0)
        z = p if ahead else q
        i = j - 1
        while i >= 0 and cut[i] > z:
            cut[i + 1], order[i + 1] = cut[i], order[i]
            i -= 1
        cut[i + 1], order[i + 1] = z, 2 * j + (0 if ahead else 1)
    for r in range(k):
        low = order[r]
        slot[low] = 2 * r + 1
        slot[low ^ 1] = 2 * r + 2 if r + 1 < k else 0
    for j in range(1, 2 * k, 2):
        a, b = slot[j], slot[j + 1 if j + 1 < 2 * k else 0]
        mate[a] = b
        mate[b] = a
    order[0] = 0
    count, now = 1, mate[1]
    while now > 1:
        order[count] = now
        count += 1
        now = mate[now ^ 1]
    return count == k


def chain(chains: Any, k: Any, n: Any, j: Any) -> Any:
    """Return the first position of chain j, perhaps negative, and its size."""
    start = chains.cut[j - 1] + 1 if j > 0 else chains.cut[k - 1] + 1 - n
    return start, chains.cut[j] - start + 1


def longest(chains: Any, k: Any, n: Any) -> Any:
    """Turn the order of the chains so that the longest one comes first, as it was.

    Returns its last position, and how many nodes the others hold.
    """
    order, cut, best = chains.order, chains.cut, chains.best
    most, size = 0, cut[0] + n - cut[k - 1]
    for j in range(1, k):
        if cut[j] - cut[j - 1] > size:
            most, size = j, cut[j] - cut[j - 1]
    at = 0
    while order[at] >> 1 != most:
        at += 1
    if order[at] & 1:
        for i in range(k):
            best[i] = order[at - i] ^ 1 if at >= i else order[at - i + k] ^ 1
    else:
        for i in range(k):
            best[i] = order[at + i] if at + i < k else order[at + i - k]
    for i in range(k):
        order[i] = best[i]
    return cut[most], n - size


def rewrite(tour: Any, chains: Any, k: Any, top: Any) -> Any:
    """Write the chains in their new order, all but the longest and those that stay beside it.

    Returns the log's top; −1, and nothing is written, where the log has no room.
    """
    n, log = len(tour.place), tour.log
    end, total = longest(chains, k, n)
    first, last, low, high = end + 1, end + 1 + total, 1, k
    while low < high:
        o = chains.order[low]
        start, size = chain(chains, k, n, o >> 1)
        if o & 1 or (start - first) % n != 0:
            break
        first += size
        low += 1
    while low < high:
        o = chains.order[high - 1]
        start, size = chain(chains, k, n, o >> 1)
        if o & 1 or (start + size - last) % n != 0:
            break
        last -= size
        high -= 1
    count = last - first
    if top + count + 2 > len(log):
        return -1
    return write(tour, chains, k, low, high, first % n, count, top)


def write(
    tour: Any, chains: Any, k: Any, low: Any, high: Any, begin: Any, count: Any, top: Any
) -> Any:
    """Log `count` nodes from a position on, write the chains low … high there, return the top."""
    order, place, log = tour
    n, p = len(place), begin
    for i in range(top, top + count):
        log[i] = order[p]
        p += 1
        if p == n:
            p = 0
    p = begin
    for i in range(low, high):
        o = chains.order[i]
        start, size = chain(chains, k, n, o >> 1)
        source, step = top + (start - begin) % n, 1
        if o & 1:
            source, step = source + size - 1, -1
        for _ in range(size):
            city = log[source]
            source += step
            order[p] = city
            place[city] = p
            p += 1
            if p == n:
                p = 0
    log[top + count], log[top + count + 1] = begin, count
    return top + count + 2


def undo(tour: Any, top: Any) -> None:
    """Take back all that the log holds."""
    order, place, log = tour
    n = len(place)
    while top > 0:
        count, p = log[top - 1], log[top - 2]
        top -= count + 2
        for i in range(top, top + count):
            city = log[i]
            order[p] = city
            place[city] = p
            p += 1
            if p == n:
                p = 0


def bridge(tour: Any, chains: Any, begin: Any, one: Any, two: Any, three: Any) -> Any:
    """Exchange three stretches after a position: the double bridge A B C D → A D C B.

    Writes the four cuts' ends into `chains.used`, and returns the log's top.
    """
    order, n, ends = tour.order, len(tour.place), chains.used
    cut = chains.cut
    p = begin
    for j in range(4):
        ends[2 * j], ends[2 * j + 1] = order[p], order[p + 1 if p + 1 < n else 0]
        p = (p + (one if j == 0 else two if j == 1 else three)) % n
    # chains 1, 2, 3 are the stretches and 0 the rest; positions from `begin` on, sorted modulo n
    cut[0], cut[1], cut[2], cut[3] = (
        begin,
        begin + one,
        begin + one + two,
        begin + one + two + three,
    )
    chains.order[0], chains.order[1], chains.order[2], chains.order[3] = 0, 6, 4, 2
    none = one - one  # no literals, for which numba would compile its callees once more
    k, low = none + 4, none + 1
    return write(tour, chains, k, low, k, (begin + 1) % n, one + two + three, none)
