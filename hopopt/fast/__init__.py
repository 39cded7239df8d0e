"""Motions that equal a core motion by law, and move many replicas at once."""

from __future__ import annotations

from hopopt.fast.jit import announce, cached, installed, require

__all__ = [
    "announce",
    "cached",
    "installed",
    "require",
]
