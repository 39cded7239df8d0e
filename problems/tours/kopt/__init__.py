"""K-opt networks: small networks that join the chains of a cut tour, thousands in a batch."""

from __future__ import annotations

from problems.tours.candidates import Candidates
from problems.tours.kopt.descent import Descent
from problems.tours.kopt.method import KOpt
from problems.tours.kopt.tour import Tour
from problems.tours.kopt.windows import Windows

__all__ = ["Candidates", "Descent", "KOpt", "Tour", "Windows"]
