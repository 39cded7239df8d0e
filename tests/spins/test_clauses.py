"""Maximum satisfiability and satisfiability: costs, files, random clauses, solvers."""

from __future__ import annotations

import itertools
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

import problems
from hopopt import Clauses, minimize
from hopopt.fast import installed
from problems import SAT, MaxSAT
from problems.spins import flipping
from problems.spins.cnf import drawn, planted_signs, read_cnf
from problems.spins.walksat import books_of, empty_books, kernel

few = settings(max_examples=15)
LITERALS = st.integers(-5, 5).filter(bool)
CLAUSES = st.lists(st.lists(LITERALS, max_size=5), max_size=8)


def corners(n: int) -> Any:
    return np.array(list(itertools.product((-1.0, 1.0), repeat=n)))


@few
@given(soft=CLAUSES, hard=CLAUSES, seed=st.integers(0, 99))
def test_cost_is_the_weight_that_breaks(soft: Any, hard: Any, seed: int) -> None:
    """And the energy, where a hard clause outweighs all soft ones of any variable."""
    weights = np.random.default_rng(seed).integers(0, 4, len(soft))
    problem = MaxSAT(soft, weights, hard=hard, size=5)
    heaviest = max(
        sum(w for w, c in zip(weights, soft, strict=True) if {i, -i} & set(c)) for i in range(1, 6)
    )
    assert problem.exact == (not hard or 1 + heaviest > weights.sum())
    for s in corners(5):
        x = problem.decode(s)
        broken = [not set(x) & set(clause) for clause in [*soft, *hard]]
        assert problem.broken(x).tolist() == broken
        assert problem.cost(x) == sum(weights[k] for k in range(len(soft)) if broken[k])
        lost = sum(broken[len(soft) :])
        assert problem.feasible(x) == (lost == 0)
        assert len(problem.violations(x)) == lost
        energy = problem.cost(x) + lost * (1 + heaviest)
        assert problem.energy.value(s) == pytest.approx(energy)


def small() -> MaxSAT:
    return MaxSAT.load("random-9-7")


def least(problem: Any) -> float:
    return float(min(problem.cost(problem.decode(s)) for s in corners(problem.size)))


@pytest.mark.parametrize("method", ["replicas", "boltzmann", "quadratic", "probsat", "walksat"])
def test_methods_find_the_least(method: str) -> None:
    best = least(small())
    result = minimize(small(), method, rng=0, time_limit=60, target=best)
    assert result.fun == best
    assert small().broken(result.x).sum() == best


def test_exact_solvers_agree_with_brute_force() -> None:
    pytest.importorskip("pysat")
    assert minimize(small(), "rc2").fun == least(small())
    partial = MaxSAT([[1], [2], [-3, 1]], [2, 3, 0], hard=[[-1, -2], [3, 3]])
    found = minimize(partial, "rc2")
    assert (found.fun, found.x) == (2.0, [-1, 2, 3])
    easy = SAT.load("planted-40-4")
    assert minimize(easy, "cdcl").success
    with pytest.raises(ValueError, match="cdcl has proved that no solution breaks nothing"):
        minimize(SAT([[1], [-1]]), "cdcl")
    with pytest.raises(ValueError, match="rc2 takes whole weights only"):
        minimize(MaxSAT([[1]], 0.5), "rc2")


def test_one_call() -> None:
    clauses = [[1, 2], [-1, 2], [1, -2], [-1, -2]]
    assert problems.max_sat(clauses, [1, 2, 3, 1]) == (1.0, [1, 2])
    assert problems.max_sat([[1], [-1]], hard=[[1]]) == (1.0, [1])
    assert problems.sat([[1, 2], [-1, 2], [-2, -1]]) == [-1, 2]
    assert problems.sat([[1], [-1]]) is None


def test_answers_say_what_breaks(tmp_path: Path) -> None:
    problem = SAT([[1, 2], [-1], [-2]])
    assert problem.describe([1, 2])["broken"] == [2, 3]
    assert problem.violations([1, -2])[0].constraint == "clause 2, [-1], holds"
    assert problem.bound() == 0


@pytest.mark.parametrize(
    ("text", "clauses", "weights", "hard"),
    [
        ("c x\np cnf 3 2\n1 -3 0\n2\n0", [(1, -3), (2,)], [1, 1], [False] * 2),
        ("p cnf 2 3\n1 0 -2 0 0\n", [(1,), (-2,), ()], [1] * 3, [False] * 3),
        ("p cnf 2 1\n1 2 0\n%\n0\n", [(1, 2)], [1], [False]),
        (
            "p wcnf 2 3 9\n9 1 0\n4 -1 2 0\n0 2 0\n",
            [(1,), (-1, 2), (2,)],
            [0, 4, 0],
            [True] + [False] * 2,
        ),
        ("p wcnf 2 1\n7 1 -2 0\n", [(1, -2)], [7], [False]),
        (f"p wcnf 1 1 {2**63}\n{2**63} 1 0\n", [(1,)], [0], [True]),
        ("c new\nh -1 2 0\n1.5 1 0\n3 0\n", [(-1, 2), (1,), ()], [0, 1.5, 3], [True, False, False]),
        ("p cnf 2 1\n1 -1 1 0\n", [(1, -1, 1)], [1], [False]),
    ],
)
def test_files_are_read(text: str, clauses: Any, weights: Any, hard: Any) -> None:
    found = read_cnf(text, "toy")
    assert (found.clauses, found.weights, found.hard) == (clauses, weights, hard)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "toy: expected clauses"),
        ("c only\n", "toy: expected clauses"),
        ("p cnf 2\n1 0", "toy, line 1: expected 'p cnf N M'"),
        ("p cnf 2 x\n1 0", "line 1: expected 'p cnf N M'"),
        ("p sat 2 1\n1 0", "line 1: expected 'p cnf N M'"),
        ("p cnf 2 2\n1 0\n", "toy: expected 2 clauses; got 1"),
        ("p cnf 2 1\n1 3 0\n", "line 2: expected literals ±1 … ±2; got 3"),
        ("p cnf 2 1\n1 x 0\n", "line 2: expected literals; got '1 x'"),
        ("p cnf 2 1\n1 2\n", "line 2: expected a 0 that ends the clause"),
        ("p cnf 0 1\n0\n", "at least one variable; got none"),
        ("p cnf 99999999 0\n", "at most 10000000 variables"),
        ("p wcnf 2 1 5\n-1 1 0\n", r"expected a weight, 0 … 2\^53; got '-1'"),
        (f"{2**63} 1 0\n", f"expected h or a weight, 0 … 2.53; got '{2**63}'"),
        ("nan 1 0\n", "expected h or a weight"),
        ("inf 1 0\n", "expected h or a weight"),
        ("x 1 0\n", "expected h or a weight"),
        ("p wcnf 2 1 5\nh 1 0\n", "expected a weight"),
    ],
)
def test_bad_files_are_named(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        read_cnf(text, "toy")


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: MaxSAT([]), "clauses must name at least one variable; got none"),
        (lambda: MaxSAT([[]]), "at least one variable"),
        (lambda: MaxSAT([[1, 0]]), "literals, ±1 … ±N; got 0"),
        (lambda: SAT([["a"]]), "got 'a'"),
        (lambda: SAT([[3]], size=2), "literals within ±2; got 3"),
        (lambda: SAT([[math.nan]]), "got nan"),
        (lambda: SAT([[1]], size=math.nan), "size must be a whole number of variables; got nan"),
        (lambda: MaxSAT([[1]], -1), "weights must be nonnegative; got -1"),
        (lambda: MaxSAT([[1]], math.nan), "weights must be finite"),
        (lambda: MaxSAT([[1]], 2**63), r"sizes add up to less than 2\*\*53"),
        (lambda: MaxSAT([[1]], [1, 2]), r"one a clause; got shape \(2,\)"),
        (lambda: MaxSAT([[1, 2]]).broken([2, 1]), "x must hold literals of 1 … 2, in order"),
        (lambda: MaxSAT([[1, 2]]).cost([1]), "x must hold literals"),
        (lambda: MaxSAT([[1, 2]]).cost([1.0, 2.0]), "x must hold literals"),
        (lambda: SAT.load("random-2-4"), "expected N of 3 or more"),
        (lambda: SAT.load("planted2-9-4"), "clauses of 3 literals; got 2"),
        (lambda: minimize(small(), "walksat", noise=2.0), "noise must lie in"),
        (lambda: minimize(small(), "probsat", power=0.0), "power must be finite and positive"),
    ],
)
def test_bad_input_is_named(make: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()


def test_files_say_which_problem_they_are(tmp_path: Path) -> None:
    (tmp_path / "a.cnf").write_text("p cnf 2 1\n1 -2 0\n", encoding="utf-8")
    (tmp_path / "b.wcnf").write_text("h 1 0\n2 -1 0\n", encoding="utf-8")
    assert SAT.load(str(tmp_path / "a.cnf")).formula.hard == [True]
    assert MaxSAT.load(str(tmp_path / "a.cnf")).formula.hard == [False]
    problem = MaxSAT.load(str(tmp_path / "b.wcnf"))
    assert minimize(problem, rng=0).fun == 2
    (tmp_path / "c.cnf").write_text("p wcnf 2 1 9\n3 1 0\n", encoding="utf-8")
    with pytest.raises(ValueError, match="without weights; take maxsat"):
        SAT.load(str(tmp_path / "c.cnf"))


def test_random_clauses() -> None:
    formula, planted = drawn("random2-30-3-5") or (None, None)
    assert formula is not None
    assert (planted, len(formula.clauses), formula.size) == (False, 90, 30)
    assert all(len({abs(x) for x in clause}) == 2 for clause in formula.clauses)
    assert drawn("random2-30-3-5") == (formula, False)
    assert drawn("elsewhere") is None
    wrong = planted_signs(30_000, np.random.default_rng(0)) < 0
    assert wrong.sum(axis=1).max() == 2
    assert wrong.mean(axis=0) == pytest.approx([0.5] * 3, abs=0.01)
    assert (SAT.load("planted-9-4").optimum, SAT.load("random-9-4").optimum) == (0, None)


@few
@given(seed=st.integers(0, 2**32 - 1))
def test_flips_keep_their_books(seed: int) -> None:
    rng = np.random.default_rng(seed)
    rows = [
        rng.choice([*range(-6, 0), *range(1, 7)], rng.integers(1, 5)).tolist() for _ in range(12)
    ]
    H = Clauses(rows, rng.integers(1, 4, 12), 6)
    clauses, places, weights = books_of(H)
    s = rng.choice(np.array([-1, 1], dtype=np.int8), 6)
    books = empty_books(len(weights), 6)
    costs = np.full(2, flipping.begin(clauses, weights, s, books))
    assert costs[0] == H.value(s.astype(float))
    best = s.copy()
    flipping.walk(
        clauses, places, weights, s, books, rng.random((20, 3)), (np.ones(9), 1.0, 0.5), best, costs
    )
    assert costs[0] == H.value(s.astype(float))
    assert costs[1] == H.value(best.astype(float)) <= costs[0]
    again = empty_books(len(weights), 6)
    flipping.begin(clauses, weights, s, again)
    for kept, fresh in zip((*books[:3], books[5]), (*again[:3], again[5]), strict=True):
        assert_array_equal(kept, fresh)
    count = int(books[5][0])
    assert sorted(books[3][:count]) == sorted(again[3][:count])


@pytest.mark.skipif(not installed(), reason="numba is not installed")
@pytest.mark.parametrize("method", ["probsat", "walksat"])
def test_compiled_flips_are_the_same(method: str) -> None:
    H = MaxSAT.load("random-40-6").energy
    clauses, places, weights = books_of(H)
    scores = (0.9 + np.arange(50)) ** -2.06 if method == "probsat" else np.zeros(0)
    rule, ends = (scores, 1.0, 0.5), []
    z = np.random.default_rng(0).random((300, 3))
    for compiled in (False, True):
        loops, s = kernel(compiled, 40), np.ones(40, dtype=np.int8)
        books, best = empty_books(len(weights), 40), np.ones(40, dtype=np.int8)
        costs = np.full(2, loops.begin(clauses, weights, s, books))
        loops.walk(clauses, places, weights, s, books, z, rule, best, costs)
        ends.append([*s, *best, *costs])
    assert ends[0] == ends[1]
