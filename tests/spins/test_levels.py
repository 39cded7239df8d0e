"""Numbers far apart in one sum: a big M hides nothing of what it outweighs."""

from __future__ import annotations

import itertools
import sys
from typing import Any

import numpy as np
import pytest
from scipy.optimize import linear_sum_assignment

from hopopt import minimize
from hopopt.search import Incumbent
from problems import HUBO, QUBO, Ising, MaxCut
from problems.shared.magnitudes import level
from problems.spins.annealing import beside
from problems.spins.spin_problem import SpinProblem

SIZE = 7
PAIRS = list(itertools.combinations(range(SIZE), 2))
SPINS = 1 - 2 * (np.arange(2**SIZE)[:, None] >> np.arange(SIZE) & 1)
BIG = (1e3, 1e10, 1e15, 1e200)
Terms = dict[tuple[int, ...], float]


def drawn(seed: int, big: float) -> Terms:
    """Small whole coefficients, and a third of the pairs and half the rest beside a big one."""
    rng = np.random.default_rng(seed)
    terms: Terms = {(k,): rng.integers(-9, 10) - k % 2 * 2 * big for k in range(SIZE)}
    for pair in PAIRS:
        dear = rng.random() < 0.3
        terms[pair] = big * rng.choice([-2, -1, 1, 2]) if dear else float(rng.integers(-9, 10))
    terms[0, 1, 2] = 3.0
    return terms


def of_kind(kind: str, terms: Terms) -> tuple[SpinProblem, Terms, Any]:
    """A problem, its terms, and the values that its variables take in them."""
    if kind == "hubo":
        return HUBO(terms), terms, (SPINS + 1) // 2
    pairs = {key: value for key, value in terms.items() if len(key) == 2}
    fields = {k: terms[(k,)] for k in range(SIZE)}
    if kind == "ising":
        problem: SpinProblem = Ising.from_dict(fields, pairs)
        return problem, pairs | {(k,): h for k, h in fields.items()}, SPINS
    if kind == "maxcut":
        ends = np.array(PAIRS).T
        return MaxCut(SIZE, (ends[0], ends[1]), list(pairs.values())), pairs, SPINS
    both = pairs | {(k, k): h for k, h in fields.items()}
    return QUBO.from_dict(both), both, (SPINS + 1) // 2


def exact(terms: Terms, values: Any) -> Any:
    """Every state's sum in Python's integers."""
    sums = np.zeros(len(values), dtype=object)
    for key, weight in terms.items():
        sums += int(weight) * values[:, list(key)].prod(axis=1).astype(object)
    return sums


@pytest.mark.parametrize("big", BIG)
@pytest.mark.parametrize("kind", ["qubo", "ising", "maxcut", "hubo"])
def test_energies_rank_all_states_as_their_exact_sums(kind: str, big: float) -> None:
    for seed in range(4):
        problem, terms, values = of_kind(kind, drawn(seed, big))
        sums, energies = exact(terms, values), problem.energy.value(SPINS.astype(float))
        order = np.argsort(energies, kind="stable")
        rises = np.diff(sums[order])
        assert all(step >= 0 for step in rises)
        same = np.diff(energies[order]) <= 1e-9 * np.abs(energies).max()
        assert all((step == 0) == alike for step, alike in zip(rises, same, strict=True))
        assert problem.levelled == (not problem.exact) == (big > 1e3)
        cost = problem.cost(problem.decode(SPINS[5].astype(float)))
        assert kind == "maxcut" or cost == float(int(sums[5]))


@pytest.mark.parametrize("big", [*BIG, sys.float_info.max])
def test_a_pair_that_must_not_be_hides_no_small_costs(big: float) -> None:
    Q = {("a", "a"): -3.0, ("b", "b"): -4.0, ("c", "c"): -2.0, ("a", "b"): big, ("b", "c"): big}
    result = minimize(QUBO.from_dict(Q), rng=0)
    assert (result.x.tolist(), result.fun) == ([1, 0, 1], -5.0)
    worst = minimize(QUBO.from_dict({k: -v for k, v in Q.items()}, sense="max"), rng=0)
    assert (worst.x.tolist(), worst.fun) == ([1, 0, 1], 5.0)


def test_what_is_close_together_or_no_multiple_is_left_as_it_is() -> None:
    assert level(np.array([1.0, 999.0, 2e3])) is None
    assert level(np.array([1.0, 1e9, np.pi * 1e9])) is None
    assert level(np.array([0.0]), np.zeros((0, 0))) is None


def test_multiples_that_were_rounded_and_several_levels() -> None:
    (even,) = level(np.array([1e200, 3 * 1e200, 1e100, 1.0, 2.0])) or ()
    assert even[[3, 4]].tolist() == [1.0, 2.0]
    assert even[1] == 3 * even[0] > 3 * even[2] > 9
    assert even.max() < 1e3


def test_what_hides_in_sums_of_multiples_alone() -> None:
    (even,) = level(np.array([5 - 1e10, 2e10, 7 - 1e10, -1e10])) or ()
    assert even.tolist() == [5 - 16.0, 32.0, 7 - 16.0, -16.0]
    assert level(np.array([0.1, 0.2, 0.1 + 0.2, 0.7, 1.1])) is None
    rng = np.random.default_rng(0)
    assert level(rng.random((20, 20))) is level(rng.choice([-1.0, 1.0], 100)) is None


def test_a_constant_hides_nothing() -> None:
    problem = QUBO([[-1.0, 3.0], [0.0, -2.0]], constant=1e200)
    assert problem.energy.value(np.array([-1.0, 1.0])) < problem.energy.value(np.ones(2))
    assert problem.cost([0, 1]) == 1e200


@pytest.mark.parametrize("big", [1e6, 1e12])
def test_choices_with_penalties_between_them_are_all_seen(big: float) -> None:
    """An assignment as a QUBO: one job a worker and one worker a job, at a penalty each."""
    costs = np.random.default_rng(0).integers(1, 100, (4, 4)).astype(float)
    rivals = np.kron(np.eye(4), np.ones((4, 4))) + np.kron(np.ones((4, 4)), np.eye(4))
    Q = np.diag(costs.ravel()) + big * (rivals - 4 * np.eye(16))
    result = minimize(QUBO(Q), "anneal", rng=0, sweeps=20, patience=10)
    taken = result.x.reshape(4, 4)
    assert taken.sum(0).tolist() == taken.sum(1).tolist() == [1] * 4
    assert (taken * costs).sum() == costs[linear_sum_assignment(costs)].sum()


def test_a_search_beside_another_lends_its_best() -> None:
    own = [Incumbent(x, cost) for x, cost in (("a", 5.0), ("b", 4.0), ("c", 2.0), ("d", 3.0))]
    found = beside(iter(own), iter([Incumbent("other", 3.0)]))
    assert [one.x for one in found] == ["a", "other", "c", "c"]
