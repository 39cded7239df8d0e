"""The loops of multilevel partition: plain Python that numba compiles.

A graph is (ends, others, weights, size): the neighbours of node v and the weights of its edges are
numbers ends[v] … ends[v + 1] − 1, and size is what each node weighs. The books of a state are
(near, total, load, front, place, until, to): the weight between each class and each node, and all
classes and each node; what the classes weigh; the nodes with neighbours in other classes, where
each of these stands there, −1 for none; the step until which each node is tabu; and the class where
it would best go, −1 where that has to be looked up.
"""

from __future__ import annotations

from typing import Any

import numpy as np

TINY = 1e-9  # of a unit of weight: what rounding leaves
SEEN = 250  # nodes in front, of which the best is taken


def join(i: Any, j: Any, partner: Any) -> None:
    """Make the two ends of each edge partners, in this order, where both are still alone."""
    for e in range(len(i)):
        a, b = i[e], j[e]
        if partner[a] == a and partner[b] == b:
            partner[a], partner[b] = b, a


def contract(graph: Any, parent: Any, count: Any) -> Any:
    """Return the graph of `count` nodes to which those of this one belong: weights add up."""
    ends, others, weights, size = graph
    first, after = np.full(count, -1), np.full(len(size), -1)
    heavier = np.zeros(count)
    for v in range(len(size) - 1, -1, -1):
        after[v], first[parent[v]] = first[parent[v]], v
        heavier[parent[v]] += size[v]
    stops, met = np.zeros(count + 1, np.int64), np.full(count, -1)
    near, weight, e = np.empty(len(others), np.int64), np.empty(len(others)), 0
    for c in range(count):
        v = first[c]
        while v >= 0:
            for j in range(ends[v], ends[v + 1]):
                d = parent[others[j]]
                if d != c and met[d] >= stops[c]:
                    weight[met[d]] += weights[j]
                elif d != c:
                    met[d], near[e], weight[e] = e, d, weights[j]
                    e += 1
            v = after[v]
        stops[c + 1] = e
    return stops, near[:e].copy(), weight[:e].copy(), heavier


def begin(graph: Any, classes: Any, ballast: Any, unit: Any) -> Any:
    """Return the books, the number of nodes in front, and the weight between classes."""
    ends, others, weights, size = graph
    n, count, cut = len(size), 0, 0.0
    near, total, load = np.zeros((len(ballast), n)), np.zeros(n), ballast.copy()
    front, place, until = np.empty(n, np.int64), np.full(n, -1), np.zeros(n, np.int64)
    for v in range(n):
        load[classes[v]] += size[v]
        outside = 0.0
        for j in range(ends[v], ends[v + 1]):
            near[classes[others[j]], v] += weights[j]
            total[v] += weights[j]
            if classes[others[j]] != classes[v]:
                outside += weights[j]
        if outside > TINY * unit:
            front[count], place[v] = v, count
            count += 1
        cut += outside / 2
    return (near, total, load, front, place, until, np.full(n, -1)), count, cut


def aim(graph: Any, books: Any, classes: Any, v: Any, pressure: Any) -> int:
    """Return the class whose w_vc − λ·m_v·M_c is largest, but for its own, −1 for none."""
    ends, others, _, size = graph
    near, load = books[0], books[2]
    k, best, target = len(load), -np.inf, -1
    few = k <= ends[v + 1] - ends[v]
    for j in range(0 if few else ends[v], k if few else ends[v + 1]):
        c = j if few else classes[others[j]]
        if c == classes[v] or near[c, v] <= 0:
            continue
        score = near[c, v] - pressure * size[v] * load[c]
        if score > best or (score == best and c < target):
            best, target = score, c
    return target


def choose(
    graph: Any, books: Any, count: Any, classes: Any, rule: Any, last: Any, step: Any, z: Any
) -> Any:
    """Return the node that is not tabu whose move gains most, of the next 250 in front.

    The gain is w_vc − w_va − λ·m_v·(M_c − M_a + m_v), for v to go from a to c, with λ the pressure
    to balance; ties at random. Where a node would best go is looked up again when it or a neighbour
    has moved, or the last move, between two classes, may have changed it.
    """
    near, _, load, front, _, until, to = books
    (pressure, tie), (left, came), size = rule, last, graph[3]
    best, node = -np.inf, -1
    start = step * SEEN % count if count > SEEN else 0
    for f in range(min(count, SEEN)):
        v = front[(start + f) % count]
        a, c = classes[v], to[v]
        if c < 0 or c == came:
            c = to[v] = aim(graph, books, classes, v, pressure)
        elif near[left, v] > 0 and left != a:
            here = near[left, v] - pressure * size[v] * load[left]
            there = near[c, v] - pressure * size[v] * load[c]
            if here > there or (here == there and left < c):
                c = to[v] = left
        if c < 0 or until[v] > step:
            continue
        gain = near[c, v] - near[a, v] - pressure * size[v] * (load[c] - load[a] + size[v])
        if gain + tie <= best:
            continue
        gain += tie * z[(v + step) % len(z)]
        if gain > best:
            best, node = gain, v
    return node


def move(graph: Any, classes: Any, books: Any, count: Any, v: Any, c: Any, unit: Any) -> Any:
    """Move a node to a class; return the number of nodes in front."""
    ends, others, weights, size = graph
    near, total, load, front, place, _, to = books
    a = classes[v]
    classes[v] = c
    load[a] -= size[v]
    load[c] += size[v]
    for j in range(ends[v] - 1, ends[v + 1]):
        u = v
        if j >= ends[v]:
            u = others[j]
            near[a, u] -= weights[j]
            near[c, u] += weights[j]
        to[u] = -1
        outside = total[u] - near[classes[u], u]
        if outside > TINY * unit and place[u] < 0:
            front[count], place[u] = u, count
            count += 1
        elif outside <= TINY * unit and place[u] >= 0:
            count -= 1
            last = front[count]
            front[place[u]], place[last] = last, place[u]
            place[u] = -1
    return count


def excess(load: Any, low: Any, high: Any) -> float:
    """Return by how much the classes weigh too much or too little."""
    amount = 0.0
    for c in range(len(load)):
        amount += max(0.0, load[c] - high, low - load[c])
    return amount


def settle(graph: Any, classes: Any, bounds: Any, rule: Any, steps: Any, z: Any) -> Any:
    """Move nodes, the best move that is not tabu, until nothing better has come for a while.

    Parameters
    ----------
    graph : see the module
    classes : array of int, shape (n,)
        In the end, the best on the way: the least excess, and of those the least between classes.
    bounds : (ballast, low, high)
        What each class weighs without nodes, and what it should weigh with them.
    rule : (pressure, unit, tie, tenure)
        λ of `choose`; what an edge weighs about, and ties; how long a node is tabu, about.
    steps : (patience, most)
        How many moves in a row may bring nothing better, and how many there may be.
    z : array
        Uniform on [0, 1).

    Returns
    -------
    excess, cut : float
    last : int
        The step that came to the best state, 0 for none.
    """
    ballast, low, high = bounds
    pressure, unit, tie, tenure = rule
    patience, most = steps
    books, count, cut = begin(graph, classes, ballast, unit)
    near, _, load, _, _, until, to = books
    least, lowest, step, made = excess(load, low, high), cut, 0, 0
    moved, came = np.empty(patience, np.int64), np.empty(patience, np.int64)
    last, a, c = 0, 0, 0
    while step - last < patience and step < most and count > 0:
        step += 1
        v = choose(graph, books, count, classes, (pressure, tie), (a, c), step, z)
        if v < 0:
            continue
        a, c = classes[v], to[v]
        cut -= near[c, v] - near[a, v]
        count = move(graph, classes, books, count, v, c, unit)
        until[v] = step + 1 + int(tenure * (0.5 + z[step % len(z)]))
        moved[made], came[made] = v, a
        made += 1
        over = excess(load, low, high)
        if over < least - TINY or (over < least + TINY and cut < lowest - TINY * unit):
            least, lowest, last, made = over, cut, step, 0
    for m in range(made - 1, -1, -1):
        classes[moved[m]] = came[m]
    return least, lowest, last
