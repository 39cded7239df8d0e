"""Kinds of methods, and which one "auto" takes."""

from __future__ import annotations

from typing import Any, ClassVar

import pytest
from dial import Dial, Draw
from toy import Classical, Missing, Plain, Toy

from hopopt import Method, minimize
from hopopt.solve.comparison import compare
from hopopt.solve.method import takes
from problems import MaxCut, QuadraticAssignment, tsp
from problems.tours import TSP


class Undeclared(Method):
    name: ClassVar[str] = "undeclared"
    summary: ClassVar[str] = "does not say its kind"

    def attempt(self, problem: Any, rng: Any, monitor: Any) -> Any:
        raise AssertionError


class Odd(Undeclared):
    name: ClassVar[str] = "odd"
    kind = "quantum"  # type: ignore[assignment]


def listing(*methods: type[Method]) -> Toy:
    """A toy with these methods, the best first."""
    kind: Any = type("Listing", (Toy,), {"methods": {m.name: m for m in methods}})
    problem: Toy = kind(3)
    return problem


@pytest.mark.parametrize(("method", "got"), [(Undeclared, "None"), (Odd, "'quantum'")])
def test_unknown_kinds_are_refused_by_name(method: type[Method], got: str) -> None:
    message = f"kind of method {method.name} must be one of pure, hybrid, classical; got {got}"
    for asked in (method(), method.name, "auto"):
        with pytest.raises(ValueError, match=message):
            minimize(listing(method), asked)


def test_auto_is_the_first_that_will_do() -> None:
    assert listing(Classical, Plain).method().name == "classical"
    assert listing(Classical, Plain).method(pure=True).name == "plain"
    assert listing(Missing, Classical).method().name == "classical"
    assert listing(Classical, Plain).method(solver="x").name == "plain"
    assert minimize(listing(Classical, Plain), rng=0).method == "classical"
    assert minimize(listing(Classical, Plain), rng=0, pure=True).method == "plain"


def test_auto_says_why_there_is_none() -> None:
    with pytest.raises(TypeError, match="takes the options 'solver'; classical takes: none"):
        listing(Classical).method(solver="x")
    with pytest.raises(ValueError, match=r"no method of toy takes .*: missing refuse it"):
        listing(Missing).method()
    with pytest.raises(ValueError, match="method must be pure, of which toy has none"):
        listing(Classical).method(pure=True)
    with pytest.raises(TypeError, match="no pure method of toy takes the options 'depth'"):
        listing(Classical, Plain).method(pure=True, depth=3)


def test_ranking_may_differ_from_instance_to_instance() -> None:
    class Ranked(Toy):
        def ranking(self) -> list[str]:
            return ["plain", "classical"] if self.n % 2 else ["classical", "plain"]

    assert [Ranked(n).method().name for n in (3, 4)] == ["plain", "classical"]


@pytest.mark.parametrize("method", ["classical", Classical()])
def test_pure_refuses_others_by_name(method: str | Method) -> None:
    known = "plain, wrong, refusing, broken, fickle, interrupted, escaped"
    message = f"method must be pure, {known}; got 'classical', which is classical"
    with pytest.raises(ValueError, match=message):
        minimize(Toy(3), method, pure=True)
    with pytest.raises(ValueError, match=message):
        compare(Toy(3), ["plain", method], pure=True, isolated=False)


def test_pure_reaches_the_functions() -> None:
    import networkx as nx

    G = nx.complete_graph(4)
    nx.set_edge_attributes(G, 1.0, "weight")
    with pytest.raises(ValueError, match="got 'greedy', which is classical"):
        tsp(G, complete="shortest-path", method="greedy", pure=True)
    assert len(tsp(G, complete="shortest-path", pure=True)) == 5


def test_compare_of_pure_methods() -> None:
    rows = compare(Toy(3), pure=True, isolated=False)
    assert [row["method"] for row in rows] == [name for name in Toy.methods if name != "classical"]
    (row,) = compare(listing(Classical, Plain), ["auto"], pure=True, isolated=False)
    assert (row["method"], row["kind"], row["pure"]) == ("auto (plain)", "pure", True)


def test_options_choose_a_method_that_names_them() -> None:
    """A solver's options go with a solver; alone they are nobody's."""
    tsp, qap = TSP.load("random-9"), QuadraticAssignment.load("random-5")
    assert tsp.method().name == "k-opt"
    assert tsp.method(solver="BDF", rtol=1e-3).name == "ring"
    bare = TSP.from_matrix(tsp.distances.matrix())
    assert bare.method(solver="BDF").name == "assignment"
    assert qap.method(stages=9).name == "sinkhorn"
    assert MaxCut.load("regular-8").method(solver="BDF").name == "flow"
    assert not takes(tsp.methods["ring"], ["rtol"])
    with pytest.raises(
        TypeError, match="no method of tsp takes the options 'rtol'; k-opt takes: initial"
    ):
        tsp.method(rtol=1e-3)


def test_draw_is_what_it_says() -> None:
    assert Dial().method(pure=True, spread=2.0).spread == Draw(2.0).spread  # type: ignore[attr-defined]
