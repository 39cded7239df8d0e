"""Measured tables of the memory: capacity, speed, increments, random starts, Hebb at scale.

Every table has nearest-pattern search beside it. CPU seconds of this process; one BLAS thread is
assumed (OPENBLAS_NUM_THREADS=1).
"""

from __future__ import annotations

import sys
import time
import tracemalloc
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from _shared import count, markdown, parser, percent, save, tell

from hopopt.core.lagrangian import Array
from hopopt.memory import AssociativeMemory, CapacityWarning, attractors, capacity
from hopopt.memory.attractor import KINDS
from hopopt.memory.capacities import flipped

LOADS = (
    ("hebb", 0.1),
    ("hebb", 0.25),
    ("storkey", 0.1),
    ("storkey", 0.25),
    ("projection", 0.1),
    ("projection", 0.25),
    ("projection", 0.4),
    ("perceptron", 0.1),
)

ORDERS = (
    *(("projection", load, noise) for load, noise in ((0.2, 0.25), (0.25, 0.25), (0.3, 0.25))),
    *(("projection", 0.45, 0.1), ("projection", 0.2, 0.4)),
    *(("perceptron", 0.3, 0.25), ("storkey", 0.2, 0.1), ("storkey", 0.3, 0.25)),
    *(("hebb", 0.05, 0.25), ("hebb", 0.05, 0.4), ("hebb", 0.1, 0.1)),
    *(("exponential", load, noise) for load, noise in ((0.3, 0.25), (0.3, 0.4), (2.0, 0.25))),
    *(("polynomial", load, noise) for load, noise in ((0.3, 0.25), (0.3, 0.4), (2.0, 0.25))),
)


def main(argv: Sequence[str] | None = None) -> int:
    options = parser(__doc__, "memory_tables.py speed incremental --json numbers.json")
    options.add_argument(
        "tables", nargs="*", choices=[*TABLES, []], metavar="TABLE", help=", ".join(TABLES)
    )
    options.add_argument("--units", type=count, default=784, metavar="N")
    options.add_argument("--nets", type=count, default=4)
    options.add_argument("--large", type=count, default=10_000, metavar="N")
    options.add_argument("--many", type=count, default=60_000, metavar="P")
    options.add_argument("--seed", type=int, default=0)
    options.add_argument("--json", type=Path, metavar="FILE", help="write the numbers to a file")
    arguments = options.parse_args(argv)
    warnings.simplefilter("ignore", CapacityWarning)
    found = {}
    for name in arguments.tables or TABLES:
        tell(name)
        found[name] = TABLES[name](arguments)
        print(f"\n**{name}**\n")
        rows = found[name]
        print(markdown(list(rows[0]), [list(row.values()) for row in rows]))
    save(arguments.json, found)
    return 0


def seconds(call: Callable[[], Any], repeat: int = 1) -> float:
    """Return the least CPU seconds of a call, of `repeat`."""
    best = np.inf
    for _ in range(repeat):
        start = time.process_time()
        call()
        best = min(best, time.process_time() - start)
    return float(best)


def random_cues(
    patterns: Array, size: int, noise: float, rng: np.random.Generator
) -> tuple[Array, Array]:
    index = rng.integers(len(patterns), size=size)
    return flipped(patterns[index], noise, rng), index


def patterns_of(rng: np.random.Generator, count: int, units: int) -> Array:
    return rng.choice(np.array([-1, 1], np.int8), (count, units))


def loads(arguments: Any) -> list[dict[str, Any]]:
    rows = []
    for rule, noise in LOADS:
        tell(f"{rule}, {noise}")
        found = capacity(
            rule, arguments.units, noise, nets=arguments.nets, order="sync", rng=arguments.seed
        )
        rows.append(
            {
                "rule": rule,
                "flips": percent(noise, 0),
                "load P/N": f"{found.load:.3f}",
                "95 % interval": f"{found.low:.3f}–{found.high:.3f}",
                "exact": percent(found.exact),
                "nearest": percent(found.control),
            }
        )
    return rows


def many(arguments: Any) -> list[dict[str, Any]]:
    """Recall from very many patterns, by the core's own Majorize and by the fast path."""
    from hopopt import Majorize

    rng = np.random.default_rng(arguments.seed)
    patterns = patterns_of(rng, arguments.many, arguments.units)
    cues, index = random_cues(patterns, 200, 0.25, rng)
    memory = AssociativeMemory("exponential").fit(patterns)
    store = memory._store
    rows = []
    for name, order in (("core's Majorize", Majorize()), ("fast path", "majorize")):
        recall = memory.recall(cues, order=order)  # type: ignore[arg-type]
        trace = recall.trace.mean(1)
        exact = (recall.state == patterns[index]).all(-1).mean()
        nearest = (store.nearest(cues)[0] == index).mean()
        rows.append(
            {
                "motion": name,
                "P": len(patterns),
                "exact": percent(float(exact), 2),
                "nearest": percent(float(nearest), 2),
                "mean E": " → ".join(f"{e:.1f}" for e in trace),
            }
        )
    return rows


def speed(arguments: Any) -> list[dict[str, Any]]:
    rng = np.random.default_rng(arguments.seed)
    patterns = patterns_of(rng, 50, arguments.units)
    cues, index = random_cues(patterns, 4096, 0.25, rng)
    X = patterns.astype(np.float32)
    rows = [
        _rate(
            "nearest pattern (float32 GEMM)",
            lambda: (cues.astype(np.float32) @ X.T).argmax(-1),
            patterns[(cues.astype(np.float32) @ X.T).argmax(-1)],
            patterns[index],
        )
    ]
    for rule, dtype, order in (
        ("projection", "float64", "sync"),
        ("projection", "float32", "sync"),
        ("projection", "float64", "async"),
        ("hebb", "float64", "sync"),
        ("exponential", "float64", "majorize"),
    ):
        memory = AssociativeMemory(rule, dtype=dtype).fit(patterns)
        recall = memory.recall(cues, order=order)  # type: ignore[arg-type]
        call = lambda m=memory, o=order: m.recall(cues, order=o)  # noqa: E731
        rows.append(_rate(f"{rule}, {order}, {dtype}", call, recall.state, patterns[index]))
        rows[-1]["iterations"] = int(recall.n_iter.max())
    memory = AssociativeMemory("projection").fit(patterns)
    single = seconds(lambda: [memory.recall(cue) for cue in cues[:50]], 5) / 50
    rows.append(
        {
            "recall": "projection, one at a time, async",
            "per second": round(1 / single),
            "ms": f"{1e3 * single:.3f}",
            "exact": "",
            "iterations": "",
        }
    )
    return rows


def _rate(name: str, call: Callable[[], Any], state: Array, truth: Array) -> dict[str, Any]:
    used = seconds(call, 5) / len(truth)
    return {
        "recall": name,
        "per second": round(1 / used),
        "ms": f"{1e3 * used:.4f}",
        "exact": percent(float((state == truth).all(-1).mean())),
        "iterations": "",
    }


def large(arguments: Any) -> list[dict[str, Any]]:
    """Memory and time of a projection of 500 patterns on many units, in float32."""
    rng = np.random.default_rng(arguments.seed)
    patterns = patterns_of(rng, 500, arguments.large)
    cues, index = random_cues(patterns, 256, 0.25, rng)
    memory = AssociativeMemory("projection", dtype="float32").fit(patterns)
    memory.recall(cues[:2], order="sync")
    tracemalloc.start()
    copy = AssociativeMemory("projection", dtype="float32").fit(patterns)
    copy.recall(cues[:1], order="sync")
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    recall = memory.recall(cues, order="sync")
    used = seconds(lambda: memory.recall(cues, order="sync"), 3) / len(cues)
    X = patterns.astype(np.float32)
    control = seconds(lambda: (cues.astype(np.float32) @ X.T).argmax(-1), 3) / len(cues)
    return [
        {
            "N": arguments.large,
            "P": 500,
            "patterns and weights, MB": f"{memory.nbytes_ / 1e6:.1f}",
            "all that is held, MB": f"{held / 1e6:.1f}",
            "ms a recall": f"{1e3 * used:.2f}",
            "exact": percent(float((recall.state == patterns[index]).all(-1).mean())),
            "nearest, ms": f"{1e3 * control:.3f}",
        }
    ]


def attention(arguments: Any) -> list[dict[str, Any]]:
    """Compare one LSE recall with one product and an argmax, on random real patterns."""
    rng = np.random.default_rng(arguments.seed)
    X = rng.random((5000, arguments.units))
    index = rng.permutation(len(X))[:1024]
    cues = X[index] + rng.normal(0, 0.3, (len(index), arguments.units))
    memory = AssociativeMemory("lse").fit(X)
    half = (X * X).sum(-1) / 2
    nearest = np.concatenate(
        [(cues[k : k + 256] @ X.T - half).argmax(-1) for k in range(0, 1024, 256)]
    )
    recall = memory.recall(cues)
    used = seconds(lambda: memory.recall(cues), 3)
    control = seconds(
        lambda: [(cues[k : k + 256] @ X.T - half).argmax(-1) for k in range(0, 1024, 256)], 3
    )
    return [
        {
            "P": 5000,
            "N": arguments.units,
            "lse, ms": f"{1e3 * used / 1024:.3f}",
            "GEMM + argmax, ms": f"{1e3 * control / 1024:.3f}",
            "ratio": f"{used / control:.2f}",
            "right": percent(float(((recall.index == index) & ~recall.spurious).mean())),
            "nearest": percent(float((nearest == index).mean())),
        }
    ]


def incremental(arguments: Any) -> list[dict[str, Any]]:
    rng = np.random.default_rng(arguments.seed)
    patterns = patterns_of(rng, 400, arguments.units)
    memory = AssociativeMemory("projection").fit(patterns[:300])
    for pattern in patterns[300:310]:
        memory.partial_fit(pattern)
    add = min(seconds(lambda k=k: memory.partial_fit(patterns[k])) for k in range(310, 330))
    stored = memory.patterns_
    forget = min(seconds(lambda: memory.forget(5)) for _ in range(20))
    refit = seconds(lambda: AssociativeMemory("projection").fit(patterns[:300]), 5)
    W, left = memory.weights_, memory.patterns_
    B = memory._rule.span.basis  # type: ignore[attr-defined]
    fixed = float(np.abs((left @ B.T) @ B - left).max())
    gone = stored[5]
    away = float(np.abs((gone @ B.T) @ B - gone).max())
    still = (memory.recall(left).state == left).all()
    return [
        {
            "N": W.shape[0],
            "P": 300,
            "add, ms": f"{1e3 * add:.3f}",
            "forget, ms": f"{1e3 * forget:.3f}",
            "refit, ms": f"{1e3 * refit:.1f}",
            "error of the stored": f"{fixed:.1e}",
            "of the forgotten": f"{away:.2f}",
            "all recalled": bool(still),
        }
    ]


def starts(arguments: Any) -> list[dict[str, Any]]:
    rng = np.random.default_rng(arguments.seed)
    patterns = patterns_of(rng, 40, 500)
    rows = []
    for rule in ("hebb", "storkey", "projection", "perceptron", "polynomial", "exponential"):
        found = attractors(AssociativeMemory(rule).fit(patterns), 300, rng=arguments.seed)
        shares = {kind: percent(found.share(kind)) for kind in KINDS}
        rows.append({"rule": rule, **shares, "distinct": len(found.found)})
    return rows


def hebb(arguments: Any) -> list[dict[str, Any]]:
    """Hebb's rule at scale: the overlap after starting from stored patterns."""
    rng = np.random.default_rng(arguments.seed)
    rows = []
    for load in (0.13, 0.16):
        patterns = patterns_of(rng, round(load * arguments.large), arguments.large)
        memory = AssociativeMemory("hebb", dtype="float32").fit(patterns)
        recall = memory.recall(patterns[:20])
        own = (recall.state * patterns[:20]).mean(-1)
        nearest = memory._store.nearest(patterns[:20])[0]
        rows.append(
            {
                "N": arguments.large,
                "load": load,
                "mean overlap": f"{own.mean():.3f}",
                "least": f"{own.min():.3f}",
                "sweeps": int(recall.n_iter.max()),
                "nearest": percent(float((nearest == np.arange(20)).mean())),
            }
        )
    return rows


def orders(arguments: Any) -> list[dict[str, Any]]:
    """The default order beside one unit at a time and all at once: exact share and time."""
    rng = np.random.default_rng(arguments.seed)
    rows = []
    for rule, load, noise in ORDERS:
        patterns = patterns_of(rng, round(load * arguments.units), arguments.units)
        cues, index = random_cues(patterns, 400, noise, rng)
        memory = AssociativeMemory(rule).fit(patterns)
        store = memory._store
        row = {"rule": rule, "load": f"{load:g}", "flips": percent(noise, 0)}
        for order in ("auto", "async", "sync"):
            recall = memory.recall(cues, order=order)  # type: ignore[arg-type]
            used = seconds(lambda m=memory, c=cues, o=order: m.recall(c, order=o), 2)
            row[order] = f"{(recall.state == patterns[index]).all(-1).mean():.3f}"
            row[f"{order}, ms"] = f"{1e3 * used / len(cues):.3f}"
            if order == "auto":
                rise = (np.diff(recall.trace, axis=0) / np.abs(recall.trace).max()).max()
                row["rise"] = f"{max(0.0, rise):.0e}"
        row["nearest"] = f"{(store.nearest(cues)[0] == index).mean():.3f}"
        rows.append(row)
    return rows


TABLES: dict[str, Callable[[Any], list[dict[str, Any]]]] = {
    "loads": loads,
    "many": many,
    "speed": speed,
    "large": large,
    "attention": attention,
    "incremental": incremental,
    "starts": starts,
    "hebb": hebb,
    "orders": orders,
}

if __name__ == "__main__":
    sys.exit(main())
