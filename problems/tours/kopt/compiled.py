"""The search as one compiled loop (numba): the same walks, the same networks, kick after kick.

Where the numpy engine moves hundreds of windows at a time, this one makes one kick after another on
the whole tour, with a log that takes it back. Each K-chain problem is decided as `Reconnections`
decides it: the first of the shortest reconnections in the order of its patterns.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

MATRIX, EUCLIDEAN, ROUNDED, CEILING, PSEUDO_EUCLIDEAN = range(5)
STEEPNESS = 1.5
CHOICES = 3
LOGGED = 20
LONGEST = 3


@njit(cache=True)
def between(kind: Any, table: Any, i: Any, j: Any) -> Any:
    """Return the distance of two cities: from a matrix, or from coordinates."""
    if kind == MATRIX:
        return table[i, j]
    dx = table[i, 0] - table[j, 0]
    dy = table[i, 1] - table[j, 1]
    square = dx * dx + dy * dy
    if kind == ROUNDED:
        return np.floor(np.sqrt(square) + 0.5)
    if kind == EUCLIDEAN:
        return np.sqrt(square)
    if kind == CEILING:
        return np.ceil(np.sqrt(square))
    return np.ceil(np.sqrt(square / 10.0))


@njit(cache=True)
def uniform(state: Any) -> Any:
    """Return the next number in [0, 1) of a xorshift generator (Marsaglia 2003)."""
    x = state[0]
    x ^= x << np.uint64(13)
    x ^= x >> np.uint64(7)
    x ^= x << np.uint64(17)
    state[0] = x
    return float(x >> np.uint64(11)) * (1.0 / 9007199254740992.0)


@njit(cache=True)
def decide(W: Any, chains: Any, order: Any, work: Any, part: Any) -> Any:
    """Write the shortest reconnection into `order`, and return how much shorter it is.

    W[o, q] is the edge where oriented chain q follows o. The patterns are visited in lexicographic
    order; those that begin with a stretch as long as the best tour so far are passed over.
    """
    best = 0.0
    for j in range(chains):
        order[j] = 2 * j
        best += W[2 * j, 2 * ((j + 1) % chains)]
    old = best
    current, following, used = work[0], work[1], work[2]
    used[:chains] = 0
    current[0], part[0] = 0, 0.0
    depth = 1
    following[1] = 2
    while depth > 0:
        o = following[depth]
        if o >= 2 * chains:
            depth -= 1
            used[current[depth] >> 1] = 0
            continue
        following[depth] = o + 1
        if used[o >> 1]:
            continue
        cost = part[depth - 1] + W[current[depth - 1], o]
        if cost >= best:
            continue
        if depth == chains - 1:
            if cost + W[o, 0] < best:
                best = cost + W[o, 0]
                for k in range(1, depth):
                    order[k] = current[k]
                order[depth] = o
            continue
        current[depth], part[depth] = o, cost
        used[o >> 1] = 1
        depth += 1
        following[depth] = 2
    return old - best


@njit(cache=True)
def walk(
    kind: Any,
    table: Any,
    tour: Any,
    place: Any,
    near: Any,
    locked: Any,
    city: Any,
    chains: Any,
    edges: Any,
    state: Any,
) -> Any:
    """Walk from a city as `Lanes` does; write the removed edges' positions, return how many."""
    n, width = len(tour), near.shape[1]
    p = place[city]
    if uniform(state) < 0.5:
        edges[0] = p
        other = tour[p + 1 if p + 1 < n else 0]
    else:
        edges[0] = p - 1 if p > 0 else n - 1
        other = tour[edges[0]]
    if locked[city, 0] == other or locked[city, 1] == other:
        return 0
    gain, loose, count = between(kind, table, city, other), city, 1
    while count < chains:
        best, best_edge, best_loose = 0.0, -1, -1
        for _ in range(CHOICES):
            x = near[loose, int(width * uniform(state) ** STEEPNESS)]
            rest = gain - between(kind, table, loose, x)
            if rest <= 0:
                continue
            q = place[x]
            after, before = tour[q + 1 if q + 1 < n else 0], tour[q - 1 if q > 0 else n - 1]
            if after == loose or before == loose:
                continue
            for side in range(2):
                edge = q if side == 0 else (q - 1 if q > 0 else n - 1)
                y = after if side == 0 else before
                score = rest + between(kind, table, x, y)
                if score <= best or locked[x, 0] == y or locked[x, 1] == y:
                    continue
                fresh = True
                for k in range(count):
                    fresh = fresh and edges[k] != edge
                if fresh:
                    best, best_edge, best_loose = score, edge, y
        if best_edge < 0:
            break
        edges[count] = best_edge
        count += 1
        gain, loose = best, best_loose
    return count


@njit(cache=True)
def look(
    kind: Any,
    table: Any,
    tour: Any,
    place: Any,
    near: Any,
    locked: Any,
    city: Any,
    tolerance: Any,
    edges: Any,
) -> Any:
    """Write the edges that the first improving 2-opt or Or-opt move at a city removes.

    The classical search of the hybrid; returns how many edges, 0 where no move shortens the tour.
    """
    n, width = len(tour), near.shape[1]
    for side in (1, -1):
        p = place[city]
        b = tour[(p + side) % n]
        if locked[city, 0] == b or locked[city, 1] == b:
            continue
        first = p if side == 1 else (p - 1) % n
        old = between(kind, table, city, b)
        for k in range(width):
            c = near[city, k]
            rest = old - between(kind, table, city, c)
            if rest <= 0:
                break
            q = place[c]
            d = tour[(q + side) % n]
            if c == b or d == city or locked[c, 0] == d or locked[c, 1] == d:
                continue
            if rest + between(kind, table, c, d) - between(kind, table, b, d) > tolerance:
                edges[0], edges[1] = first, q if side == 1 else (q - 1) % n
                return 2
        for size in range(1, LONGEST + 1):
            end, f = tour[(p - side * (size - 1)) % n], tour[(p - side * size) % n]
            if f == b or locked[end, 0] == f or locked[end, 1] == f:
                break
            freed = old + between(kind, table, end, f) - between(kind, table, b, f)
            for k in range(width):
                c = near[city, k]
                rest = freed - between(kind, table, city, c)
                if rest <= 0:
                    break
                q = place[c]
                if (p - q) * side % n < size:
                    continue
                for other in (1, -1):
                    d = tour[(q + other) % n]
                    if (p - place[d]) * side % n < size or locked[c, 0] == d or locked[c, 1] == d:
                        continue
                    if rest + between(kind, table, c, d) - between(kind, table, end, d) > tolerance:
                        edges[0] = first
                        edges[1] = (p - size) % n if side == 1 else (p + size - 1) % n
                        edges[2] = q if other == 1 else (q - 1) % n
                        return 3
    return 0


@njit(cache=True)
def weigh(
    kind: Any, table: Any, tour: Any, edges: Any, chains: Any, W: Any, enters: Any, leaves: Any
) -> None:
    """Sort the removed edges by position, and fill in the ends of the chains and W."""
    n = len(tour)
    for i in range(1, chains):
        x, j = edges[i], i - 1
        while j >= 0 and edges[j] > x:
            edges[j + 1] = edges[j]
            j -= 1
        edges[j + 1] = x
    for j in range(chains):
        p = edges[j - 1] if j > 0 else edges[chains - 1]
        enters[j] = tour[p + 1 if p + 1 < n else 0]
        leaves[j] = tour[edges[j]]
    for j in range(chains):
        for k in range(j + 1, chains):
            d = between(kind, table, leaves[j], enters[k])
            W[2 * j, 2 * k], W[2 * k + 1, 2 * j + 1] = d, d
            d = between(kind, table, leaves[j], leaves[k])
            W[2 * j, 2 * k + 1], W[2 * k, 2 * j + 1] = d, d
            d = between(kind, table, enters[j], enters[k])
            W[2 * j + 1, 2 * k], W[2 * k + 1, 2 * j] = d, d
            d = between(kind, table, enters[j], leaves[k])
            W[2 * j + 1, 2 * k + 1], W[2 * k, 2 * j] = d, d


@njit(cache=True)
def write(tour: Any, place: Any, start: Any, cities: Any, count: Any, log: Any, top: Any) -> Any:
    """Write cities from a position on, and log what was there; return the log's new top."""
    n, p = len(tour), start
    for k in range(count):
        log[top + k] = tour[p]
        tour[p] = cities[k]
        place[cities[k]] = p
        p += 1
        if p == n:
            p = 0
    log[top + count], log[top + count + 1] = start, count
    return top + count + 2


@njit(cache=True)
def undo(tour: Any, place: Any, log: Any, top: Any) -> None:
    """Take back all that the log holds."""
    n = len(tour)
    while top > 0:
        count, p = log[top - 1], log[top - 2]
        top -= count + 2
        for k in range(count):
            tour[p] = log[top + k]
            place[tour[p]] = p
            p += 1
            if p == n:
                p = 0


@njit(cache=True)
def reconnect(
    tour: Any, place: Any, edges: Any, order: Any, chains: Any, spare: Any, log: Any, top: Any
) -> Any:
    """Write all chains but the longest in their new order; −1 where the log has no room."""
    n = len(tour)
    longest, most = 0, -1
    for j in range(chains):
        start = edges[j - 1] + 1 if j > 0 else edges[chains - 1] + 1 - n
        if edges[j] - start > most:
            most, longest = edges[j] - start, j
    if top + n - most + 2 > len(log):
        return -1
    at = 0
    while order[at] >> 1 != longest:
        at += 1
    turned = order[at] & 1
    count = 0
    for k in range(1, chains):
        o = order[(at - k + chains) % chains] ^ 1 if turned else order[(at + k) % chains]
        j = o >> 1
        start = edges[j - 1] + 1 if j > 0 else edges[chains - 1] + 1 - n
        size = edges[j] - start + 1
        for i in range(size):
            p = edges[j] - i if o & 1 else start + i
            spare[count] = tour[p if p >= 0 else p + n]
            count += 1
    p = edges[longest] + 1
    return write(tour, place, p if p < n else 0, spare, count, log, top)


@njit(cache=True)
def bridge(
    kind: Any,
    table: Any,
    tour: Any,
    place: Any,
    locked: Any,
    stretch: Any,
    spare: Any,
    ends: Any,
    log: Any,
    state: Any,
) -> Any:
    """Exchange three stretches at a random place; return the log's top (0: barred) and change."""
    n = len(tour)
    most = max(1, min(stretch, (n - 2) // 3))
    start = int(n * uniform(state))
    cuts = np.empty(4, np.int64)
    cuts[0] = start
    for k in range(3):
        cuts[k + 1] = cuts[k] + 1 + int(most * uniform(state))
    change = 0.0
    for k in range(4):
        a, b = tour[cuts[k] % n], tour[(cuts[k] + 1) % n]
        if locked[a, 0] == b or locked[a, 1] == b:
            return 0, 0.0
        ends[2 * k], ends[2 * k + 1] = a, b
        change -= between(kind, table, a, b)
    count = 0
    for k in range(2, -1, -1):
        for p in range(cuts[k] + 1, cuts[k + 1] + 1):
            spare[count] = tour[p % n]
            count += 1
    change += between(kind, table, ends[0], ends[5]) + between(kind, table, ends[6], ends[3])
    change += between(kind, table, ends[4], ends[1]) + between(kind, table, ends[2], ends[7])
    return write(tour, place, (start + 1) % n, spare, count, log, 0), change


@njit(cache=True)
def repair(
    kind: Any,
    table: Any,
    tour: Any,
    place: Any,
    near: Any,
    locked: Any,
    chains: Any,
    tries: Any,
    polish: Any,
    tolerance: Any,
    state: Any,
    queue: Any,
    queued: Any,
    count: Any,
    spare: Any,
    log: Any,
    top: Any,
) -> Any:
    """Let networks reconnect walks from the cities in the queue, and from all that this changes.

    Returns
    -------
    gained, networks, top
        The length saved, how many K-chain problems were decided, and the log's top.
    """
    n = len(tour)
    W = np.zeros((2 * chains, 2 * chains))
    edges, order = np.empty(chains, np.int64), np.empty(chains, np.int64)
    enters, leaves = np.empty(chains, np.int64), np.empty(chains, np.int64)
    work, part = np.zeros((3, chains + 2), np.int64), np.zeros(chains + 1)
    gained, networks, head = 0.0, 0, 0
    while count > 0:
        city = queue[head]
        queued[city] = False
        head = head + 1 if head + 1 < n else 0
        count -= 1
        left = tries
        while left > 0:
            left -= 1
            if polish:
                k = look(kind, table, tour, place, near, locked, city, tolerance, edges)
            else:
                k = walk(kind, table, tour, place, near, locked, city, chains, edges, state)
            if k < 2:
                continue
            weigh(kind, table, tour, edges, k, W, enters, leaves)
            gain = decide(W, k, order, work, part)
            networks += 1
            if gain <= tolerance:
                continue
            reached = reconnect(tour, place, edges, order, k, spare, log, top)
            if reached < 0:
                continue
            top, left = reached, tries
            gained += gain
            for j in range(2 * k):
                c = enters[j >> 1] if j & 1 else leaves[j >> 1]
                if not queued[c]:
                    tail = head + count
                    queue[tail if tail < n else tail - n], queued[c] = c, True
                    count += 1
    return gained, networks, top


@njit(cache=True)
def kick_and_repair(
    kind: Any,
    table: Any,
    tour: Any,
    place: Any,
    near: Any,
    locked: Any,
    kicks: Any,
    chains: Any,
    tries: Any,
    polish: Any,
    stretch: Any,
    T: Any,
    tolerance: Any,
    state: Any,
) -> Any:
    """Kick a tour so many times; repair each kick by networks, and keep it or take it back.

    Returns
    -------
    change, networks
        Of the tour's length, and how many K-chain problems were decided.
    """
    n = len(tour)
    spare, log = np.empty(n, np.int64), np.empty(LOGGED * n + 1000, np.int64)
    queue, queued = np.empty(n, np.int64), np.zeros(n, np.bool_)
    ends = np.empty(8, np.int64)
    total, networks = 0.0, 0
    for _ in range(kicks):
        top, change = bridge(kind, table, tour, place, locked, stretch, spare, ends, log, state)
        if top == 0:
            continue
        count = 0
        for c in ends:
            if not queued[c]:
                queue[count], queued[c] = c, True
                count += 1
        gained, decided, top = repair(
            kind,
            table,
            tour,
            place,
            near,
            locked,
            chains,
            tries,
            polish,
            tolerance,
            state,
            queue,
            queued,
            count,
            spare,
            log,
            top,
        )
        change -= gained
        networks += decided
        if change > tolerance and change > -T * np.log(uniform(state) + 1e-300):
            undo(tour, place, log, top)
        else:
            total += change
    return total, networks
