"""K-opt networks: small networks that join the chains of a cut tour, thousands in a batch."""

from __future__ import annotations

from problems.tsp.kopt.candidates import Candidates, candidates
from problems.tsp.kopt.descent import Descent
from problems.tsp.kopt.method import KOpt
from problems.tsp.kopt.tour import Tour
from problems.tsp.kopt.windows import Windows

__all__ = ["Candidates", "Descent", "KOpt", "Tour", "Windows", "candidates"]
