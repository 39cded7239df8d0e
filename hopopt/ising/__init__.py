"""Ising energies, and the search for their lowest states: presolve, lanes, crossover, reheats.

`presolve` takes out the spins that follow from others; `lanes_of` makes many copies of the network
ready for fast sweeps, colour class by colour class; an `Annealer` cools them; `reheats` breeds,
reheats and crosses the best, by `blocks` and pieces of units that turn over as one. `oscillators`
has other machines' dynamics of the same energy, to compare with.
"""

from __future__ import annotations

from hopopt.ising.annealer import Annealer
from hopopt.ising.energy import IsingEnergy
from hopopt.ising.lanes import Lanes, lanes_of
from hopopt.ising.presolve import Presolved, presolve
from hopopt.ising.reheats import reheats

__all__ = ["Annealer", "IsingEnergy", "Lanes", "Presolved", "lanes_of", "presolve", "reheats"]
