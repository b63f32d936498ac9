"""`python -m bench [section ...]`: measure, print the table, keep it in out/table.md.

BENCH_SCALE=0.01 measures with a hundredth of the work: it proves that the benchmark runs, and
nothing else. `--profiles` writes profiles/*.txt instead.
"""

from __future__ import annotations

import importlib
import os
import sys
import time

from bench.ground import OUT, ground
from bench.table import Row, as_markdown

SECTIONS = (
    "startup",
    "intake",
    "rules",
    "cycle",
    "curve",
    "figures",
    "pages",
    "frames",
    "fanout",
    "latency",
    "firing",
    "alertmanager",
    "storm",
    "memory",
)


def main(arguments: list[str]) -> int:
    scale = float(os.environ.get("BENCH_SCALE", "1"))
    unknown = set(arguments) - {*SECTIONS, "--profiles"}
    if unknown:
        print(f"unknown: {', '.join(sorted(unknown))}; there are {', '.join(SECTIONS)}")
        return 2
    wanted = ["profiles"] if "--profiles" in arguments else arguments or list(SECTIONS)
    rows: list[Row] = []
    with ground(scale):
        import django

        django.setup()
        for section in wanted:
            began = time.monotonic()
            rows += importlib.import_module(f"bench.{section}").measure(scale)
            print(f"{section}: {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
    table = as_markdown(rows)
    (OUT / "table.md").write_text(table)
    print(table, end="")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
