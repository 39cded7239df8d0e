"""Labels are a plain list from the door on, in every problem."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import problems
from hopopt import Problem, minimize

CORNERS = [[0, 0], [9, 0], [0, 1], [9, 1]]
PATH = np.diag([1.0, 1.0, 1.0], 1) + np.diag([1.0, 1.0, 1.0], -1)


class Series:
    """Values in order whose index is another: s[0] is not the first, as after pandas' sort."""

    def __init__(self, values: str) -> None:
        self.values = list(values)

    def __iter__(self) -> Iterator[str]:
        return iter(self.values)

    def __len__(self) -> int:
        return len(self.values)

    def __getitem__(self, key: int) -> str:
        return dict(zip([7, 2, 0, 1], self.values, strict=True))[key]


BUILT: dict[str, Callable[[Any], Problem]] = {
    "tsp": lambda labels: problems.TSP.from_points(CORNERS, labels=labels),
    "tsp, open": lambda labels: problems.TSP.from_points(
        CORNERS, labels=labels, cycle=False, start="A", fixed=[("B", "C")]
    ),
    "qubo": lambda labels: problems.QUBO(PATH, variables=labels),
    "ising": lambda labels: problems.Ising(PATH, variables=labels),
    "maxcut": lambda labels: problems.MaxCut.from_matrix(PATH, nodes=labels),
    "partition": lambda labels: problems.Partition(PATH, labels=labels),
    "coloring": lambda labels: problems.Coloring(PATH, labels=labels),
    "clique": lambda labels: problems.Clique(PATH, labels=labels),
    "independent set": lambda labels: problems.IndependentSet(PATH, labels=labels),
    "vertex cover": lambda labels: problems.VertexCover(PATH, labels=labels),
    "assignment": lambda labels: problems.LinearAssignment(PATH, labels=labels),
    "qap": lambda labels: problems.QuadraticAssignment(PATH, PATH, labels=labels),
    "matching": lambda labels: problems.GraphMatching(PATH, PATH, labels=(labels, labels)),
}


@pytest.mark.parametrize("name", BUILT)
@pytest.mark.parametrize("holder", [Series, list, lambda text: np.array(list(text))])
def test_labels_are_a_list_whatever_holds_them(name: str, holder: Callable[[str], Any]) -> None:
    problem: Any = BUILT[name](holder("CABD"))
    labels = problem.partners if name == "matching" else problem.labels
    assert labels == list("CABD")
    assert all(type(label) is str for label in labels)
    if name.startswith("tsp"):
        assert problem.cost(minimize(problem, rng=0).x) == (11.0 if "open" in name else 20.0)


def test_numpys_numbers_become_pythons() -> None:
    problem = problems.TSP.from_points(CORNERS, labels=np.arange(3, 7))
    assert [type(label) for label in problem.tour([0, 1, 2, 3])] == [int] * 4


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ("ABC", "labels must name all 4 cities; got 3"),
        ("ABCA", "labels must all be different; got 'A' more than once"),
        ([[1], [2], [3], [4]], r"labels must be hashable; got \[1\]"),
    ],
)
def test_labels_that_are_none(labels: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        problems.TSP.from_points(CORNERS, labels=labels)
