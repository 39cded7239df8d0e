"""The flips of a local search over clauses: plain Python that numba compiles."""

from __future__ import annotations

from typing import Any


def begin(clauses: Any, weights: Any, s: Any, books: Any) -> float:
    """Fill the books for spins s; return the weight of the clauses that break.

    Parameters
    ----------
    clauses : (starts, variables, signs)
        Literals of clause m are numbers starts[m] … starts[m + 1] − 1.
    weights : array, shape (M,)
    s : array of int8, shape (N,)
    books : (true, critical, breaks, unsatisfied, position, counts)
        Of each clause how many literals are true, and the exclusive or of their variables; of each
        variable what breaks if it flips; the broken clauses, where each stands, how many.
    """
    starts, variables, signs = clauses
    true, critical, breaks, unsatisfied, position, counts = books
    breaks[:] = 0
    count, cost = 0, 0.0
    for m in range(len(weights)):
        held, mixed = 0, 0
        for j in range(starts[m], starts[m + 1]):
            if signs[j] == s[variables[j]]:
                held += 1
                mixed ^= variables[j]
        true[m], critical[m] = held, mixed
        if held == 0:
            position[m], unsatisfied[count] = count, m
            count += 1
            cost += weights[m]
        elif held == 1:
            breaks[mixed] += weights[m]
    counts[0] = count
    return cost


def flip(v: Any, places: Any, weights: Any, s: Any, books: Any) -> float:
    """Flip a variable; return by how much the broken weight rises."""
    starts, members, signs = places
    true, critical, breaks, unsatisfied, position, counts = books
    s[v] = -s[v]
    count, rise = counts[0], 0.0
    for j in range(starts[v], starts[v + 1]):
        m = members[j]
        held = true[m]
        if signs[j] == s[v]:
            if held == 0:
                count -= 1
                last = unsatisfied[count]
                unsatisfied[position[m]], position[last] = last, position[m]
                breaks[v] += weights[m]
                rise -= weights[m]
            elif held == 1:
                breaks[critical[m]] -= weights[m]
            true[m] = held + 1
            critical[m] ^= v
        else:
            critical[m] ^= v
            if held == 1:
                position[m], unsatisfied[count] = count, m
                count += 1
                breaks[v] -= weights[m]
                rise += weights[m]
            elif held == 2:
                breaks[critical[m]] += weights[m]
            true[m] = held - 1
    counts[0] = count
    return rise


def choose(m: Any, clauses: Any, breaks: Any, unit: Any, scores: Any, z: Any) -> Any:
    """Return a variable of clause m with the probability that the scores of its breaks have."""
    starts, variables, _ = clauses
    last = len(scores) - 1
    total = 0.0
    for j in range(starts[m], starts[m + 1]):
        total += scores[min(last, int(breaks[variables[j]] / unit + 0.5))]
    r, pick = z * total, variables[starts[m]]
    for j in range(starts[m], starts[m + 1]):
        pick = variables[j]
        r -= scores[min(last, int(breaks[pick] / unit + 0.5))]
        if r <= 0:
            break
    return pick


def freely(m: Any, clauses: Any, breaks: Any, noise: Any, z: Any, tie: Any) -> Any:
    """Return the variable of clause m that breaks least; if it breaks anything, often any."""
    starts, variables, _ = clauses
    first, length = starts[m], starts[m + 1] - starts[m]
    offset = int(tie * length)
    pick = variables[first + offset]
    for k in range(1, length):
        other = variables[first + (offset + k) % length]
        if breaks[other] < breaks[pick]:
            pick = other
    if breaks[pick] > 0 and z < noise:
        pick = variables[first + offset]
    return pick


def walk(
    clauses: Any,
    places: Any,
    weights: Any,
    s: Any,
    books: Any,
    z: Any,
    rule: Any,
    best: Any,
    costs: Any,
) -> Any:
    """Flip a variable of a broken clause, drawn at random, for each row of z, or till none breaks.

    Parameters
    ----------
    clauses, places, weights, s, books
        As in `begin` and `flip`.
    z : array, shape (F, 3)
        Uniform on [0, 1).
    rule : (scores, unit, noise)
        What probSAT gives to breaks of 0, 1, … units; where there are none, WalkSAT's noise.
    best : array of int8, shape (N,)
    costs : array, shape (2,)
        The weight that breaks now, and the least so far, of which `best` are the spins.
    """
    scores, unit, noise = rule
    unsatisfied, counts, breaks = books[3], books[5], books[2]
    for f in range(len(z)):
        if counts[0] == 0:
            return f
        m = unsatisfied[int(z[f, 0] * counts[0])]
        if len(scores) > 0:
            v = choose(m, clauses, breaks, unit, scores, z[f, 1])
        else:
            v = freely(m, clauses, breaks, noise, z[f, 1], z[f, 2])
        costs[0] += flip(v, places, weights, s, books)
        if costs[0] < costs[1]:
            costs[1] = costs[0]
            best[:] = s
    return len(z)
