"""Run the benchmarks, print a table and write build/bench.json. `python -m bench cpu cold` runs only those two."""

import argparse
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from .figures import OUTPUT, measured, table, write

PARTS = (
    "cpu",
    "instructions",
    "ablation",
    "profile",
    "cold",
    "flows",
    "bill",
    "scale",
    "throughput",
    "growth",
    "counting",
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="*", default=PARTS, metavar="part", help=f"one of: {', '.join(PARTS)}")
    found = []
    for part in parser.parse_args().parts:
        with ProcessPoolExecutor(1, get_context("spawn")) as process:  # parts configure Django differently
            found += process.submit(measured, part).result()
    print(table(found))
    write(found)
    print(f"\nAlso written to {OUTPUT.relative_to(OUTPUT.parent.parent)}.")


if __name__ == "__main__":
    main()
