"""The tests without a mutant: which lines each test runs, and how long it takes."""

import importlib
import importlib.util
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import chain

import coverage

from .making import Mutant
from .session import Session, be_quiet, forked, pytest_with, warm
from .targets import LIBRARIES, SLOWEST


@dataclass
class Baseline:
    """CPU `seconds` by test, tests by path and line, and the libraries that were imported at the end."""

    seconds: dict[str, float] = field(default_factory=dict)
    ran: dict[tuple[str, int], list[str]] = field(default_factory=dict)
    libraries: list[str] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)

    def judges(self, mutant: Mutant) -> list[str]:
        """The tests that run a mutant's statement, the quickest first; all there are for one in no function.

        What a module says outside of functions is run when it is imported, before any test.
        """
        ran = (names for (path, line), names in self.ran.items() if path == mutant.path and line in mutant.statement)
        names = set(chain.from_iterable(ran)) if mutant.function else self.seconds
        return sorted(names, key=lambda name: (self.seconds[name], name))


def measure(modules: Iterable[str]) -> Baseline:
    """Run all tests once. Raises RuntimeError if one fails."""
    paths = [importlib.util.find_spec(module).origin for module in modules]

    def work() -> Baseline | None:
        be_quiet()
        found: list[Baseline] = []

        def in_a_fork(session: Session) -> None:
            start_aws = warm(session)
            found.append(forked(lambda: _watched(session, start_aws, paths))[1])

        pytest_with(in_a_fork)
        return found[0] if found else None

    baseline = forked(work)[1]
    if not baseline or baseline.failed:
        raise RuntimeError(f"Without any mutant: {baseline and baseline.failed}")
    return baseline


def _watched(session: Session, start_aws: Callable[[], None], paths: list[str]) -> Baseline:
    start_aws()
    found = Baseline()
    watch = coverage.Coverage(data_file=None, include=paths, config_file=False)
    watch.start()
    for name in session.items:
        watch.switch_context(name)
        start = time.process_time()
        session.run(name)
        found.seconds[name] = time.process_time() - start
    watch.stop()
    data = watch.get_data()
    for path in data.measured_files():
        for line, names in data.contexts_by_lineno(path).items():
            found.ran[path, line] = [name for name in names if found.seconds.get(name, SLOWEST) < SLOWEST]
    found.libraries = [name for name in sys.modules if name.partition(".")[0] in LIBRARIES]
    found.failed = session.failed
    return found


def import_libraries(names: Iterable[str]) -> None:
    """Import the libraries that every process needs and that need no settings."""
    for name in names:
        if not name.startswith("django.contrib"):
            importlib.import_module(name)
