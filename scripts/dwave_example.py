"""A timetable as a D-Wave program writes it: a dimod model, a sampler, its best sample.

Every exam gets one slot; exams with a student in common must not meet, nor, if it can be had,
follow one another. Only the sampler's name differs between D-Wave's simulated annealing and the
Hopfield networks.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from itertools import combinations, pairwise
from typing import TYPE_CHECKING

import numpy as np
from _shared import count, parser

if TYPE_CHECKING:
    import dimod

Pairs = set[tuple[int, int]]

ONCE, CLASH, TIRING = 12.0, 6.0, 1.0


def main(argv: Sequence[str] | None = None) -> int:
    options = parser(__doc__, "dwave_example.py --sampler hopopt")
    options.add_argument("--sampler", choices=("hopopt", "dwave-sa"), default="hopopt")
    options.add_argument("--exams", type=count, default=24)
    options.add_argument("--slots", type=count, default=6)
    options.add_argument("--reads", type=count, default=10)
    options.add_argument("--seed", type=int, default=1, help="of the students and the sampler")
    arguments = options.parse_args(argv)
    exams, slots = range(arguments.exams), range(arguments.slots)
    shared = exams_of_one_student(arguments.exams, arguments.seed)

    bqm = timetable(exams, slots, shared)
    sampler = sampler_of(arguments.sampler)
    sampleset = sampler.sample(bqm, num_reads=arguments.reads, seed=arguments.seed)
    best = sampleset.first

    print(f"{arguments.sampler}: energy {best.energy:g}, {len(bqm)} variables, {len(shared)} pairs")
    for slot in slots:
        print(f"slot {slot + 1}:", *(exam + 1 for exam in exams if best.sample[exam, slot]))
    print(report(best.sample, exams, slots, shared))
    return 0


def exams_of_one_student(exams: int, seed: int) -> Pairs:
    """Return the pairs of exams that some student takes: two or three of them each."""
    rng = np.random.default_rng(seed)
    taken = (rng.choice(exams, min(exams, 2 + k % 2), replace=False) for k in range(exams))
    return {pair for chosen in taken for pair in combinations(sorted(chosen.tolist()), 2)}


def timetable(exams: range, slots: range, shared: Pairs) -> dimod.BinaryQuadraticModel:
    """Return the model: variable (exam, slot) is 1 where the exam is held in the slot."""
    import dimod

    bqm = dimod.BinaryQuadraticModel("BINARY")
    for exam in exams:
        terms = [((exam, slot), 1) for slot in slots]
        bqm.add_linear_equality_constraint(terms, ONCE, -1)
    for a, b in shared:
        for slot in slots:
            bqm.add_quadratic((a, slot), (b, slot), CLASH)
        for first, second in pairwise(slots):
            bqm.add_quadratic((a, first), (b, second), TIRING)
            bqm.add_quadratic((b, first), (a, second), TIRING)
    return bqm


def sampler_of(name: str) -> dimod.Sampler:
    if name == "dwave-sa":
        from dwave.samplers import SimulatedAnnealingSampler

        return SimulatedAnnealingSampler()
    from problems import HopfieldSampler

    return HopfieldSampler()


def report(sample: dimod.typing.SampleLike, exams: range, slots: range, shared: Pairs) -> str:
    """Say how many exams have one slot, and how many pairs meet or follow one another."""
    held = {exam: [slot for slot in slots if sample[exam, slot]] for exam in exams}
    single = sum(len(places) == 1 for places in held.values())
    apart = [abs(a - b) for i, j in shared for a in held[i] for b in held[j]]
    meet, follow = apart.count(0), apart.count(1)
    return f"{single} of {len(exams)} exams held once; {meet} pairs meet, {follow} follow"


if __name__ == "__main__":
    sys.exit(main())
