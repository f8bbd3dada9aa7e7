"""quorate-ray SWEEP.toml --out DIR [--quorate PATH] [--address auto] [--retries N]"""

from __future__ import annotations

import argparse
import os
import sys

from quorate_ray.submit import Sweep, SweepFailed, submit


def main() -> int:
    """Runs a sweep on a Ray cluster and prints the report as JSON."""
    parser = argparse.ArgumentParser(prog="quorate-ray", description=main.__doc__)
    parser.add_argument("file", help="sweep file, on a file system that all nodes share")
    parser.add_argument("--out", required=True, help="folder for results, likewise")
    parser.add_argument("--quorate", default="quorate", help="the program, on every node")
    parser.add_argument("--address", help="of the cluster; without it one is started here")
    parser.add_argument("--retries", type=int, default=4, help="times a unit is run again when its node dies")
    args = parser.parse_args()
    import ray

    ray.init(address=args.address, log_to_driver=False)
    sweep = Sweep(args.quorate, os.path.abspath(args.file), os.path.abspath(args.out))
    try:
        print(submit(sweep, retries=args.retries), end="")
    except (SweepFailed, ray.exceptions.RayError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
