"""Measure, print one table, and write it to build/bench.json. `python -m bench cpu cold` measures only those."""

import argparse
import importlib

from .figures import OUTPUT, table, write

PARTS = ("cpu", "cold")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="*", default=PARTS, metavar="part", help=f"of: {', '.join(PARTS)}")
    found = []
    for part in parser.parse_args().parts:
        found += importlib.import_module(f"bench.{part}").figures()
    print(table(found))
    write(found)
    print(f"\nIn {OUTPUT.relative_to(OUTPUT.parent.parent)} as well.")


if __name__ == "__main__":
    main()
