"""What the search reads and writes: flat arrays if compiled, lists of numbers if interpreted."""

from __future__ import annotations

from typing import Any, NamedTuple

DEEPEST = 16
"""Most edges that a walk removes, and the stride of what it keeps for each depth."""


class Nodes(NamedTuple):
    """The nodes, numbered so that near ones have near numbers, and their candidate edges.

    Attributes
    ----------
    kind : int
        How distances are read; see `metric.between`.
    where : sequence of float
        Coordinates and prices of the nodes, four numbers each, or a matrix row by row.
    near : sequence of int
        `width` candidates of each node, cheapest first.
    apart : sequence of float
        Their distances.
    width : int
    lock : sequence of int
        Two for each node: the other ends of edges that stay; −1 where there is none.
    locked : int
        Whether there are any.
    """

    kind: Any
    where: Any
    near: Any
    apart: Any
    width: Any
    lock: Any
    locked: Any


class Tour(NamedTuple):
    """A closed tour.

    Attributes
    ----------
    order : sequence of int
        The nodes.
    place : sequence of int
        The position of each node.
    log : sequence of int
        What was overwritten since the last kick, to be taken back.
    """

    order: Any
    place: Any
    log: Any


class Walk(NamedTuple):
    """What a walk knows while it goes on; rows of `DEEPEST` for each depth.

    Attributes
    ----------
    ends : sequence of int
        The ends of the edges in turn: 2j and 2j + 1 were joined and are no more, 2j + 1 and 2j + 2
        are joined.
    kept : sequence of int
        The same of the best walk so far.
    gain : sequence of float
        Removed less added length at each depth.
    tried, many : sequence of int
        At each depth, how many of its steps were tried, and how many there are.
    cuts, lows : sequence of int
        The sorted positions of the removed edges, and which of `ends` lies at that position.
    node, other, cut, worth : sequences
        The steps of each depth, best first: the edge (node, other) to be removed, twice its
        position plus whether `other` comes before, and the gain there.
    slot, mate, way : sequence of int
        The chains' ends, how they are joined, and in which direction each chain is passed.
    """

    ends: Any
    kept: Any
    gain: Any
    tried: Any
    many: Any
    cuts: Any
    lows: Any
    node: Any
    other: Any
    cut: Any
    worth: Any
    slot: Any
    mate: Any
    way: Any


class Chains(NamedTuple):
    """The chains that the removed edges leave, and their new order.

    Attributes
    ----------
    cut : sequence of int
        The last position of each chain, sorted.
    order : sequence of int
        The oriented chains in tour order: 2j is chain j as it was, 2j + 1 reversed.
    best : sequence of int
        The order that the memory recalls.
    joined : sequence of float
        The lengths of the edges that may join the chains, 2·`DEEPEST` a row.
    now, next, used : sequence of int
    part : sequence of float
        Where a recall stands.
    """

    cut: Any
    order: Any
    best: Any
    joined: Any
    now: Any
    next: Any
    used: Any
    part: Any


class Plan(NamedTuple):
    """How to search.

    Attributes
    ----------
    breadth : sequence of int
        How many steps are tried at each depth.
    depth : int
        How many edges a walk removes at most.
    chains : int
        Up to how many chains the memory joins; 0 for none.
    tolerance : float
        Gains up to this are none.
    queue, queued : sequences of int
        The nodes to walk from, in a ring, and whether each is among them.
    state : sequence of int
        Of the random numbers.
    counts : sequence of int
        Walks that gained, recalls, and recalls that found better than the walk.
    """

    breadth: Any
    depth: Any
    chains: Any
    tolerance: Any
    queue: Any
    queued: Any
    state: Any
    counts: Any


class Tours(NamedTuple):
    """Several tours, one after another.

    Attributes
    ----------
    orders, places : sequences of int
        As of a `Tour`, n numbers for each.
    lengths : sequence of float
    """

    orders: Any
    places: Any
    lengths: Any


class Split(NamedTuple):
    """Where two tours differ, and what becomes of one that takes over edges of the other.

    Attributes
    ----------
    size : int
        Of the nodes, n.
    tolerance : float
        Gains up to this are none.
    mine, theirs : sequences of int
        For each node, up to two neighbours in either tour alone.
    left, owed : sequences of int
        How many of them are not yet in a cycle.
    live, path, seen : sequences of int
        Nodes with such edges, those of a walk, and where each stands in it, by parity.
    cycle, start : sequences of int
        The nodes of all cycles, and where each cycle begins.
    removed, added : sequences of int
        Two ends for each edge.
    cut : sequence of int
        The sorted positions of the removed edges.
    mate : sequence of int
        Which ends of chains are joined: 2r is the last node of chain r, 2r + 1 the first of the
        next.
    part, nodes : sequences of int
        The cycle that each chain lies in, and how many nodes it has.
    slots, count : sequences of int
        For each node, the ends it is, and how many are not yet joined.
    fresh : sequence of int
        A tour to be written.
    """

    size: Any
    tolerance: Any
    mine: Any
    theirs: Any
    left: Any
    owed: Any
    live: Any
    path: Any
    seen: Any
    cycle: Any
    start: Any
    removed: Any
    added: Any
    cut: Any
    mate: Any
    part: Any
    nodes: Any
    slots: Any
    count: Any
    fresh: Any
