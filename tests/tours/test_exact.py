from __future__ import annotations

from itertools import permutations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from problems import TSP
from problems.tours.distances import MatrixDistances
from problems.tours.exact import MOST_CITIES, held_karp


def matrix_of(n: int, seed: int, symmetric: bool) -> NDArray[np.float64]:
    matrix = np.random.default_rng(seed).random((n, n))
    return matrix + matrix.T if symmetric else matrix


@settings(max_examples=20)
@given(n=st.integers(1, 7), seed=st.integers(0, 99), symmetric=st.booleans())
def test_no_permutation_is_shorter(n: int, seed: int, symmetric: bool) -> None:
    matrix = matrix_of(n, seed, symmetric)
    length, order = held_karp(matrix)
    distances = MatrixDistances(matrix)
    everything = [distances.tour_length([0, *rest]) for rest in permutations(range(1, n))]
    assert length == pytest.approx(min(everything))
    assert length == distances.tour_length(order)
    assert order[0] == 0


@settings(max_examples=10)
@given(n=st.integers(3, 9), seed=st.integers(0, 99))
def test_turning_a_one_way_matrix_turns_its_tour(n: int, seed: int) -> None:
    matrix = matrix_of(n, seed, symmetric=False)
    assert held_karp(matrix)[0] == pytest.approx(held_karp(matrix.T)[0])


@settings(max_examples=10)
@given(n=st.integers(2, 10), seed=st.integers(0, 99), shift=st.floats(0, 10))
def test_a_constant_on_a_row_moves_the_optimum_by_that_constant(
    n: int, seed: int, shift: float
) -> None:
    matrix = matrix_of(n, seed, symmetric=False)
    lifted = matrix.copy()
    lifted[n // 2] += shift
    assert held_karp(lifted)[0] == pytest.approx(held_karp(matrix)[0] + shift)


def test_the_tsplib_instance_that_is_small_enough(tsplib: Path) -> None:
    problem = TSP.load("burma14", tsplib)
    length, order = held_karp(problem.distances.matrix())
    assert length == problem.optimum == 3323
    assert problem.distances.tour_length(order) == 3323


def test_the_largest_size() -> None:
    angle = 2 * np.pi * np.random.default_rng(0).permutation(MOST_CITIES) / MOST_CITIES
    circle = np.abs(np.exp(1j * angle)[:, None] - np.exp(1j * angle))
    length, order = held_karp(circle)
    assert length == pytest.approx(2 * MOST_CITIES * np.sin(np.pi / MOST_CITIES))
    turns = np.diff(angle[order]) % (2 * np.pi)
    assert np.allclose(turns, turns[0])


def test_equal_and_zero_distances() -> None:
    assert held_karp(np.zeros((5, 5)))[0] == 0
    assert held_karp(np.full((5, 5), 2.0))[0] == 10
    assert held_karp([[7.0]]) == (0.0, np.array([0]))


def test_the_diagonal_is_ignored() -> None:
    assert held_karp([[np.nan, 1], [2, np.inf]])[0] == 3


@pytest.mark.parametrize(
    ("matrix", "says"),
    [
        (np.zeros((MOST_CITIES + 1, MOST_CITIES + 1)), "at most 16 cities; got 17"),
        ([[0, 1, 2], [1, 0, 3]], "square"),
        ([[0, -1], [1, 0]], "at least 0"),
        ([[0, np.nan], [1, 0]], "finite"),
    ],
)
def test_bad_matrices_are_refused(matrix: object, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        held_karp(matrix)  # type: ignore[arg-type]
