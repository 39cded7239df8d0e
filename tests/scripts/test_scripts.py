from __future__ import annotations

import importlib
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from problems.tours import MatrixDistances, PointDistances, write_tsplib
from problems.tours.linkern import recall
from problems.tours.linkern.arrays import Chains
from problems.tours.linkern.recall import ROW
from problems.tours.ring import Ring

pytestmark = pytest.mark.no_cover

SCRIPTS = Path(__file__).parents[2] / "scripts"
Run = Callable[..., tuple[str, str]]
DRIVERS = sorted(
    path.name for path in SCRIPTS.glob("*.py") if "def main(" in path.read_text(encoding="utf-8")
)


def run_process(*arguments: object) -> subprocess.CompletedProcess[str]:
    name, *rest = map(str, arguments)
    return subprocess.run(
        [sys.executable, str(SCRIPTS / name), *rest],
        capture_output=True,
        text=True,
        encoding="utf-8",
        env={**os.environ, "MPLBACKEND": "Agg", "PYTHONIOENCODING": "utf-8"},
        timeout=120,
    )


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a driver in this process; return what it printed to stdout and stderr."""
    monkeypatch.syspath_prepend(str(SCRIPTS))

    def main(name: str, *arguments: object) -> tuple[str, str]:
        assert importlib.import_module(name).main(list(map(str, arguments))) == 0
        return tuple(capsys.readouterr())

    return main


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Four instances, one of them damaged, and the optimum of one."""
    (tmp_path / "data").mkdir()
    square = PointDistances([[0, 0], [0, 9], [9, 9], [9, 0]], "EUC_2D")
    write_tsplib(square, tmp_path / "data/square.tsp")
    points = np.random.default_rng(0).integers(0, 100, (9, 2))
    write_tsplib(PointDistances(points, "EUC_2D"), tmp_path / "data/nine.tsp")
    oneway = MatrixDistances(points @ points.T + np.arange(9))
    write_tsplib(oneway, tmp_path / "data/oneway.atsp")
    (tmp_path / "data/broken.tsp").write_text("NAME: broken\nDIMENSION: x\n")
    (tmp_path / "data/optima.json").write_text('{"square": {"optimum": 36}}')
    return tmp_path / "data"


def test_there_are_drivers() -> None:
    assert len(DRIVERS) >= 8


@pytest.mark.parametrize("name", DRIVERS)
def test_help_shows_an_example(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.syspath_prepend(str(SCRIPTS))
    with pytest.raises(SystemExit) as ended:
        importlib.import_module(name.removesuffix(".py")).main(["--help"])
    shown = capsys.readouterr()
    assert (ended.value.code, shown.err) == (0, "")
    assert f"example: python scripts/{name}" in " ".join(shown.out.split())


@pytest.mark.slow
def test_a_driver_runs_from_the_checkout(tmp_path: Path) -> None:
    rows = tmp_path / "rows.json"
    done = run_process("ten_cities.py", "--instances", 1, "--methods", "two-opt", "--json", rows)
    assert done.returncode == 0, done.stderr
    assert "two-opt: 1 × 10 on 1 instances" in done.stderr
    assert "| two-opt" in done.stdout
    assert 0 <= json.loads(rows.read_text())[0]["optimal"] <= 1


def test_benchmark_has_a_row_for_every_run_also_the_failed(
    run: Run, folder: Path, tmp_path: Path
) -> None:
    table = tmp_path / "table.json"
    methods = ("talavan-yanez-2002", "auto")
    shown, progress = run(
        *(
            "benchmark_tsp",
            folder,
            "--methods",
            *methods,
            "--seeds",
            2,
            "--json",
            table,
            "--together",
        )
    )
    data = json.loads(table.read_text())
    by_run = {(row["instance"], row["method"]): row for row in data["rows"]}
    names = ("talavan-yanez-2002", "auto (k-opt)")
    assert set(by_run) == {(i, m) for i in ("square", "nine", "oneway") for m in names}
    assert by_run["square", names[1]]["mean_gap"] == 0
    assert by_run["nine", names[1]]["mean_gap"] is None
    assert [means["method"] for means in data["means"]] == list(names)
    assert [means["runs"] for means in data["means"]] == [6, 6]
    assert data["means"][1]["mean_gap"] == 0
    assert shown.count("| square") == 2
    assert "broken.tsp: left out" in progress
    assert "square auto (k-opt) seed 1" in progress


def test_benchmark_keeps_a_failed_method_in_the_table(
    run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("out of order")

    monkeypatch.setattr(Ring, "attempt", fail)
    words = ("--methods", "ring", "--seeds", 1, "--max-cities", 4, "--together")
    shown, _ = run("benchmark_tsp", folder, *words)
    row, means = shown.splitlines()[2], shown.splitlines()[-1]
    assert row.startswith("| square")
    assert "0/1" in row
    assert "out of order" in row
    assert "0/1" in means


def test_benchmark_leaves_out_large_instances(run: Run, folder: Path) -> None:
    words = ("--methods", "greedy", "--seeds", 1, "--max-cities", 5)
    shown, _ = run("benchmark_tsp", folder, *words)
    assert "square" in shown
    assert "nine" not in shown


@pytest.mark.parametrize(
    ("arguments", "says"),
    [(("data", "--methods", "rings"), "unknown method 'rings'"), (("empty",), "no .tsp or .atsp")],
)
def test_benchmark_refuses_what_is_not_there(
    run: Run,
    folder: Path,
    arguments: tuple[str, ...],
    says: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit, match="2"):
        run("benchmark_tsp", folder.parent / arguments[0], *arguments[1:])
    assert says in capsys.readouterr().err


def test_solver_table_measures_from_the_optimum_of_a_small_instance(
    run: Run, tmp_path: Path
) -> None:
    cells = tmp_path / "cells.json"
    shown, progress = run(
        *("solver_table", "--instance", "random-5", "--methods", "assignment", "ring"),
        *("--solvers", "RK45", "fast", "--json", cells),
    )
    data = json.loads(cells.read_text())
    assert [c["solver"] for c in data] == ["RK45", "exponential-euler", "RK45", "majorize"]
    assert all(cell["finished"] and cell["gap"] >= -1e-12 for cell in data)
    assert {cell["reference_is"] for cell in data} == {"optimum"}
    assert "**assignment**" in shown
    assert "random-5 ring majorize" in progress


def test_solver_table_measures_from_its_best_where_no_optimum_is_known(
    run: Run, tmp_path: Path
) -> None:
    cells = tmp_path / "cells.json"
    shown, _ = run(
        *("solver_table", "--instance", "random-17", "--methods", "assignment", "ring"),
        *("--solvers", "fast", "--json", cells),
    )
    assert min(cell["gap"] for cell in json.loads(cells.read_text())) == 0
    assert "to the best in these tables" in shown


def test_solver_table_says_what_did_not_finish_or_was_refused(run: Run) -> None:
    arguments = ("--methods", "assignment", "--solvers", "Radau", "--time-limit", 0)
    shown, _ = run("solver_table", "--instance", "random-20", "random-60", *arguments)
    assert re.search(r"not finished in \d+ s", shown)
    assert "refused: solver Radau would build a dense Jacobian" in shown


@pytest.mark.slow
def test_ten_cities_counts_the_runs(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = tmp_path / "rows.json"
    monkeypatch.syspath_prepend(str(SCRIPTS))
    module = importlib.import_module("ten_cities")
    monkeypatch.setattr(module, "CITIES", 6)
    entries = [entry._replace(runs=min(entry.runs, 3)) for entry in module.ENTRIES]
    monkeypatch.setattr(module, "ENTRIES", entries)
    shown, _ = run("ten_cities", "--instances", 1, "--json", rows)
    data = {row["method"]: row for row in json.loads(rows.read_text())}
    assert {m: row["runs"] for m, row in data.items()} == {
        "ring": 1,
        "assignment": 1,
        "hopfield-tank-1985": 3,
        "talavan-yanez-2002": 1,
        "two-opt": 1,
    }
    assert data["two-opt"]["valid_before_decoding"] is None
    assert data["talavan-yanez-2002"]["valid_before_decoding"] == 1
    assert all(row["mean_gap"] is None or row["mean_gap"] > -1e-12 for row in data.values())
    assert "Wilson & Pawley" in shown


def test_ten_cities_is_reproducible(run: Run) -> None:
    arguments = ("ten_cities", "--instances", 2, "--methods", "talavan-yanez-2002", "--seed")
    first, again, other = (run(*arguments, seed)[0] for seed in (7, 7, 8))
    assert first == again != other


@pytest.mark.slow
def test_the_figures_are_saved_with_their_numbers(run: Run, tmp_path: Path) -> None:
    numbers = tmp_path / "numbers.json"
    shown, _ = run(
        *("reproduce_figures", tmp_path / "figures", "--starts", 2, "--ten-cities", 1),
        *("--instances", "random-5", "random-17", "--runs", 1, "--json", numbers),
    )
    figures = sorted(path.name for path in (tmp_path / "figures").iterdir())
    assert figures == ["hopfield-tank-1985.png", "talavan-yanez-2002.png"]
    data = json.loads(numbers.read_text())
    assert len(data["1985"]["valid"]) + len(data["1985"]["decoded"]) == 2
    assert data["1985"]["random_mean"] > 1.3
    assert [row["reference"] for row in data["2002"]["rows"]] == [
        "optimum",
        "best of 50 2-opt runs",
    ]
    assert all(row["valid"] == 1 for row in data["2002"]["rows"])
    assert shown.count("| talavan-yanez-2002") == 2


def test_the_weights_of_1985_are_varied(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(SCRIPTS))
    module = importlib.import_module("reproduce_figures")
    monkeypatch.setattr(module, "DISTANCES", (100, 500))
    monkeypatch.setattr(module, "BIASES", (1.0,))
    numbers = tmp_path / "numbers.json"
    shown, _ = run(
        *("reproduce_figures", tmp_path, "--figures", "weights", "--starts", 2, "--json", numbers)
    )
    found = json.loads(numbers.read_text())["weights"]
    assert [(cell["D"], cell["bias"]) for cell in found["cells"]] == [(100, 1.0), (500, 1.0)]
    assert found["runs"] == 1
    assert (tmp_path / "hopfield-tank-1985-weights.png").stat().st_size > 10_000
    assert "| hopfield-tank-1985, D = 500, bias 1" in shown


def test_the_digits_are_recalled_as_the_text_says(run: Run, tmp_path: Path) -> None:
    pytest.importorskip("sklearn", reason="scikit-learn is not installed: no digits")
    numbers, pictures = tmp_path / "numbers.json", tmp_path / "pictures"
    shown, _ = run(
        *("recall_digits", pictures, "--data", "sklearn", "--stored", 20, "--grey", 300),
        *("--cues", 60, "--json", numbers),
    )
    found = json.loads(numbers.read_text())
    three = {row["rule"]: row["wrong"] for row in found["three"]}
    assert sum(three["hebb"]) > 0 == sum(three["exponential"])
    stored = found["stored"][0]
    assert stored["hebb"] < 0.1 < stored["projection"] <= stored["exponential"] + 0.05
    assert [row["cue"] for row in found["grey"]][1] == "lower half missing"
    assert all(row["right"] >= row["nearest"] - 0.05 for row in found["grey"])
    assert len(list(pictures.iterdir())) == 8
    assert "Why Hebb fails" in shown


def test_memories_are_compared_on_the_same_cues(run: Run, tmp_path: Path) -> None:
    rows = tmp_path / "rows.json"
    shown, _ = run(
        *("compare_memories", "--units", 100, "--patterns", 10, "--digits", 5, "--cues", 5),
        *("--json", rows),
    )
    data = json.loads(rows.read_text())["random, N = 100"]
    by_name = {row["memory"]: row for row in data if row}
    assert by_name["nearest pattern (control)"]["exact"] == "100.0 %"
    assert by_name["hopopt projection"]["exact"] == "100.0 %"
    assert "recall, ms" in shown


def test_the_phase_diagram_holds_the_theory_beside_the_measurement(
    run: Run, tmp_path: Path
) -> None:
    numbers = tmp_path / "numbers.json"
    shown, _ = run(
        *("phase_diagram", tmp_path, "--units", 1000, "--loads", 0.02, "--temperatures", 0.2, 0.4),
        *("--starts", 4, "--degrees", "--json", numbers),
    )
    cells = json.loads(numbers.read_text())["grid"]
    assert all(abs(cell["measured"] - cell["theory"]) < 0.03 for cell in cells)
    assert "0.1379 by the equations" in shown
    assert (tmp_path / "phase-diagram.png").exists()


def test_the_tables_of_the_memory_have_their_rows(run: Run, tmp_path: Path) -> None:
    numbers = tmp_path / "numbers.json"
    run(
        *("memory_tables", "incremental", "many", "hebb", "--units", 400, "--many", 500),
        *("--large", 1500, "--json", numbers),
    )
    found = json.loads(numbers.read_text())
    assert found["incremental"][0]["all recalled"]
    assert float(found["incremental"][0]["error of the stored"]) < 1e-10
    assert {row["exact"] for row in found["many"]} == {"100.00 %"}
    assert float(found["hebb"][1]["mean overlap"]) < float(found["hebb"][0]["mean overlap"])


def test_a_sequence_of_digits_is_replayed(run: Run, tmp_path: Path) -> None:
    pytest.importorskip("sklearn", reason="scikit-learn is not installed: no digits")
    wrong = tmp_path / "wrong.json"
    run(
        *("recall_sequence", "--data", "sklearn", "--noise", 0.05),
        *("--picture", tmp_path / "sequence.png", "--json", wrong),
    )
    found = json.loads(wrong.read_text())
    assert not any(found["exponential"][1:])
    assert any(found["hebb"][1:])
    assert (tmp_path / "sequence.png").exists()


def test_scaling_measures_every_size_in_a_process_of_its_own(run: Run, tmp_path: Path) -> None:
    words = ("--sizes", 30, 60, "--workers", 1, "--time-limit", 0.2)
    files = ("--json", tmp_path / "rows.json", "--plot", tmp_path / "curves.png")
    table, _ = run("scaling", *words, *files)
    rows = json.loads((tmp_path / "rows.json").read_text())
    assert [row["n"] for row in rows] == [30, 60]
    assert all(row["valid"] and row["gap"] < 0.6 and row["peak_mb"][0] > 10 for row in rows)
    assert len(table.splitlines()) == 4
    assert (tmp_path / "curves.png").stat().st_size > 1000


@pytest.mark.parametrize("sampler", ["hopopt", "dwave-sa"])
def test_dwave_program_runs_with_another_sampler_alone(run: Run, sampler: str) -> None:
    pytest.importorskip("dimod", reason="dimod, the extra 'dimod', is not installed")
    if sampler == "dwave-sa":
        pytest.importorskip("dwave.samplers", reason="dwave-samplers is not installed")
    shown, _ = run("dwave_example", "--sampler", sampler, "--exams", 8, "--slots", 5, "--reads", 4)
    assert shown.startswith(f"{sampler}: energy ")
    assert "8 of 8 exams held once; 0 pairs meet" in shown


def test_clauses_are_measured_beside_their_controls(run: Run) -> None:
    methods = ("--methods", "replicas", "probsat")
    names = ("planted-20-4-1", "random-12-7-2")
    table, _ = run("benchmark_clauses", *names, "--seconds", 0.1, "--interpreted", *methods)
    assert [line.split()[3] for line in table.splitlines()[2:]] == ["replicas", "probsat"]
    assert table.count(" of 2") == 2


def test_pure_tours_are_measured_beside_their_controls(run: Run, folder: Path) -> None:
    arguments = ("--instances", "square", "--seeds", 1, "--seconds", 0.3)
    shown, progress = run("pure_tours", folder, *arguments, "--ways", "ring", "clamped", "exact")
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in shown.splitlines()[2:]]
    assert [row[:3] for row in rows] == [
        ["square", way, "0.0 %"] for way in ("ring", "clamped", "exact")
    ]
    assert "square exact 0: 0.0000" in progress


def test_gaps_are_drawn_against_time(run: Run, folder: Path, tmp_path: Path) -> None:
    files = ("--json", tmp_path / "rows.json", "--plot", tmp_path / "curves.png")
    words = ("--methods", "k-opt", "two-opt", "--seconds", 0.05, 0.1, *files)
    run("gap_against_time", folder, "--instances", "nine", "square", *words)
    rows = json.loads((tmp_path / "rows.json").read_text())
    assert [row["seconds"] for row in rows] == 4 * [0.05, 0.1]
    assert {row["kind"] for row in rows} == {"classical"}  # so few are solved exactly
    assert (tmp_path / "curves.png").stat().st_size > 1000


def test_searches_are_tabled_beside_a_random_closing(
    run: Run, folder: Path, tmp_path: Path
) -> None:
    points = np.random.default_rng(1).integers(0, 999, (40, 2))
    write_tsplib(PointDistances(points, "EUC_2D"), folder / "forty.tsp")
    (folder / "optima.json").write_text('{"forty": {"optimum": 1000}}')
    names = ("k-opt", "lin-kernighan", "k-opt, random closing")
    words = ("--instances", "forty", "--seconds", 60, "--kicks", 20, "--seeds", 1)
    run("kopt_tables", folder, *words, "--searches", *names, "--json", tmp_path / "rows.json")
    rows = json.loads((tmp_path / "rows.json").read_text())
    assert [row["search"] for row in rows] == list(names)
    assert all(row["recalls or kicks"] > 0 for row in rows)


def test_a_random_closing_gains_and_never_more_than_the_best(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.syspath_prepend(str(SCRIPTS))
    module = importlib.import_module("kopt_tables")
    rng, gains = np.random.default_rng(0), []
    for k in (3, 5) * 20:
        joined = rng.integers(0, 9, (ROW, ROW))
        joined = np.minimum(joined, joined.T).astype(float).ravel().tolist()
        whole = [[0] * 34 for _ in range(6)]
        chains = Chains(*whole[:3], joined, *whole[3:], [0.0] * 34)
        best = recall.decide(chains, k)
        chance = module.any_gain(chains, k)
        assert (chance > 0) == (best > 0)
        assert chance <= best
        gains.append(best - chance)
    assert max(gains) > 0


def test_random_tours_are_graded_by_the_law_and_the_best(run: Run, tmp_path: Path) -> None:
    words = ("--sizes", 9, "--instances", 2, "--methods", "greedy", "two-opt", "--seconds", 0.1)
    shown, _ = run("random_tours", *words, "--together", "--json", tmp_path / "runs.json")
    runs = json.loads((tmp_path / "runs.json").read_text())
    assert [(r["instance"], r["method"]) for r in runs] == [
        (k, m) for k in (0, 1) for m in ("greedy", "two-opt")
    ]
    lengths = [run["length"] for run in runs if run["method"] == "greedy"]
    row = [cell.strip() for cell in shown.splitlines()[2].split("|")[1:-1]]
    assert row[:3] == ["9", "2", "greedy"]
    assert float(row[5]) == pytest.approx(np.mean(lengths), abs=6e-4)
    law = 100 * (np.mean(lengths) / (0.7124 * 3) - 1)
    assert float(row[6].split()[0]) == pytest.approx(law, abs=0.01)


def test_constraints_are_tabled(run: Run, tmp_path: Path) -> None:
    rows = tmp_path / "rows.json"
    names = ["grid-3", "delaunay-30", "random-10-2-1"]
    table, _ = run("benchmark_constraints", *names, "--seconds", 0.02, "--json", rows)
    known = json.loads(rows.read_text(encoding="utf-8"))
    assert list(dict.fromkeys(row["instance"] for row in known)) == names
    peers = ("metis", "kahip")
    assert all(len(row["costs"]) == 2 for row in known if row["method"] not in peers)
    assert table.count("\n") == len(known) + 2


def test_benchmark_of_ising_grades_by_the_best_known_or_seen(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs, table = tmp_path / "runs.jsonl", tmp_path / "table.json"
    names = ("bimodal-12-1", "bimodal-12-2", "planted-10-3")
    words = ("--seconds", 0.05, "--methods", "auto/numpy", "inertial", "--peers")
    words += ("--runs", runs, "--table", table)
    run("benchmark_ising", names[0], *words, "--seeds", 1)
    first = runs.read_text().splitlines()
    printed, _ = run("benchmark_ising", *names, *words, "--seeds", 2)
    assert runs.read_text().splitlines()[: len(first)] == first
    told = json.loads(table.read_text(encoding="utf-8"))
    assert [row[3] for row in told["rows"]] == ["auto/numpy", "inertial"] * 2
    assert all(cell in printed for row in told["rows"] for cell in row)
    found = [json.loads(line) for line in runs.read_text().splitlines()]
    assert sorted((row["instance"], row["seed"]) for row in found) == sorted(
        (name, seed) for name in names for seed in 2 * (0, 1)
    )
    monkeypatch.syspath_prepend(str(SCRIPTS))
    module = importlib.import_module("benchmark_ising")
    run_of = {"instance": "x", "n": 3, "left": 3, "sense": -1.0, "optimum": None, "seconds": 2.0}
    runs = [{**run_of, "solver": "a", "cost": c, "cpu": 2.0} for c in (10.0, 9.0, 10.0, 10.0)]
    (graded,) = module.graded(runs)
    assert (graded["hits"], graded["gap"]) == (3, pytest.approx(0.025))
    assert graded["tts99"] == pytest.approx(2 * np.log(0.01) / np.log(0.25))
    low, high = graded["interval"]
    assert 2 <= low < graded["tts99"] < high
    (graded,) = module.graded([*runs, {**runs[0], "cost": None, "cpu": 60.0}])
    assert (graded["hits"], graded["runs"], graded["gap"]) == (3, 5, pytest.approx(0.025))
    assert module.tts99(0, 4, 1.0)[0] is module.tts99(0, 4, 1.0)[2] is None
