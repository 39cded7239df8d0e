"""networkx's own door: its types, its fallback, and its own tests against hopopt."""

from __future__ import annotations

import importlib
import inspect
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import networkx as nx
import pytest

from problems.doors import backend

DISPATCHED = [
    name
    for name in backend.__all__
    if name in nx.utils.backends._registered_algorithms  # not what networkx asks of a backend
]
OWN = {
    "approximation.tests.test_maxcut": "",
    "approximation.tests.test_vertex_cover": "",
    "approximation.tests.test_clique": "",
    "approximation.tests.test_traveling_salesman": "test_TSP",
    "coloring.tests.test_coloring": "basic|special|strategy|bad|invalid",
    "tests.test_mis": "",
}
needs_entry_point = pytest.mark.skipif(
    "hopopt" not in nx.utils.backends.backends, reason="installed before it had this entry point"
)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in DISPATCHED:
        seconds = 0.02 if name == "maximal_independent_set" else 0.1  # often called; rarely
        monkeypatch.setitem(getattr(backend, name).__kwdefaults__, "time_limit", seconds)


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch, quick: None) -> Iterator[list[str]]:
    """The functions that hopopt ran, where networkx is told to ask it first."""
    ran: list[str] = []

    def spied(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def run(*args: Any, **kwargs: Any) -> Any:
            ran.append(name)
            return function(*args, **kwargs)

        run.__signature__ = inspect.signature(function)  # type: ignore[attr-defined]
        return run

    for name in DISPATCHED:
        monkeypatch.setattr(backend, name, spied(name, getattr(backend, name)))
    with nx.config.backend_priority(algos=["hopopt"]), nx.config(cache_converted_graphs=False):
        yield ran


def own_tests() -> Iterator[Any]:
    """networkx's tests of the functions that hopopt runs, as calls without arguments."""
    for place, words in OWN.items():
        module = importlib.import_module(f"networkx.algorithms.{place}")
        for holder in (module, *(c for n, c in vars(module).items() if n.startswith("Test"))):
            for name, test in vars(holder).items():
                if not name.startswith("test_") or not any(w in name for w in words.split("|")):
                    continue
                own = "" if holder is module else f"{holder.__name__}::"
                key = f"{place.split('.')[-1]}.py::{own}{name}"
                call = test if holder is module else getattr(holder(), name)
                if key not in backend.SKIPPED and not inspect.signature(call).parameters:
                    yield pytest.param(call, id=key)


@needs_entry_point
@pytest.mark.parametrize("test", [*own_tests()])
def test_networkx_passes_its_own_tests(test: Callable[[], None], calls: list[str]) -> None:
    test()


@needs_entry_point
def test_skips_name_tests_that_are_there() -> None:
    for key in backend.SKIPPED:
        file, *names = key.split("::")
        place = next(place for place in OWN if place.endswith(file.removesuffix(".py")))
        found = importlib.import_module(f"networkx.algorithms.{place}")
        for name in names:
            found = getattr(found, name)
        assert callable(found), key


@pytest.mark.parametrize("folder", ["", "algorithms/tests/test_mis.py"])
def test_skips_are_found_whatever_pytest_calls_a_file(folder: str) -> None:
    marks: list[Any] = []
    item = SimpleNamespace(
        path=Path("networkx/algorithms/tests/test_mis.py"),
        nodeid=f"{folder}::test_random_seed",
        add_marker=marks.append,
    )
    backend.on_start_tests([item])
    assert [mark.kwargs["reason"] for mark in marks] == [
        "the sets that networkx draws from these seeds"
    ]


A = nx.approximation
CALLS: dict[str, tuple[Callable[..., Any], type, dict[str, Any]]] = {
    "traveling_salesman_problem": (A.traveling_salesman_problem, list, {"method": A.greedy_tsp}),
    "max_clique": (A.max_clique, set, {"unheard": 1}),
    "large_clique_size": (A.large_clique_size, int, {"unheard": 1}),
    "maximum_independent_set": (A.maximum_independent_set, set, {"unheard": 1}),
    "maximal_independent_set": (nx.maximal_independent_set, list, {"nodes": [0]}),
    "min_weighted_vertex_cover": (A.min_weighted_vertex_cover, set, {"unheard": 1}),
    "one_exchange": (A.one_exchange, tuple, {"initial_cut": {0}}),
    "randomized_partitioning": (A.randomized_partitioning, tuple, {"p": 0.25}),
    "greedy_color": (nx.greedy_color, dict, {"strategy": "DSATUR"}),
    "kernighan_lin_bisection": (
        nx.community.kernighan_lin_bisection,
        tuple,
        {"partition": ({0, 1, 2, 3, 4}, {5, 6, 7, 8, 9})},
    ),
}


@needs_entry_point
@pytest.mark.parametrize("name", DISPATCHED)
def test_dispatch(name: str, calls: list[str]) -> None:
    """Asked for, hopopt runs; left alone or given what it does not take, networkx does."""
    function, kind, unused = CALLS[name]
    G = nx.petersen_graph()
    options = {"backend": "hopopt", "seed": 3, "time_limit": 0.02}
    assert type(function(G, **options)) is kind is type(function(G, backend="networkx"))
    assert calls[0] == name
    calls.clear()
    with pytest.raises(NotImplementedError, match=f"'{name}' is not implemented by 'hopopt'"):
        function(G, backend="hopopt", **unused)
    if "unheard" not in unused:
        function(G, **unused)
    assert not calls


def test_every_function_is_networkx_s_own() -> None:
    """The same parameters in the same order with the same defaults, then hopopt's own."""
    assert set(DISPATCHED) == set(CALLS)
    for name, (function, _, _) in CALLS.items():
        theirs = inspect.signature(inspect.unwrap(function)).parameters
        ours = inspect.signature(getattr(backend, name)).parameters
        shared = [p for p in theirs if p not in ("backend", "backend_kwargs", "kwargs")]
        assert list(ours)[: len(shared)] == shared, name
        assert set(ours) - set(shared) <= {"time_limit", "seed"}, name
        for p in set(shared) - {"seed"}:
            assert ours[p].default == theirs[p].default, (name, p)


def test_reasons() -> None:
    G = nx.path_graph(4)
    assert backend.can_run("one_exchange", (G,), {"initial_cut": None}) is True
    assert backend.can_run("one_exchange", (G,), {"initial_cut": {0}}) != True  # noqa: E712
    told = backend.can_run("kernighan_lin_bisection", (G,), {"weight": lambda *_: 1})
    assert told == "weight must name an attribute; got a function"
    assert "unheard" in str(backend.can_run("max_clique", (G,), {"unheard": 1}))
    assert backend.should_run("max_clique", (), {"G": G}) is True
    assert "got 5001" in str(backend.should_run("max_clique", (nx.empty_graph(5001),), {}))
    with pytest.raises(NotImplementedError, match="nonnegative"):
        backend.kernighan_lin_bisection(nx.Graph([(0, 1, {"weight": -1})]))


EDGES = [(0, 0), (0, 1), (1, 2), (2, 0), (2, 3)]


@pytest.mark.parametrize("kind", [nx.Graph, nx.DiGraph, nx.MultiGraph, nx.MultiDiGraph])
def test_loops_directions_and_parallels(kind: Any) -> None:
    """Nodes that are joined to themselves cover themselves and are not independent."""
    G = backend.convert_from_nx(kind([*EDGES, *EDGES[1:2]]), edge_attrs={"weight": 7})
    assert type(G) is kind
    assert {data["weight"] for *_, data in G.edges(data=True)} == {7}
    cover = backend.min_weighted_vertex_cover(G)
    assert 0 in cover
    assert all(u in cover or v in cover for u, v in G.edges())
    assert backend.maximum_independent_set(G) in ({1, 3}, {2, 3}, {1}, {3})
    colours = backend.greedy_color(G)
    assert all(colours[u] != colours[v] for u, v in G.edges() if u != v)


def test_covers_weigh_little() -> None:
    """A heavy centre stays out, what weighs nothing comes in, what has no weight weighs 1."""
    star = nx.star_graph(3)
    star.nodes[0]["cost"] = 10
    G = backend.convert_from_nx(star, node_attrs={"cost": None})
    assert dict(G.nodes(data=True)) == dict(star.nodes(data=True))
    assert backend.min_weighted_vertex_cover(G, "cost") == {1, 2, 3}
    assert backend.min_weighted_vertex_cover(G) == {0}
    star.nodes[0]["cost"] = 0
    assert backend.min_weighted_vertex_cover(star, "cost") == {0}


def test_nothing_and_next_to_nothing() -> None:
    none, one = nx.empty_graph(0), nx.empty_graph(["a"])
    assert backend.max_clique(none) == backend.maximum_independent_set(none) == set()
    assert backend.one_exchange(none) == (0, (set(), set()))
    assert backend.greedy_color(none) == {}
    assert backend.kernighan_lin_bisection(none) == (set(), set())
    assert backend.kernighan_lin_bisection(one) == (set(), {"a"})
    assert backend.traveling_salesman_problem(one) == ["a"]
    two = nx.DiGraph([("a", "b", {"weight": 1})])
    with pytest.raises(nx.NetworkXError, match="strongly connected"):
        backend.traveling_salesman_problem(two)


def test_seeds_and_weights() -> None:
    """A generator is asked for a seed; the weight of a cut has the type of the weights."""
    G = nx.gnp_random_graph(8, 0.5, seed=1)
    nx.set_edge_attributes(G, {e: k % 5 for k, e in enumerate(G.edges)}, "weight")
    (value, (side, other)), (again, _) = (
        backend.one_exchange(G, seed=random.Random(5), weight="weight", time_limit=60)
        for _ in range(2)
    )
    assert again == value
    assert value == nx.cut_size(G, side, other, weight="weight")
    assert isinstance(value, int)
