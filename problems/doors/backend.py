"""networkx's own door: ``nx.approximation.max_clique(G, backend="hopopt")`` and its like.

The entry point ``networkx.backends`` names this module, and networkx calls what it finds here. Each
function takes networkx's arguments and returns networkx's types. To some of those arguments, which
tell networkx's algorithm how to go about it, the networks have no answer; where one is not at its
default, `can_run` says so and networkx falls back by its own rules. Functions that are named after
a problem are here, and the one or two heuristics by which networkx attempts a maximum cut, a
bisection and a colouring; where there is a choice of heuristics by name, it stays networkx's.

Every function takes ``time_limit=``, seconds of wall time, 1 by default, and ``seed=``, by default
0 where networkx's own has no seed. There is no entry point ``networkx.backend_info``, for ``import
networkx`` would have to load all of this.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Hashable, Iterable, Mapping
from random import Random
from typing import Any

import networkx as nx

from hopopt import minimize
from problems.classes.coloring import Coloring
from problems.classes.partition import Partition
from problems.doors.graphs import tsp
from problems.spins.clique import Clique
from problems.spins.independent_set import IndependentSet
from problems.spins.maxcut import MaxCut
from problems.spins.vertex_cover import VertexCover

__all__ = [
    "can_run",
    "convert_from_nx",
    "convert_to_nx",
    "greedy_color",
    "kernighan_lin_bisection",
    "large_clique_size",
    "max_clique",
    "maximal_independent_set",
    "maximum_independent_set",
    "min_weighted_vertex_cover",
    "on_start_tests",
    "one_exchange",
    "randomized_partitioning",
    "should_run",
    "traveling_salesman_problem",
]

Graph = nx.Graph  # of any class that networkx's function takes
Node = Hashable
Seed = int | Random

SECONDS = 1.0
DENSE = 5000  # nodes: what needs a matrix of all pairs should stay below

UNUSED: Mapping[str, tuple[str, ...]] = {
    "traveling_salesman_problem": ("method",),
    "maximal_independent_set": ("nodes",),
    "one_exchange": ("initial_cut",),
    "randomized_partitioning": ("p",),
    "greedy_color": ("strategy", "interchange"),
    "kernighan_lin_bisection": ("partition", "max_iter"),
}
"""What each function takes of networkx's arguments at their default only."""

ALL_PAIRS = ("traveling_salesman_problem", "max_clique", "large_clique_size")

SKIPPED: Mapping[str, str] = {
    "test_traveling_salesman.py::test_TSP_incomplete_graph_short_path": "a path of 13; 12 is best",
    "test_coloring.py::TestColoring::test_special_cases": "the colours that largest_first wastes",
    "test_coloring.py::TestColoring::test_strategy_as_function": "the colours of largest_first",
    "test_mis.py::test_random_seed": "the sets that networkx draws from these seeds",
}
"""networkx's own tests that ask for the answer of its own heuristic, and what they ask for."""


def traveling_salesman_problem(
    G: Graph[Any],
    weight: str = "weight",
    nodes: Iterable[Node] | None = None,
    cycle: bool = True,
    method: None = None,
    *,
    time_limit: float = SECONDS,
    seed: Seed = 0,
) -> list[Any]:
    """Return a short walk through all nodes, or some, between them along shortest paths.

    With ``cycle=False`` the walk is made for open ends, not cut out of a closed one.
    """
    if isinstance(G, nx.DiGraph) and not nx.is_strongly_connected(G):
        raise nx.NetworkXError("G is not strongly connected")
    chosen = None if nodes is None else list(dict.fromkeys(nodes))
    options: dict[str, Any] = {"rng": _number(seed), "time_limit": time_limit}
    return tsp(G, weight, chosen, cycle, complete="shortest-path", **options)


def max_clique(G: Graph[Any], *, time_limit: float = SECONDS, seed: Seed = 0) -> set[Any]:
    """Return a large clique."""
    return _chosen(Clique, G, time_limit, seed)


def large_clique_size(G: Graph[Any], *, time_limit: float = SECONDS, seed: Seed = 0) -> int:
    """Return the size of a large clique."""
    return len(_chosen(Clique, G, time_limit, seed))


def maximum_independent_set(
    G: Graph[Any], *, time_limit: float = SECONDS, seed: Seed = 0
) -> set[Any]:
    """Return a large set of nodes no two of which are joined; none that is joined to itself."""
    loops = set(nx.nodes_with_selfloops(G))
    return _chosen(IndependentSet, G.subgraph(set(G) - loops), time_limit, seed)


def maximal_independent_set(
    G: Graph[Any], nodes: None = None, seed: Seed = 0, *, time_limit: float = SECONDS
) -> list[Any]:
    """Return a set of nodes no two of which are joined, and to which none can be added."""
    return list(maximum_independent_set(G, time_limit=time_limit, seed=seed))


def min_weighted_vertex_cover(
    G: Graph[Any], weight: str | None = None, *, time_limit: float = SECONDS, seed: Seed = 0
) -> set[Any]:
    """Return a small or light set of nodes that has an end of every edge.

    Nodes with self-loops are in it, and so are those of a weight of 0 or less.
    """
    weights = {node: data.get(weight or "", 1) for node, data in G.nodes(data=True)}
    inside = set(nx.nodes_with_selfloops(G)) | {v for v in G if weights[v] <= 0}
    left = G.subgraph(set(G) - inside)
    heavy = [weights[node] for node in left]
    return inside | _chosen(VertexCover, left, time_limit, seed, weights=heavy)


def one_exchange(
    G: Graph[Any],
    initial_cut: None = None,
    seed: Seed = 0,
    weight: str | None = None,
    *,
    time_limit: float = SECONDS,
) -> tuple[Any, tuple[set[Any], set[Any]]]:
    """Return the weight of a large cut, and its two sides."""
    name, side = weight or "", set()
    if len(G):
        problem = MaxCut.from_graph(G, name)
        side = set(minimize(problem, rng=_number(seed), time_limit=time_limit).x)
    across = (data for u, v, data in G.edges(data=True) if (u in side) != (v in side))
    return sum(data.get(name, 1) for data in across), (side, set(G) - side)


def randomized_partitioning(
    G: Graph[Any],
    seed: Seed = 0,
    p: float = 0.5,
    weight: str | None = None,
    *,
    time_limit: float = SECONDS,
) -> tuple[Any, tuple[set[Any], set[Any]]]:
    """Return the weight of a large cut, and its two sides."""
    return one_exchange(G, None, seed, weight, time_limit=time_limit)


def greedy_color(
    G: Graph[Any],
    strategy: str = "largest_first",
    interchange: bool = False,
    *,
    time_limit: float = SECONDS,
    seed: Seed = 0,
) -> dict[Any, int]:
    """Return a colour for every node, no two neighbours alike, with few colours."""
    if not len(G):
        return {}
    problem = Coloring.from_graph(_simple(G))
    return dict(minimize(problem, rng=_number(seed), time_limit=time_limit).x)


def kernighan_lin_bisection(
    G: Graph[Any],
    partition: None = None,
    max_iter: int = 10,
    weight: str | None = "weight",
    seed: Seed = 0,
    *,
    time_limit: float = SECONDS,
) -> tuple[set[Any], set[Any]]:
    """Return two halves of the nodes with little weight between them, the smaller one first."""
    if len(G) < 2:
        return set(), set(G)
    name = weight or ""
    if any(data.get(name, 1) < 0 for _, _, data in G.edges(data=True)):
        raise NotImplementedError("weights must be nonnegative; got a negative one")
    problem = Partition.from_graph(G, name)
    found = minimize(problem, rng=_number(seed), time_limit=time_limit).x
    halves = ({node for node, c in found.items() if c == side} for side in (0, 1))
    first, second = sorted(halves, key=len)
    return first, second


def _chosen(
    family: type[IndependentSet], G: Graph[Any], time_limit: float, seed: Seed, **options: Any
) -> set[Any]:
    """Return the nodes that a problem of this kind chooses."""
    if not len(G):
        return set()
    problem = family.from_graph(_simple(G), **options)
    return set(minimize(problem, rng=_number(seed), time_limit=time_limit).x)


def _simple(G: Graph[Any]) -> Graph[Any]:
    """Return a graph without directions, parallel edges and self-loops."""
    plain: Graph[Any] = nx.Graph()
    plain.add_nodes_from(G)
    plain.add_edges_from((u, v) for u, v in G.edges() if u != v)
    return plain


def _number(seed: Seed) -> int:
    """Return a seed for hopopt: a number is taken as it is, a generator is asked for one."""
    return seed if isinstance(seed, int) else int(seed.randrange(2**31))


def can_run(name: str, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> bool | str:
    """Return whether a function takes these arguments, or why not; networkx asks first."""
    function: Callable[..., Any] = globals()[name]
    signature = inspect.signature(function)
    try:
        given = signature.bind(*args, **kwargs).arguments
    except TypeError as error:
        return str(error)
    for argument in UNUSED.get(name, ()):
        default = signature.parameters[argument].default
        if argument in given and given[argument] is not default and given[argument] != default:
            return f"hopopt takes no {argument} here; got {given[argument]!r}"
    if callable(given.get("weight")):
        return "weight must name an attribute; got a function"
    return True


def should_run(name: str, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> bool | str:
    """Return whether a graph is small enough to be dispatched unasked, or why it is not."""
    G = args[0] if args else kwargs["G"]
    if name in ALL_PAIRS and len(G) > DENSE:
        return f"{name} makes a matrix of all pairs of at most {DENSE} nodes; got {len(G)}"
    return True


def convert_from_nx(
    graph: Graph[Any],
    *,
    edge_attrs: Mapping[str, Any] | None = None,
    node_attrs: Mapping[str, Any] | None = None,
    **_: Any,
) -> Graph[Any]:
    """Return a copy of the nodes and edges, with the attributes that a function reads."""
    kinds = {(False, False): nx.Graph, (False, True): nx.MultiGraph}
    kinds |= {(True, False): nx.DiGraph, (True, True): nx.MultiDiGraph}
    copy: Graph[Any] = kinds[graph.is_directed(), graph.is_multigraph()]()
    copy.add_nodes_from(
        (node, {name: data[name] for name in node_attrs or {} if name in data})
        for node, data in graph.nodes(data=True)
    )
    copy.add_edges_from(
        (u, v, {name: data.get(name, default) for name, default in (edge_attrs or {}).items()})
        for u, v, data in graph.edges(data=True)
    )
    return copy


def convert_to_nx(result: Any, *, name: str | None = None) -> Any:
    """Return a result as it is: none of the functions makes a graph."""
    return result


def on_start_tests(items: Iterable[Any]) -> None:
    """Mark those of networkx's own tests that its heuristics alone can pass, by name."""
    import pytest

    for item in items:
        _, _, name = item.nodeid.partition("::")  # before it may be nothing, or a path
        reason = SKIPPED.get(f"{item.path.name}::{name}")
        if reason is not None:
            item.add_marker(pytest.mark.skip(reason=reason))
