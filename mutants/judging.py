"""Whether any test notices a mutant.

Most mutants change the body of a function. Such a one is judged in a fork of a process in which the tests are
collected and the embedded AWS has its tables: the function, wherever it was imported to, gets the mutant's code.
So is one that changes a constant: every module that has the old value under this name gets the new one.
Others, and constants whose change no test notices that way, need everything imported anew: a fork of a process that
has imported nothing but libraries.
"""

import gc
import resource
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from itertools import chain
from types import CodeType, FunctionType, ModuleType
from typing import Any

from .baseline import Baseline
from .making import Mutant
from .report import KILLED, OUT_OF_TIME, SURVIVED
from .session import Session, forked, pytest_with, warm


def judge(mutants: Sequence[Mutant], baseline: Baseline, say: Callable[[Mutant, str], None]) -> None:
    """Say each mutant with its verdict."""
    left: list[Mutant] = []

    def in_forks(session: Session) -> None:
        start_aws, functions = warm(session), _functions({mutant.path for mutant in mutants})
        for mutant in mutants:
            names = baseline.judges(mutant)

            def work(mutant: Mutant = mutant, names: list[str] = names) -> bool:
                start_aws()
                if not mutant.function:
                    return not _replace_constants(mutant) or _all_pass(session, names, baseline)
                for function in functions[mutant.path, mutant.function]:
                    function.__code__ = _code(mutant)
                return _all_pass(session, names, baseline)

            outcome = _outcome(*forked(work)) if names else SURVIVED
            if mutant.function or outcome != SURVIVED:
                say(mutant, outcome)
            else:
                left.append(mutant)

    def in_one_session() -> list[Mutant]:
        if status := pytest_with(in_forks):
            raise RuntimeError(f"pytest ended with {status}")
        return left

    status, survivors = forked(in_one_session)  # in this process nothing but libraries may be imported
    if status:
        raise RuntimeError("A session of tests has failed")
    for mutant in survivors:
        say(mutant, _outcome(*forked(lambda mutant=mutant: _imported_anew(mutant, baseline))))


def _outcome(status: int, survived: bool | None) -> str:
    if status in (-signal.SIGXCPU, -signal.SIGALRM):
        return OUT_OF_TIME
    return SURVIVED if status == 0 and survived else KILLED


def _all_pass(session: Session, names: Sequence[str], baseline: Baseline) -> bool:
    """Run tests until one fails. A test that loops or waits for ever ends this process."""
    for name in names:
        usual = baseline.seconds[name]
        resource.setrlimit(resource.RLIMIT_CPU, (int(time.process_time() + 5 + 10 * usual), resource.RLIM_INFINITY))
        signal.alarm(int(60 + 100 * usual))
        if not session.run(name):
            return False
    return True


def _functions(paths: set[str]) -> dict[tuple[str, str], list[FunctionType]]:
    """All living functions of some files, by file and qualified name."""
    found: dict[tuple[str, str], list[FunctionType]] = {}
    for each in gc.get_objects():
        if type(each) is FunctionType and each.__code__.co_filename in paths:
            found.setdefault((each.__code__.co_filename, each.__code__.co_qualname), []).append(each)
    return found


def _code(mutant: Mutant) -> CodeType:
    """The code of the function that the mutant changes."""

    def inside(code: CodeType) -> Iterator[CodeType]:
        inner = [each for each in code.co_consts if isinstance(each, CodeType)]
        return chain(inner, *map(inside, inner))

    module = compile(mutant.source, mutant.path, "exec")
    return next(code for code in inside(module) if code.co_qualname == mutant.function)


def _replace_constants(mutant: Mutant) -> bool:
    """Give every module the constants that the mutant changes. Returns whether there are any."""
    module = sys.modules[mutant.module]
    new = {"__name__": module.__name__, "__package__": module.__package__, "__file__": mutant.path}
    exec(compile(mutant.source, mutant.path, "exec"), new)  # noqa: S102 - our own source
    changed = {
        name: (old, new[name])
        for name, old in vars(module).items()
        if not name.startswith("__") and not isinstance(old, (type, FunctionType, ModuleType)) and old != new.get(name)
    }
    for each in list(sys.modules.values()):
        for name, (old, value) in changed.items():
            if vars(each).get(name) is old:
                setattr(each, name, value)
    return bool(changed)


def _imported_anew(mutant: Mutant, baseline: Baseline) -> bool:
    sys.meta_path.insert(0, Instead(mutant))
    names, passed = baseline.judges(mutant), []
    files = dict.fromkeys(name.partition("::")[0] for name in names)
    status = pytest_with(lambda session: passed.append(_all_pass(session, names, baseline)), *files)
    return passed == [True] and status == 0


class Instead(MetaPathFinder, SourceFileLoader):
    """An importer that loads the mutant in place of its module."""

    def __init__(self, mutant: Mutant) -> None:
        super().__init__(mutant.module, mutant.path)
        self.mutant = mutant

    def find_spec(self, name: str, path: Any, target: Any = None) -> ModuleSpec | None:
        if name != self.mutant.module:
            return None
        spec = PathFinder.find_spec(name, path)
        spec.loader = self
        return spec

    def get_code(self, fullname: str) -> CodeType:
        return compile(self.mutant.source, self.mutant.path, "exec")
