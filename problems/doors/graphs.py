"""A tour of a graph in one call, usable as a method of networkx's own function."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import Any

import networkx as nx

from hopopt import Method, minimize
from problems.shared.graphs import Weight
from problems.shared.one_call import refuse_infeasible
from problems.tours import TSP


def tsp(
    G: nx.Graph[Any],
    weight: Weight = "weight",
    nodes: Iterable[Hashable] | None = None,
    cycle: bool = True,
    *,
    method: str | Method = "auto",
    complete: str | None = None,
    start: Hashable | None = None,
    end: Hashable | None = None,
    fixed: Iterable[tuple[Hashable, Hashable]] = (),
    source: Hashable | None = None,
    seed: Any = None,
    **options: Any,
) -> list[Any]:
    """Return a short tour of a graph's nodes by a Hopfield network, as networkx's functions do.

    Usable as ``method=`` of `networkx.approximation.traveling_salesman_problem`.

    Parameters
    ----------
    G : networkx.Graph or networkx.DiGraph
        A tour goes along its edges, unless `complete` says that it may pass through other nodes.
    weight, complete, nodes
        As in `TSP.from_graph`.
    cycle, start, end, fixed
        As in `TSP`.
    source, seed
        What networkx's functions call `start` and `rng`.
    method : str or Method, default "auto"
    **options
        As for `hopopt.minimize`: ``rng=``, ``restarts=``, ``time_limit=``, ``initial=``, …. The
        seed is 0 unless `rng` is given.

    Returns
    -------
    list
        Nodes in the order of the tour; the first one comes again at the end of a closed one. With
        ``complete="shortest-path"``, a walk: every node on the way, each next to the one before.

    Raises
    ------
    ValueError
        As `TSP.from_graph` does; or where no tour was found, or none exists, as the message says.

    Examples
    --------
    >>> import networkx as nx
    >>> import problems
    >>> G = nx.grid_2d_graph(3, 3)
    >>> nx.set_edge_attributes(G, 1.0, "weight")
    >>> corners = [(0, 0), (0, 2), (2, 0), (2, 2)]
    >>> len(problems.tsp(G, nodes=corners, complete="shortest-path"))
    9
    """
    if source is not None and start is not None:
        raise ValueError(f"start and source must not both be given; got {start!r} and {source!r}")
    problem = TSP.from_graph(
        G,
        weight,
        complete=complete,
        nodes=nodes,
        cycle=cycle,
        start=source if start is None else start,
        end=end,
        fixed=fixed,
    )
    options.setdefault("rng", 0 if seed is None else seed)
    result = minimize(problem, method, **options)
    advice = "complete='shortest-path' lets it pass through other nodes"
    refuse_infeasible(result, "tour along the edges of G", advice=advice)
    return problem.walk(result.x)
