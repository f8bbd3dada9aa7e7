"""A sweep on Ray gives the bytes that it gives in one process, also when a node is killed in the middle.

Needs the program `quorate` (QUORATE names it, else the PATH) and Ray; skips plainly without either.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
from pathlib import Path

import pytest

from quorate_ray.submit import Sweep, SweepFailed, plan, submit

QUORATE = os.environ.get("QUORATE") or shutil.which("quorate")
SWEEP = """
sweep_version = 1
name = "ray"
run = "world/run.toml"
method = "halton"
variants = 8
[[axis]]
key = "sizing.risk_aversion"
low = 2
high = 8
[walk_forward]
folds = 2
[units]
variants_max = 1
"""

needs_quorate = pytest.mark.skipif(QUORATE is None, reason="skipped: there is no program `quorate`")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sample world and a sweep over it."""
    folder = tmp_path_factory.mktemp("sweep")
    subprocess.run([QUORATE, "sample", str(folder / "world")], check=True, capture_output=True)
    run = folder / "world" / "run.toml"
    run.write_text(run.read_text().replace('baselines = "all"', 'baselines = "shared"'))
    (folder / "sweep.toml").write_text(SWEEP)
    return folder


def sweep(folder: Path, out: str) -> Sweep:
    return Sweep(str(QUORATE), str(folder / "sweep.toml"), str(folder / out))


def merged_alone(folder: Path) -> bytes:
    """The merged bytes of one process."""
    alone = sweep(folder, "alone")
    subprocess.run(alone.command("run"), check=True, capture_output=True)
    subprocess.run(alone.command("merge"), check=True, capture_output=True)
    return (folder / "alone" / "results.parquet").read_bytes()


@needs_quorate
def test_a_plan_has_every_variant_once(folder: Path) -> None:
    units = plan(sweep(folder, "planned"))
    assert len(units) == 8
    assert sum(unit.variants for unit in units) == 8


@needs_quorate
def test_an_error_is_what_the_program_said(folder: Path) -> None:
    with pytest.raises(SweepFailed, match="absent.toml"):
        plan(Sweep(str(QUORATE), str(folder / "absent.toml"), str(folder / "nowhere")))


@needs_quorate
def test_a_killed_node_changes_no_byte(folder: Path) -> None:
    ray = pytest.importorskip("ray", reason="skipped: ray is not installed")
    from ray.cluster_utils import Cluster

    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 1})
    doomed = cluster.add_node(num_cpus=1)
    cluster.wait_for_nodes()
    ray.init(address=cluster.address, log_to_driver=False)
    out = folder / "ray" / "units"
    enough = threading.Event()

    def kill_when_started() -> None:
        # The node goes once the first unit is done and others are on their way.
        while not enough.wait(0.05):
            if out.is_dir() and any(out.glob("*.parquet")):
                cluster.remove_node(doomed, allow_graceful=False)
                return

    killer = threading.Thread(target=kill_when_started)
    killer.start()
    try:
        report = submit(sweep(folder, "ray"))
    finally:
        enough.set()
        killer.join()
        ray.shutdown()
        cluster.shutdown()
    assert '"trials": 8' in report
    assert (folder / "ray" / "results.parquet").read_bytes() == merged_alone(folder)
