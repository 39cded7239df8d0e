"""Problems of any order: the polynomial, its files, its quadratic encoding, every method."""

from __future__ import annotations

import itertools
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

import problems
from hopopt import Clauses, Multilinear, Polynomial, minimize
from problems import HUBO
from problems.spins.higher_order import HigherOrderProblem
from problems.spins.polynomial_files import read_polynomial
from problems.spins.quadratization import Quadratized, literal_terms

few = settings(max_examples=15)
KEYS = st.lists(st.sampled_from("abcd"), max_size=5).map(tuple)
TERMS = st.lists(st.tuples(KEYS, st.floats(-2, 2)), min_size=1, max_size=7)


def corners(n: int) -> Any:
    return np.array(list(itertools.product((-1.0, 1.0), repeat=n)))


@few
@given(terms=TERMS, spins=st.booleans(), sense=st.sampled_from(["min", "max"]))
def test_cost_is_the_sum_of_the_terms(terms: Any, spins: bool, sense: Any) -> None:
    """Variables that come twice in a term, terms that come twice; the energy is the loss."""
    problem = HUBO(terms, spins=spins, sense=sense, variables="abcd")
    for s in corners(4):
        x = problem.decode(s)
        values = dict(zip("abcd", x.tolist(), strict=True))
        expected = sum(w * math.prod(values[a] for a in key) for key, w in terms)
        assert problem.feasible(x)
        assert_allclose(problem.cost(x), expected, atol=1e-9)
        if problem.exact:
            assert_allclose(problem.energy.value(s), problem.loss(expected), atol=1e-9)


@pytest.mark.parametrize("method", sorted(HigherOrderProblem.methods))
def test_every_method_finds_the_least_of_a_polynomial_of_order_4(method: str) -> None:
    """The minimum is known by brute force, and the search ends where it is met."""
    rng = np.random.default_rng(3)
    keys = [key for k in (1, 2, 3, 4) for key in itertools.combinations(range(7), k)]
    problem = HUBO(zip(keys, rng.integers(-5, 6, len(keys)).tolist(), strict=True))
    best = min(problem.cost((s + 1) / 2) for s in corners(7))
    result = minimize(problem, method, rng=0, time_limit=60, target=best)
    assert result.fun == best
    assert result.output is not None
    assert problem.decode(result.output).tolist() == result.x.tolist()


def test_best_method_of_second_order_is_the_quadratic_one() -> None:
    assert HUBO({("a", "b"): 1.0}).method().name == "quadratic"
    assert HUBO({("a", "b", "c"): 1.0}).method().name == "replicas"


@pytest.mark.parametrize("kind", ["polynomial", "clauses", "bits"])
@few
@given(seed=st.integers(0, 2**32 - 1))
def test_quadratic_encoding_has_the_energy_as_its_minimum(kind: str, seed: int) -> None:
    """Over all auxiliary spins, at every state of the others."""
    rng = np.random.default_rng(seed)
    keys = [rng.permutation(4)[: rng.integers(5)].tolist() for _ in range(5)]
    weights = rng.normal(size=5)
    if kind == "clauses":
        signed = [[int((i + 1) * rng.choice([-1, 1])) for i in key] for key in keys]
        H: Multilinear = Clauses(signed, weights, 4)
    else:
        H = Polynomial(zip(map(tuple, keys), weights.tolist(), strict=True), 4)
        H = H.of_spins() if kind == "bits" else H
    encoded = Quadratized(H)
    extra = corners(encoded.energy.size - 4)
    for s in corners(4):
        states = np.hstack([np.tile(s, (len(extra), 1)), extra])
        assert_allclose(encoded.energy.value(states).min(), H.value(s), atol=1e-9)
        assert encoded.outer(states[0]).tolist() == s.tolist()


def test_products_too_long_to_be_multiplied_out_are_refused() -> None:
    with pytest.raises(ValueError, match="at most 12 factors to be multiplied out; got 13"):
        literal_terms(Polynomial({tuple(range(13)): 1.0}))
    assert len(literal_terms(Clauses([list(range(1, 40))]))) == 1


def test_low_autocorrelation_is_the_sum_of_squares() -> None:
    problem, rng = HUBO.load("labs-9"), np.random.default_rng(0)
    for _ in range(5):
        s = rng.choice([-1, 1], 9)
        squares = [int(s[:-k] @ s[k:]) ** 2 for k in range(1, 9)]
        assert problem.cost(s) == sum(squares)


def test_one_call() -> None:
    value, values = problems.hubo({("a", "b", "c"): 2, ("a",): -1}, sense="max")
    assert (value, values) == (1, {"a": 1, "b": 1, "c": 1})


TEXT = "# a comment\np hubo spins max\n1.5 a b 3\n-2 a\n0.5\n-1 a\n"


def test_files(tmp_path: Path) -> None:
    path = tmp_path / "toy.hubo"
    path.write_text(TEXT, encoding="utf-8")
    problem = HUBO.load(str(path))
    assert (problem.spins, problem.sense, problem.instance) == (True, "max", "toy")
    assert problem.terms == {(): 0.5, ("a",): -3.0, ("a", "b", 3): 1.5}
    problem.save(tmp_path / "same.json")
    same = HUBO.load(str(tmp_path / "same.json"))
    assert (same.terms, same.spins, same.sense) == (problem.terms, True, "max")
    assert json.loads((tmp_path / "same.json").read_text(encoding="utf-8"))["vartype"] == "SPIN"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "toy: expected terms"),
        ("nan a b", "toy, line 1: expected a finite number and variables; got 'nan a b'"),
        ("1 a\nx y", "line 2: expected a finite"),
        ("p cnf 3 4\n1 a", "line 1: expected 'p hubo bits'"),
        ("{", "expected JSON; got"),
        ('{"terms": [[["a"]]]}', "expected {"),
        ('{"terms": [[["a"], true]]}', "expected {"),
        ('{"vartype": "DISCRETE", "terms": []}', "expected {"),
    ],
)
def test_bad_files_are_named(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        read_polynomial(text, "toy")


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: HUBO({}), "terms must name at least one variable; got none"),
        (lambda: HUBO({(): 2.0}), "at least one variable"),
        (lambda: HUBO({"ab": 1.0}), r"terms must map tuples of variables to numbers; got \('ab'"),
        (lambda: HUBO({3: 1.0}), "terms must map tuples"),
        (lambda: HUBO({("a",): math.nan}), "terms must be finite"),
        (lambda: HUBO({("a",): 1.0}, variables="bc"), "got 'a'"),
        (lambda: HUBO({("a",): 1.0}, variables="aa"), "labels must all be different"),
        (lambda: HUBO({("a",): 1.0}, sense="low"), "sense must be"),  # type: ignore[arg-type]
        (lambda: HUBO.load("labs-201"), "N in 1 … 200; got 201"),
        (lambda: HUBO.load("three-2"), "N of 3 or more; got 2"),
        (lambda: HUBO({("a",): 1.0}).cost([math.nan]), "x must be finite"),
        (lambda: HUBO({("a",): 1.0}).cost([1, 0]), r"x must hold 1 bits; got shape \(2,\)"),
    ],
)
def test_bad_input_is_named(make: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()


def test_constants_with_variables_are_problems() -> None:
    problem = HUBO({(): 2.0}, variables=["a"])
    assert minimize(problem, rng=0).fun == 2.0
