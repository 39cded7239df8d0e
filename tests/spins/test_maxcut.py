from __future__ import annotations

import json
from itertools import product
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.figure import Figure
from scipy import sparse

import problems
from hopopt import minimize
from hopopt.app.cli import main
from problems import MaxCut
from problems.shared.graphs import read_rudy

SQUARE = "4 5\n1 2 1\n2 3 1\n3 4 1\n4 1 1\n1 3 -2\n"


@pytest.fixture(scope="module")
def gset() -> Path:
    """Folder of the Gset's graphs beside the checkout; skips where it is absent."""
    folder = (Path(__file__).parents[2] / "../shared/data/gset").resolve()
    if not folder.is_dir():
        pytest.skip(f"no Gset graphs at {folder}")
    return folder


@given(st.integers(0, 2**32 - 1), st.integers(1, 8))
def test_energy_is_minus_the_cut(seed: int, n: int) -> None:
    rng = np.random.default_rng(seed)
    i, j = rng.integers(n, size=(2, 2 * n))
    problem = MaxCut(n, (i, j), rng.normal(size=2 * n))
    for s in np.array(list(product((-1.0, 1.0), repeat=n))):
        x = problem.decode(s)
        assert problem.energy.value(s) == pytest.approx(-problem.cost(x))
        assert 0 in x
        assert problem.feasible(x)


def test_cut_is_that_of_networkx() -> None:
    G = nx.gnp_random_graph(20, 0.3, seed=1)
    nx.set_edge_attributes(G, {edge: k + 0.5 for k, edge in enumerate(G.edges)}, "weight")
    problem = MaxCut.from_graph(G)
    x = list(range(0, 20, 3))
    assert problem.cost(x) == pytest.approx(nx.cut_size(G, x, weight="weight"))


def test_graph_and_matrix_agree() -> None:
    G = nx.gnp_random_graph(12, 0.5, seed=2)
    by_graph, dense, thin = (
        MaxCut.from_graph(G),
        MaxCut.from_matrix(nx.to_numpy_array(G)),
        MaxCut.from_matrix(nx.to_scipy_sparse_array(G)),
    )
    x = [0, 3, 5]
    assert by_graph.cost(x) == dense.cost(x) == thin.cost(x)


def test_optimum_of_small_graphs() -> None:
    for G, best in [(nx.petersen_graph(), 12), (nx.complete_graph(7), 12), (nx.cycle_graph(9), 8)]:
        cut, (left, right) = problems.max_cut(G, time_limit=20, target=best)
        assert cut == best == nx.cut_size(G, left)
        assert left | right == set(G)
        assert not left & right


def test_labels_of_any_kind() -> None:
    G = nx.Graph([("a", (1, 2))])
    result = minimize(MaxCut.from_graph(G), rng=0)
    assert result.x == ["a"]
    assert result.to_dict()["solution"] == ["a"]


@pytest.mark.parametrize(
    ("G", "best"),
    [
        (nx.empty_graph(1), 0),
        (nx.empty_graph(5), 0),
        (nx.Graph([(0, 0), (0, 1)]), 1),
        (nx.disjoint_union(nx.path_graph(3), nx.cycle_graph(3)), 4),
        (nx.MultiGraph([(0, 1), (0, 1), (1, 2)]), 3),
    ],
)
def test_degenerate_graphs(G: nx.Graph[Any], best: float) -> None:
    assert problems.max_cut(G)[0] == best


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: MaxCut.from_graph(nx.Graph()), "at least one node"),
        (lambda: MaxCut.from_graph(nx.DiGraph([(0, 1)])), "undirected"),
        (lambda: MaxCut.from_graph(nx.Graph([(0, 1, {"weight": "x"})])), r"edge \(0, 1\)"),
        (lambda: MaxCut.from_graph(nx.Graph([(0, 1, {"weight": np.nan})])), "finite"),
        (lambda: MaxCut.from_matrix([[0, 1], [2, 0]]), "symmetric"),
        (lambda: MaxCut(2, ([0], [1]), [np.inf]), "weights must be finite"),
        (lambda: MaxCut(0, ([], [])), "nodes, at least one; got 0"),
        (lambda: MaxCut(2, ([0], [2])), "edges must join nodes 0 … 1"),
        (lambda: MaxCut(2, ([0], [-1])), "edges must join nodes 0 … 1"),
        (lambda: MaxCut(2, ([0], [1]), nodes="aa"), "'a' more than once"),
        (lambda: MaxCut(2, ([0], [1])).cost([7]), "x must hold nodes of the graph; got 7"),
        (lambda: MaxCut.load("regular-0"), "expected N in 1"),
    ],
)
def test_bad_input_is_refused(build: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        build()


def test_not_a_graph() -> None:
    with pytest.raises(TypeError, match="networkx graph; got list"):
        MaxCut.from_graph([])  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "empty file"),
        ("4\n", "line 1: expected 2 finite numbers"),
        ("0 0\n", "line 1: expected at least one node; got none"),
        ("99999999999 1\n1 2\n", "line 1"),
        (SQUARE[:-8], "expected 5 edges; got 4"),
        (SQUARE + "1 4\n", "expected 5 edges; got 6"),
        (SQUARE.replace("4 1 1", "5 1 1"), "line 5: expected two nodes in 1 … 4"),
        (SQUARE.replace("4 1 1", "4 one"), "line 5: expected 2 finite numbers"),
        (SQUARE.replace("-2", "nan"), "line 6: expected 3 finite numbers"),
        ("NAME: berlin52\nTYPE: TSP\n", "line 1: expected 2 finite numbers"),
    ],
)
def test_damaged_files_are_refused(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        read_rudy(text, "toy")


def test_binary_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "toy.txt").write_bytes(bytes([0xFF, 0xFE, 0x00]))
    with pytest.raises(ValueError, match="expected a text file"):
        MaxCut.load(str(tmp_path / "toy.txt"))


def test_unknown_name_lists_what_is_near(tmp_path: Path) -> None:
    (tmp_path / "G14.txt").write_text(SQUARE, encoding="utf-8")
    with pytest.raises(FileNotFoundError, match="did you mean G14"):
        MaxCut.load("G15", tmp_path)


def test_command_names_the_nodes_of_the_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "square.txt").write_text(SQUARE, encoding="utf-8")
    (tmp_path / "best_known.json").write_text('{"square": {"best_known_cut": 4}}')
    picture = tmp_path / "square.png"
    words = ["solve", "square", "--data", str(tmp_path), "--problem", "maxcut", "--json"]
    assert main([*words, "--plot", str(picture)]) == 0
    out = json.loads(capsys.readouterr().out)
    assert (out["sense"], out["solution"], out["cost"], out["gap"]) == ("max", [1, 3], 4, 0)
    assert picture.stat().st_size > 1000


def test_gset_graph_is_solved(gset: Path) -> None:
    problem = MaxCut.load("G43", gset)
    assert (problem.size, problem.optimum) == (1000, 6660)
    result = minimize(problem, rng=0, target=6660, time_limit=60)
    assert (result.fun, result.gap) == (6660, 0)


@pytest.mark.parametrize("n", [10, 60, 500])
def test_pictures_show_the_cut(n: int) -> None:
    problem = MaxCut.load(f"regular-{n}")
    x = problem.decode(np.where(np.arange(n) % 2, 1.0, -1.0))
    ax = problem.plot(x, ax=Figure().subplots())
    drawn = [len(lines.get_segments()) for lines in ax.collections[:2]]
    assert drawn == [len(problem.weights) - problem.cost(x), problem.cost(x)]


def test_sparse_matrix_with_self_loops() -> None:
    W = sparse.csr_array(np.array([[5.0, 1.0], [1.0, 7.0]]))
    assert MaxCut.from_matrix(W).cost([0]) == 1
