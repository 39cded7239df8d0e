"""Searches: what chooses starts and keeps the best, around networks or without any."""

from __future__ import annotations

from hopopt.search.annealer import Annealer
from hopopt.search.incumbent import Found, Incumbent, search
from hopopt.search.presolving import Presolved, presolve
from hopopt.search.reheating import ELITES, most_sweeps, reheats
from hopopt.search.resting import downhill
from hopopt.search.swinging import Swing
from hopopt.search.tabu import Moves, TabuSearch

__all__ = [
    "ELITES",
    "Annealer",
    "Found",
    "Incumbent",
    "Moves",
    "Presolved",
    "Swing",
    "TabuSearch",
    "downhill",
    "most_sweeps",
    "presolve",
    "reheats",
    "search",
]
