"""Quadratic assignment with a linear part, placed facilities, free places, to be maximised."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import numpy as np
import pytest

import problems
from hopopt import minimize
from problems import QuadraticAssignment

LETTERS = "abcdef"


def drawn(seed: int, n: int, m: int) -> tuple[Any, Any, Any]:
    rng = np.random.default_rng(seed)
    return rng.integers(-3, 9, (n, n)), rng.integers(0, 9, (m, m)), rng.integers(-20, 20, (n, m))


@pytest.mark.parametrize(
    ("n", "m", "match"),
    [(4, 4, {}), (4, 4, {1: "c"}), (3, 5, {}), (3, 5, {0: "e", 2: "a"}), (3, 3, {0: "b", 1: "a"})],
)
@pytest.mark.parametrize("sense", ["min", "max"])
@pytest.mark.parametrize("linear", [True, False])
def test_all_solutions_cost_what_the_sums_say(
    n: int, m: int, match: dict[int, str], sense: Any, linear: bool
) -> None:
    A, B, C = drawn(n + m, n, m)
    C = C if linear else np.zeros((n, m))
    problem = QuadraticAssignment(
        A, B, linear=C, sense=sense, partial_match=match, labels=LETTERS[:m]
    )
    costs = {}
    for places in permutations(range(m), n):
        x = [LETTERS[k] for k in places]
        kept = all(x[i] == label for i, label in match.items())
        assert problem.feasible(x) == kept
        if kept:
            cost = (A * B[np.ix_(places, places)]).sum() + C[np.arange(n), places].sum()
            assert problem.cost(x) == cost
            assert problem.solution(problem.order(x)) == x
            costs[tuple(x)] = cost
    assert not problem.feasible([*"ab"]) or n == 2
    for method in ("auto", "tabu"):
        result = minimize(problem, method, rng=0, time_limit=0.02)
        assert result.success
        assert costs[tuple(result.x)] == result.fun


def test_pairs_are_scipys() -> None:
    A, B, _ = drawn(0, 4, 4)
    value, x = problems.qap(A, B, partial_match=np.array([[0, 3], [2, 1]]), time_limit=0.02)
    assert (x[0], x[2]) == (3, 1)
    assert value == (A * B[np.ix_(x, x)]).sum()
    assert problems.qap(A, B, initial=(value, x), time_limit=0.02)[0] <= value


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"B": np.eye(3)}, "A must have a row or more, and no more than B"),
        ({"sense": "most"}, "sense must be 'min' or 'max'; got 'most'"),
        ({"linear": np.eye(3)}, r"linear must have shape \(4, 4\); got \(3, 3\)"),
        ({"partial_match": {4: 0}}, "partial_match must pair facilities 0 … 3 .* got 4 at 0"),
        ({"partial_match": {0: "z"}}, "got 0 at 'z'"),
        ({"partial_match": [(0, 1), (2, 1)]}, "one facility at one location; got 2 at 1"),
    ],
)
def test_what_cannot_be_is_refused_by_name(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        QuadraticAssignment(np.eye(4), **{"B": np.eye(4), **options})


def test_scipys_methods_refuse_what_they_cannot_take() -> None:
    problem = QuadraticAssignment(np.eye(3), np.eye(3), linear=np.eye(3))
    assert problem.method("faq").refusal(problem) is not None
    assert problem.method("faq").refusal(QuadraticAssignment(np.eye(3), np.eye(3))) is None
