from __future__ import annotations

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hopopt import Kronecker, Quadratic
from hopopt.solve.certificates import Certificate, census, certify
from problems import (
    TSP,
    Coloring,
    IndependentSet,
    Knapsack,
    LinearAssignment,
    NumberPartition,
    QuadraticAssignment,
    Queens,
)
from problems.shared.encodings import are_one_hot, one_hot_penalty, permutation_penalty

SEEDS = st.integers(0, 2**32 - 1)


def drawn(kind: str, n: int, seed: int):
    rng = np.random.default_rng(seed)
    if kind == "tsp":
        return TSP.from_points(rng.random((n, 2)))
    if kind == "atsp":
        return TSP.from_matrix(rng.random((n, n)))
    if kind == "qap":
        return QuadraticAssignment(rng.normal(size=(n, n)), rng.normal(size=(n, n)))
    if kind == "symmetric qap":
        A, B = rng.random((2, n, n))
        return QuadraticAssignment(A + A.T, B + B.T)
    return LinearAssignment(rng.normal(size=(n, n)))


KINDS = ("tsp", "atsp", "qap", "symmetric qap", "assignment")


@pytest.mark.parametrize("n", [3, 4])
@pytest.mark.parametrize("kind", KINDS)
@given(seed=SEEDS)
@settings(max_examples=5)
def test_above_the_bound_the_stable_corners_are_the_permutations(
    kind: str, n: int, seed: int
) -> None:
    found = certify(drawn(kind, n, seed))
    assert found.certified
    assert found.margin == pytest.approx(1e-3)
    assert found.census is not None
    assert found.census.exact
    assert found.census.feasible.sum() == [6, 24][n - 3]
    assert np.array_equal(found.census.stable, found.census.strict)


@pytest.mark.parametrize("options", [{"cycle": False}, {"fixed": [(0, 2)]}])
def test_a_tour_with_constraints_is_certified_as_the_closed_tour_it_is_encoded_in(options) -> None:
    points = np.random.default_rng(0).random((4 - (not options.get("cycle", True)), 2))
    found = certify(TSP.from_points(points, **options))
    assert found.census is not None
    assert found.census.exact
    assert found.census.feasible.sum() == 24


def test_cities_at_one_point_are_certified_as_one() -> None:
    points = [[0.0, 0.0]] * 17 + [[0.0, 1.0], [1.0, 0.0]]
    found = certify(TSP.from_points(points))
    assert found.census is not None
    assert found.census.exact
    assert found.census.feasible.sum() == 6


@pytest.mark.parametrize("kind", KINDS)
def test_below_the_bound_infeasible_corners_are_stable(kind: str) -> None:
    found = certify(drawn(kind, 4, 0), scale=0.75)
    assert not found.certified
    assert found.margin == pytest.approx(-0.25)
    assert found.census is not None
    assert len(found.census.intruders)
    assert "no claim" in str(found)


@pytest.mark.parametrize("kind", ["tsp", "atsp", "symmetric qap", "assignment"])
@given(seed=SEEDS)
@settings(max_examples=5)
def test_no_smaller_bound_would_do(kind: str, seed: int) -> None:
    found = certify(drawn(kind, 4, seed), scale=0.999)
    assert found.census is not None
    assert not found.census.exact


def test_one_hot_groups_with_costs_of_any_sign() -> None:
    rng = np.random.default_rng(0)
    for _ in range(300):
        groups, units = rng.integers(1, 4), rng.integers(1, 4)
        size = groups * units
        Q = rng.normal(size=(size, size))
        Q = Q + Q.T
        np.fill_diagonal(Q, 0)
        c = rng.normal(size=size)
        low, high = np.minimum(Q, 0).sum(1) + c, np.maximum(Q, 0).sum(1) + c
        bound = 2 * float(np.maximum(np.abs(low), np.abs(high)).max())
        shape = (int(groups), int(units))
        cost = Quadratic(Q, c.reshape(shape), shape=shape)
        found = census(one_hot_penalty(*shape, 1.001 * bound) + cost, are_one_hot)
        assert found.exact


@pytest.mark.parametrize("G", [nx.petersen_graph(), nx.star_graph(5), nx.empty_graph(3)])
def test_independent_set_settles_in_the_maximal_ones(G: nx.Graph) -> None:
    found = certify(IndependentSet.from_graph(G)).census
    assert found is not None
    assert found.sound
    adjacency = nx.to_numpy_array(G)
    for corner in found.corners[found.stable]:
        assert not (adjacency[corner][:, corner]).any()
        assert np.all(corner | (adjacency @ corner > 0))
    assert len(certify(IndependentSet.from_graph(nx.path_graph(2)), scale=0.9).census.intruders)


def test_coloring_and_queens() -> None:
    found = certify(Coloring.from_graph(nx.cycle_graph(5), colors=3))
    assert found.bound == 4
    assert found.census.exact
    assert certify(Queens(4)).census.exact


def test_slack_bits_get_a_census_and_no_claim() -> None:
    found = certify(Knapsack([2, 3, 4], [3, 4, 6], 6))
    assert (found.bound, found.margin, found.theorem, found.certified) == (None, None, None, False)
    assert not found.census.sound


def test_penalties_are_the_sums_that_they_say() -> None:
    rng = np.random.default_rng(1)
    V = rng.integers(0, 2, (20, 3, 3)).astype(float)
    rows, cols = V.sum(-1) - 1, V.sum(-2) - 1
    want = 2.5 * ((rows**2).sum(-1) + (cols**2).sum(-1))
    assert permutation_penalty(3, 5.0).value(V) == pytest.approx(want)
    assert one_hot_penalty(3, 3, 5.0).value(V) == pytest.approx(2.5 * (rows**2).sum(-1))


def test_large_problems_get_the_bound_alone() -> None:
    found = certify(LinearAssignment(np.arange(36.0).reshape(6, 6)))
    assert isinstance(found, Certificate)
    assert (found.bound, found.census) == (35.0, None)


def test_what_cannot_be_certified_says_so() -> None:
    with pytest.raises(TypeError, match=r"must have a method encoding\(\).*NumberPartition"):
        certify(NumberPartition([1, 2]))
    with pytest.raises(ValueError, match="scale must be"):
        certify(Queens(3), scale=-1)
    with pytest.raises(ValueError, match="at most 20 units for a census; got 25"):
        census(Kronecker(np.zeros((5, 5)), shape=(5, 5)), are_one_hot)
