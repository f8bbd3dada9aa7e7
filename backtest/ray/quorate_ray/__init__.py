"""Runs the units of a Quorate sweep on a Ray cluster.

The program `quorate` does all the work: it plans, runs and merges. This package only hands unit ids to nodes and runs a
unit again when its node dies. Units write through a temporary file and a rename, so running one twice does no harm.
"""

from quorate_ray.submit import SweepFailed, Unit, plan, submit

__all__ = ["SweepFailed", "Unit", "plan", "submit"]
