"""The loops of multilevel partition: plain Python that numba compiles.

A graph is (ends, others, weights, size): the neighbours of node v and the weights of its edges are
numbers ends[v] … ends[v + 1] − 1, and size is what each node weighs. The books of a state are
(near, total, load, front, place, until): the weight between each node and each class, and all
classes; what the classes weigh; the nodes with neighbours in other classes, where each of these
stands there, −1 for none; and the step until which each node is tabu.
"""

from __future__ import annotations

from typing import Any

import numpy as np

TINY = 1e-9  # of a unit of weight: what rounding leaves


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


def begin(graph: Any, classes: Any, k: Any, unit: Any) -> Any:
    """Return the books, the number of nodes in front, and the weight between classes."""
    ends, others, weights, size = graph
    n, count, cut = len(size), 0, 0.0
    near, total, load = np.zeros((n, k)), np.zeros(n), np.zeros(k)
    front, place, until = np.empty(n, np.int64), np.full(n, -1), np.zeros(n, np.int64)
    for v in range(n):
        load[classes[v]] += size[v]
        outside = 0.0
        for j in range(ends[v], ends[v + 1]):
            near[v, classes[others[j]]] += weights[j]
            total[v] += weights[j]
            if classes[others[j]] != classes[v]:
                outside += weights[j]
        if outside > TINY * unit:
            front[count], place[v] = v, count
            count += 1
        cut += outside / 2
    return (near, total, load, front, place, until), count, cut


def choose(books: Any, count: Any, classes: Any, size: Any, rule: Any, step: Any, z: Any) -> Any:
    """Return the node in front that is not tabu, and the class, whose move gains most.

    The gain is w_vc − w_va − λ·m_v·(M_c − M_a + m_v), for v to go from a to c, with λ the pressure
    to balance; ties at random.
    """
    near, _, load, front, _, until = books
    pressure, tie = rule
    k, best, node, target = len(load), -np.inf, -1, -1
    for f in range(count):
        v = front[f]
        if until[v] > step:
            continue
        a = classes[v]
        for c in range(k):
            if c == a or near[v, c] <= 0:
                continue
            balance = pressure * size[v] * (load[c] - load[a] + size[v])
            gain = near[v, c] - near[v, a] - balance
            if gain + tie <= best:
                continue
            gain += tie * z[(v + step) % len(z)]
            if gain > best:
                best, node, target = gain, v, c
    return node, target


def move(graph: Any, classes: Any, books: Any, count: Any, v: Any, c: Any, unit: Any) -> Any:
    """Move a node to a class; return the number of nodes in front."""
    ends, others, weights, size = graph
    near, total, load, front, place, _ = books
    a = classes[v]
    classes[v] = c
    load[a] -= size[v]
    load[c] += size[v]
    for j in range(ends[v] - 1, ends[v + 1]):
        u = v
        if j >= ends[v]:
            u = others[j]
            near[u, a] -= weights[j]
            near[u, c] += weights[j]
        outside = total[u] - near[u, classes[u]]
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
    bounds : (k, low, high)
        How many classes, and what they should weigh.
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
    k, low, high = bounds
    pressure, unit, tie, tenure = rule
    patience, most = steps
    books, count, cut = begin(graph, classes, k, unit)
    near, _, load, _, _, until = books
    least, lowest, step, made = excess(load, low, high), cut, 0, 0
    moved, came = np.empty(patience, np.int64), np.empty(patience, np.int64)
    last = 0
    while step - last < patience and step < most and count > 0:
        step += 1
        v, c = choose(books, count, classes, graph[3], (pressure, tie), step, z)
        if v < 0:
            continue
        a = classes[v]
        cut -= near[v, c] - near[v, a]
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
