"""From a sweep file to finished units: plan here, run anywhere."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass


class SweepFailed(RuntimeError):
    """`quorate` ended with an error; the message is what it said."""


@dataclass(frozen=True)
class Unit:
    """A batch of variants: what one process does."""

    id: str
    variants: int


@dataclass(frozen=True)
class Sweep:
    """Where a sweep is: all paths must mean the same on every node (a shared file system)."""

    quorate: str
    file: str
    out: str

    def command(self, part: str, *words: str) -> list[str]:
        """The command line of a part of the sweep."""
        return [self.quorate, "--quiet", "sweep", part, self.file, "--out", self.out, *words]


def call(command: Sequence[str]) -> str:
    """Runs a program and gives what it printed.

    Raises SweepFailed if it does not end well.
    """
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    if ended.returncode != 0:
        raise SweepFailed(f"{' '.join(command)}: exit {ended.returncode}\n{ended.stderr.strip()}")
    return ended.stdout


def plan(sweep: Sweep) -> list[Unit]:
    """The units of a sweep."""
    lines = call(sweep.command("plan")).splitlines()
    units = [json.loads(line) for line in lines]
    return [Unit(id=unit["unit"], variants=len(unit["variants"])) for unit in units]


def run_unit(sweep: Sweep, unit: str) -> str:
    """Runs one unit with one thread; Ray keeps the other cores busy with other units."""
    call(sweep.command("run", "--unit", unit, "--threads", "1"))
    return unit


def submit(sweep: Sweep, *, retries: int = 4) -> str:
    """Runs all units on the Ray cluster that this process is connected to, and gives the report as JSON.

    A unit is run again, on another node, when its node dies. An error of `quorate` itself is not tried again: the same
    input gives the same error.
    """
    import ray

    remote = ray.remote(num_cpus=1, max_retries=retries)(run_unit)
    waiting = [remote.remote(sweep, unit.id) for unit in plan(sweep)]
    while waiting:
        done, waiting = ray.wait(waiting, num_returns=1)
        ray.get(done)
    return call(["--json" if word == "--quiet" else word for word in sweep.command("merge")])
