"""Where two tours differ, as cycles of edges of the one and of the other in turn.

Edges that two tours share apart, every node has as many edges of the first left as of the second,
none, one or two; so their edges fall into cycles that take one of each in turn (AB-cycles). To
exchange the edges of a cycle leaves every node its two edges, if not in one tour. Plain Python that
numba compiles.
"""

from __future__ import annotations

from typing import Any

from problems.tours.linkern.metric import draw


def differ(tours: Any, one: Any, other: Any, split: Any) -> Any:
    """Write the edges of two tours that they do not share, and return how many nodes have some."""
    n, orders, places = split.size, tours.orders, tours.places
    here, there, count = one * n, other * n, 0
    b, v = orders[here + n - 1], orders[here]
    for p in range(n):
        a, q = orders[here + (p + 1 if p + 1 < n else 0)], places[there + v]
        c, d = orders[there + (q + 1 if q + 1 < n else 0)], orders[there + (q if q > 0 else n) - 1]
        if (a != c or b != d) and (a != d or b != c):
            split.left[v] = apart(split.mine, 2 * v, a, b, c, d)
            split.owed[v] = apart(split.theirs, 2 * v, c, d, a, b)
            split.live[count] = v
            count += 1
        b, v = v, a
    return count


def apart(edges: Any, at: Any, a: Any, b: Any, c: Any, d: Any) -> Any:
    """Write those of a and b that are neither c nor d, and return how many they are."""
    many = 0
    if a != c and a != d:
        edges[at] = a
        many = 1
    if b != c and b != d:
        edges[at + many] = b
        many += 1
    return many


def take(edges: Any, many: Any, v: Any, i: Any) -> Any:
    """Take edge i of a node from both of its ends, and return the other one."""
    w = edges[2 * v + i]
    many[v] -= 1
    edges[2 * v + i] = edges[2 * v + many[v]]
    j = 2 * w if edges[2 * w] == v else 2 * w + 1
    many[w] -= 1
    edges[j] = edges[2 * w + many[w]]
    return w


def cycles(tours: Any, one: Any, other: Any, split: Any, state: Any) -> Any:
    """Part the edges of two tours that they do not share at random, and return how many parts.

    Part j is `split.cycle` from `split.start[j]` to `split.start[j + 1]`: nodes, whose first edge
    is one of the first tour, and the next one of the second.
    """
    live, path, seen = split.live, split.path, split.seen
    m, count, top = differ(tours, one, other, split), 0, 0
    split.start[0] = 0
    while m > 0:
        i = draw(state, m)
        v = live[i]
        if split.left[v] == 0:
            m -= 1
            live[i] = live[m]
            continue
        k = 0
        path[0], seen[2 * v] = v, 0
        while k >= 0:
            v = path[k]
            if k & 1:
                v = take(split.theirs, split.owed, v, draw(state, split.owed[v]))
            else:
                v = take(split.mine, split.left, v, draw(state, split.left[v]))
            k += 1
            path[k] = v
            j = seen[2 * v + (k & 1)]
            if j < 0:
                seen[2 * v + (k & 1)] = k
                continue
            for i in range(j + (k & 1), k):
                split.cycle[top] = path[i]
                top += 1
            if k & 1:
                split.cycle[top] = v
                top += 1
            for i in range(j + 1, k):
                seen[2 * path[i] + (i & 1)] = -1
            count += 1
            split.start[count] = top
            k = j
            if k == 0 and split.left[v] == 0:
                seen[2 * v] = k = -1
    return count
