"""Problems and methods, and what runs them: one solve, a comparison, a certificate."""

from __future__ import annotations

from hopopt.solve.certificates import Encoding, certify
from hopopt.solve.comparison import compare
from hopopt.solve.discovery import split_name
from hopopt.solve.method import KINDS, Attempt, Kind, Method, construct
from hopopt.solve.minimizer import minimize
from hopopt.solve.problem import Problem, Sense, Snapshot, Violation
from hopopt.solve.result import Result, package_version
from hopopt.solve.workers import Workers, check_workers, run_safely

__all__ = [
    "KINDS",
    "Attempt",
    "Encoding",
    "Kind",
    "Method",
    "Problem",
    "Result",
    "Sense",
    "Snapshot",
    "Violation",
    "Workers",
    "certify",
    "check_workers",
    "compare",
    "construct",
    "minimize",
    "package_version",
    "run_safely",
    "split_name",
]
