"""Feed readers, the command and constructors what nobody should: only refusals by name may come.

A case is made from the seed, its part and its number alone, so that each can be run again
(``--first NUMBER --cases 1``). A fault is an exception that is no refusal, a refusal that does not
say what is wrong, or a case that takes more time or memory than a case may: seconds of the
processor, so that a busy machine is no fault, and a case that waits for nothing ends, too.
"""

from __future__ import annotations

import contextlib
import inspect
import io
import os
import re
import resource
import signal
import sys
import tempfile
import time
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from operator import attrgetter
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
from _shared import count, parser, tell

import hopopt
import problems
from hopopt import AssociativeMemory, Problem, minimize
from hopopt.app.cli import main as command
from hopopt.solve.discovery import problem_class, problem_names

# how Python and NumPy complain of what should have been refused before
FOREIGN = re.compile(
    r"invalid literal|could not convert|to unpack|broadcast|has no attribute|is not iterable|"
    r"unsupported operand|not supported between|object is not|cannot convert|must be real number|"
    r"inhomogeneous|can't convert|unhashable|cannot be interpreted|not subscriptable|dimension mis"
)
SECONDS, MEGABYTES, STOP_SECONDS = 2.0, 500.0, 20
REFUSALS = (ValueError, TypeError, OSError, ModuleNotFoundError)
CODES = (0, 1, 2)
NASTY_WORDS = (
    *("nan", "inf", "-inf", "1e999", "-1", "0", "0.5", "-0.0", "1e-320", "9" * 12, "9" * 25),
    *("x", "", "-", "\x00", "\x1b[2J", "é", "½", "１２", "NaN", "0x10", "1_000", "1,5", "1:1", "#"),
)
TSP_HEAD = "NAME: a\nTYPE: TSP\nDIMENSION: 4\n"
TEXTS: dict[str, tuple[str, ...]] = {
    ".tsp": (
        TSP_HEAD + "EDGE_WEIGHT_TYPE: EUC_2D\nNODE_COORD_SECTION\n"
        "1 0 0\n2 3 0\n3 3 4\n4 0 4\nFIXED_EDGES_SECTION\n1 2\n-1\nEOF\n",
        TSP_HEAD + "EDGE_WEIGHT_TYPE: EXPLICIT\nEDGE_WEIGHT_FORMAT: UPPER_ROW\n"
        "EDGE_WEIGHT_SECTION\n1 2 3\n4 5\n6\nEOF\n",
    ),
    ".atsp": (
        TSP_HEAD.replace("TSP", "ATSP") + "EDGE_WEIGHT_TYPE: EXPLICIT\n"
        "EDGE_WEIGHT_FORMAT: FULL_MATRIX\nEDGE_WEIGHT_SECTION\n"
        "0 1 2 3\n1 0 4 5\n2 4 0 6\n3 5 6 0\nEOF\n",
    ),
    ".col": ("c a graph\np edge 4 3\ne 1 2\ne 2 3\ne 3 4\n", "1 2\n2 3\n3 4\n"),
    ".clq": ("p col 4 4\ne 1 2\ne 2 3\ne 1 3\ne 3 4\n",),
    ".mis": ("p edge 3 2\ne 1 2\ne 3 2\n",),
    ".graph": ("% METIS\n3 2 11 1\n1 2 5\n1 1 5 3 7\n1 2 7\n", "4 3\n2\n1 3\n2 4\n3\n"),
    ".edges": ("a graph,\n1,2,{'weight': 2}\n", "0 1\n1 2 -3\n", "% sym\n7 1000000\n7 8\n"),
    ".hcp": (
        TSP_HEAD.replace("TSP", "HCP") + "EDGE_DATA_FORMAT: EDGE_LIST\n"
        "EDGE_DATA_SECTION\n1 2\n2 3\n3 4\n4 1\n-1\nTOUR_SECTION\n1 2 3 4 -1\nEOF\n",
    ),
    ".sparse": ("3 3\n1 1 5\n1 2 -6\n2 3 1\n",),
    ".qplib": ("toy\nQBN\nminimize\n2\n2\n1 1 2\n2 1 -3\n0\n1\n2 1.5\n0.5\n0\n0\n0\n",),
    ".coo": ("# vartype=SPIN\n0 0 1\n0 1 -2.5\n",),
    ".wcnf": ("p wcnf 3 3 9\n9 1 0\n2 -1 2 0\n1 -2 3 0\n", "h 1 2 0\n3 -1 0\n"),
    ".hubo": (
        "p hubo spins max\n-1.5 a b 3\n2\n# c\n1 a\n",
        '{"vartype": "SPIN", "terms": [[["a", "b", 1], -1.5], [[], 2]]}',
    ),
    ".scp": ("3 4\n1 2 3 4\n2 1 2\n2 2 3\n3 1 3 4\n",),
    ".mknap": ("1\n3 2 0\n5 6 7\n1 2 3\n3 2 1\n4 4\n",),
    ".tsv": ("name\tlat\tlon\nA\t50.9\t6.9\nB\t52.5\t13.4\nC\t48.1\t11.6\n",),
    ".rud": ("4 3\n1 2 1\n2 3 -1\n3 4 2\n",),
    ".qubo": ("p qubo 0 3 2 1\n0 0 1\n1 1 -2\n0 1 3\n", "3 3\n1 1 2\n2 3 -4\n1 3 1\n"),
    ".ising": ("3 2\n1 2 1\n2 3 -1\n",),
    ".dat": ("3\n\n0 1 2\n1 0 3\n2 3 0\n\n0 4 5\n4 0 6\n5 6 0\n",),
    ".txt": ("3 5\n4 2\n5 3\n6 4\n", "3\n1 2 3\n", "1 2 1.5\n2 3 2\n"),
    ".csv": ("name,x,y\na,0,0\nb,1,0\nc,0,1\n", "a,b,c\n0,1,2\n1,0,3\n2,3,0\n"),
    ".mtx": ("%%MatrixMarket matrix coordinate real symmetric\n3 3 2\n2 1 1.5\n3 2 -1\n",),
    ".cnf": ("c clauses\np cnf 3 2\n1 -2 0\n2 3 0\n",),
    ".json": ('{"a": {"optimum": 3}}',),
}
VALUES: tuple[Any, ...] = (
    *(-1, 0, 1, 2, 3, 10**12, 10**30, 10**400, 0.5, -0.5, 1e-320, 1e308, np.nan, np.inf, -np.inf),
    *(None, True, "", "x", "auto", b"x", 1j, (), (1,), (-1,), [], [1, 2], [[1, 2], [2, 1]], {}),
    *({1: 2}, {(0, 1): 1}, object(), np.zeros(0), np.zeros((0, 0)), np.ones((2, 2)), np.eye(3)),
    *(np.array([1, np.nan]), np.array([None, 1]), np.array(["a"]), np.array([1 + 1j])),
    *(np.ma.masked_equal([[0, 1], [1, 0]], 0), np.full((2, 2), 1e200), np.array(3.0), np.int8(-1)),
    *([10**30, 1], [1.5, "a"], [[1], [1, 2]], range(3), iter([1, 2]), np.float32(2), slice(3)),
)
WORDS = (
    *("solve", "compare", "list", "random-4", "capitals", "random-0", "karate", "queen2", "nobody"),
    *("--problem", "--method", "--pure", "--solver", "--time-limit", "--restarts", "--workers"),
    *("--seed", "--initial", "--bound", "--json", "-o", "--plot", "--animate", "--set", "--data"),
    *("tsp", "maxcut", "qap", "coloring", "ring", "greedy", "auto", "RK45", "0.01", "1", "2", "a"),
    *("start=1", "cycle=false", "parts=2", "x=[[[", "=", "--", "-1", "out/a", "a.png", "a.pgf"),
    *("a.gif", "--help", "--methods", "--seeds", "--report", "nan", "1e999", "\x1b[31m", "é", ""),
)


class Slow(Exception):
    """Raised where a case does not end."""


class Case:
    """One case: its random numbers, and a folder to write to."""

    def __init__(self, seed: int, part: int, number: int, folder: Path) -> None:
        self.rng, self.folder = np.random.default_rng([seed, part, number]), folder
        self.story = ""

    def pick(self, choices: Sequence[Any]) -> Any:
        return choices[int(self.rng.integers(len(choices)))]


def spoiled(case: Case, text: str) -> bytes:
    """Return a text with a few lines, words or bytes changed."""
    for _ in range(int(case.rng.integers(1, 4))):
        lines = text.split("\n")
        k, kind = int(case.rng.integers(len(lines))), int(case.rng.integers(7))
        words = lines[k].split(" ")
        j = int(case.rng.integers(len(words)))
        if kind < 3:
            words[j] = case.pick(NASTY_WORDS)
            lines[k] = " ".join(words)
        elif kind == 3:
            del lines[k]
        elif kind == 4:
            lines.insert(k, case.pick(lines))
        elif kind == 5:
            lines[k] = " ".join(words[:j])
        else:
            lines = lines[:k]
        text = "\n".join(lines)
    data = bytearray(text.encode("utf-8", "replace"))
    if case.rng.random() < 0.1 and data:
        data[int(case.rng.integers(len(data)))] = int(case.rng.integers(256))
    if case.rng.random() < 0.03:
        data += bytes(case.rng.integers(0, 256, 40, dtype=np.uint8))
    return bytes(data)


def reader(case: Case) -> None:
    suffix = case.pick(tuple(TEXTS))
    path = case.folder / f"a{suffix}"
    path.write_bytes(spoiled(case, case.pick(TEXTS[suffix])))
    name = case.pick(KINDS)
    case.story = f"{name}.load of a{suffix}: {path.read_bytes()!r}"
    if suffix == ".json":
        (case.folder / "a.tsp").write_text(TEXTS[".tsp"][0], encoding="utf-8")
        (case.folder / case.pick(("optima.json", "best_known.json"))).write_bytes(path.read_bytes())
        path = case.folder / "a.tsp"
    problem_class(name).load(str(path))


def option(case: Case) -> None:
    words = [case.pick(WORDS) for _ in range(int(case.rng.integers(0, 6)))]
    if case.rng.random() < 0.8:
        words = ["solve", "random-4", *words, "--time-limit", "0.01"]
    if any(word.startswith("-") and word[1:].isdigit() for word in words):
        words = [word for word in words if word != "--workers"]
    if words[:1] == ["compare"]:
        words += ["--methods", "greedy", "--time-limit", "0.01"]
    case.story = repr(words)
    out, err = io.StringIO(), io.StringIO()
    with contextlib.chdir(case.folder), contextlib.redirect_stdout(out):
        (case.folder / "out").mkdir(exist_ok=True)
        with contextlib.redirect_stderr(err):
            try:
                code = command(words)
            except SystemExit as end:
                code = int(end.code or 0)
    if code not in CODES or (code == 2 and not err.getvalue().startswith("hopopt: ")):
        raise AssertionError(f"exit status {code}, {err.getvalue()[:80]!r}")
    if {"\x1b", "\x07"} & set(out.getvalue() + err.getvalue()):
        raise AssertionError("a control character was printed")


def right(case: Case) -> None:
    """Call what works, but for one or two arguments."""
    make, given = case.pick(CALLS)
    parameters = inspect.signature(make).parameters.values()
    named = [p.name for p in parameters if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)]
    if any(p.kind is p.VAR_KEYWORD for p in parameters):
        named += OPTIONS
    odd = {case.pick(named): case.pick(VALUES) for _ in range(int(case.rng.integers(1, 3)))}
    case.story = f"{getattr(make, '__qualname__', make)} with {odd!r}"
    made = make(**{**given, **odd})
    if isinstance(made, Problem) and made.size <= 30:
        minimize(made, rng=0, time_limit=0.01)


def api(case: Case) -> None:
    if case.rng.random() < 0.5:
        right(case)
        return
    make = case.pick(MAKERS)
    named = [
        p
        for p in inspect.signature(make).parameters.values()
        if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)
    ]
    chosen = [p.name for p in named if p.default is p.empty or case.rng.random() < 0.25]
    arguments = {name: case.pick(VALUES) for name in chosen}
    case.story = f"{getattr(make, '__qualname__', make)}({arguments!r})"
    made = make(**arguments)
    if isinstance(made, Problem) and made.size <= 30:
        minimize(made, rng=0, time_limit=0.01)


def problem_makers() -> Iterator[Callable[..., Any]]:
    for name in problems.__all__:
        made = getattr(problems, name, None)
        if inspect.isclass(made) and issubclass(made, Problem):
            yield from (getattr(made, each, None) or made for each in ("", "from_points"))
            yield from made.methods.values()


INSIDE = (
    "Deadline",
    "collected",
    "Status",
    "filled",
    "rows_of",
)  # are given what others have checked
KINDS = problem_names()
CORE = [
    made
    for name in hopopt.core.__all__
    if callable(made := getattr(hopopt.core, name)) and name not in INSIDE
]
MAKERS: list[Callable[..., Any]] = [
    *dict.fromkeys(m for m in (*problem_makers(), *CORE) if not getattr(m, "_is_protocol", False)),
    AssociativeMemory,
    lambda X, **options: AssociativeMemory().fit(X),
]
SQUARE = [[0, 3, 4, 5], [3, 0, 5, 4], [4, 5, 0, 3], [5, 4, 3, 0]]
K4 = nx.from_numpy_array(np.array(SQUARE))
SIGNS = np.array([[1, 1, -1, -1], [1, -1, 1, -1]])
OPTIONS = ["instance", "optimum", "labels", "points", "nodes", "method", "rng", "initial"]
GIVEN: tuple[tuple[str, dict[str, Any]], ...] = (
    ("TSP.from_points", {"points": [(0, 0), (3, 0), (3, 4), (0, 4)]}),
    ("TSP.from_matrix MaxCut.from_matrix", {"matrix": SQUARE}),
    ("TSP.from_graph MaxCut.from_graph Partition.from_graph", {"G": K4}),
    ("QUBO", {"Q": SQUARE}),
    ("Ising", {"J": SQUARE}),
    ("HUBO", {"terms": {("a", "b"): 1, ("c",): -2}}),
    ("Clique Coloring Partition VertexCover IndependentSet", {"adjacency": SQUARE}),
    ("Knapsack", {"weights": [1, 2, 3], "values": [3, 2, 1], "capacity": 4}),
    ("Packing", {"weights": [[1, 2, 3]], "values": [3, 2, 1], "bounds": [4]}),
    ("SetCover", {"sets": ["ab", "bc"]}),
    ("SAT MaxSAT", {"clauses": [[1, -2], [2, 3]]}),
    ("NumberPartition", {"numbers": [3, 1, 2]}),
    ("LinearAssignment", {"costs": SQUARE}),
    ("QuadraticAssignment GraphMatching", {"A": SQUARE, "B": SQUARE}),
    ("Queens", {"n": 4}),
)


def called(name: str, given: dict[str, Any]) -> Callable[..., Any]:
    """Return a way to build a problem by its name, and see that it works."""
    make: Callable[..., Any] = attrgetter(name)(problems)
    make(**given)
    return make


def solved(**options: Any) -> Any:
    return minimize(problems.MaxCut.from_matrix(SQUARE), **{"time_limit": 0.01, **options})


def remembered(X: Any = SIGNS, y: Any = None, cue: Any = SIGNS[:1], **options: Any) -> Any:
    named = inspect.signature(AssociativeMemory).parameters
    memory = AssociativeMemory(**{name: options.pop(name) for name in named if name in options})
    return memory.fit(X, y).recall(cue, **options)


CALLS: list[tuple[Callable[..., Any], dict[str, Any]]] = [
    *((called(name, given), given) for names, given in GIVEN for name in names.split()),
    *([(solved, {}), (remembered, {})] * 4),
]
OPTIONS += [
    *inspect.signature(minimize).parameters,
    *inspect.signature(AssociativeMemory).parameters,
]
OPTIONS += [*inspect.signature(AssociativeMemory.recall).parameters]
PARTS: dict[str, Callable[[Case], None]] = {"readers": reader, "options": option, "api": api}


def wordless(error: BaseException) -> str | None:
    """Return what is wrong with a refusal: it says nothing, or only what Python says."""
    told = re.search(r"must|expected", str(error))
    if not str(error) or (FOREIGN.search(str(error)) and not told):
        return f"{type(error).__name__} that names nothing: {str(error)[:80]}"
    return None


def cost() -> tuple[float, float]:
    """Return the processor's seconds, of ended workers too, and the most memory so far, in MB."""
    times = os.times()
    return sum(times[:4]), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def fault(case: Case, run: Callable[[Case], None]) -> str | None:
    """Run a case; return what is wrong with it."""

    def alarm(*_: Any) -> None:
        raise Slow

    signal.signal(signal.SIGALRM, alarm)
    before = cost()
    signal.alarm(STOP_SECONDS)
    wrong = None
    try:
        run(case)
    except REFUSALS as error:
        wrong = wordless(error)
    except Slow:
        wrong = f"did not end in {STOP_SECONDS} s"
    except BaseException as error:
        wrong = f"{type(error).__name__}: {str(error)[:80]}"
    finally:
        signal.alarm(0)
    seconds, grown = np.subtract(cost(), before)
    if wrong is None and seconds > SECONDS:
        wrong = f"took more than {SECONDS:g} s of the processor"
    if wrong is None and grown > MEGABYTES:
        wrong = f"took more than {MEGABYTES:g} MB"
    return wrong


def fuzz(part: str, seed: int, first: int, cases: int) -> list[tuple[int, str, str]]:
    """Return the number, the fault and the story of each case that has one."""
    run, index = PARTS[part], list(PARTS).index(part)
    found = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for number in range(first, first + cases):
            with tempfile.TemporaryDirectory() as folder:
                case = Case(seed, index, number, Path(folder))
                wrong = fault(case, run)
            if wrong is not None:
                found.append((number, wrong, case.story))
    return found


def main(argv: Sequence[str] | None = None) -> int:
    words = parser(__doc__, "fuzz.py readers --cases 50000 --seed 1")
    words.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(PARTS)}")
    words.add_argument("--cases", type=count, default=1000, help="of each part")
    words.add_argument("--first", type=int, default=0, help="the number of the first case")
    words.add_argument("--seed", type=int, default=0, help="of all of them")
    arguments = words.parse_args(argv)
    code = 0
    for part in arguments.parts or PARTS:
        if part not in PARTS:
            words.error(f"PART must be one of {', '.join(PARTS)}; got {part!r}")
        began = time.monotonic()
        found = fuzz(part, arguments.seed, arguments.first, arguments.cases)
        tell(f"{part}: {time.monotonic() - began:.0f} s")
        print(f"{part}: {arguments.cases} cases, {len(found)} faults")
        for kind, number in Counter(wrong for _, wrong, _ in found).most_common():
            k, _, story = next(each for each in found if each[1] == kind)
            print(f"  {number} times {kind}\n    case {k}: {story[:300]}")
        code = code or int(bool(found))
    return code


if __name__ == "__main__":
    sys.exit(main())
