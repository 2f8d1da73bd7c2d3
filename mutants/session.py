"""A pytest session that collects once and then runs single tests, in this process or in forks of it."""

import gc
import os
import pickle
import socket
import threading
from collections.abc import Callable
from typing import Any

import pytest
from botocore.httpsession import URLLib3Session

from .targets import ROOT, TESTS, WARM_UP

OPTIONS = [
    *("-q", "-p", "no:xdist", "-p", "no:cacheprovider", "--timeout=0"),
    *("-m", "not browser and not dynamodb_local"),
]

LOG = ROOT / "build" / "mutants.log"


class Session:
    """A plugin of pytest: after the collection, `work` decides which tests run, and when."""

    def __init__(self, work: Callable[["Session"], None]) -> None:
        self.work = work
        self.items: dict[str, pytest.Item] = {}
        self.failed: dict[str, str] = {}

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        self.items = {item.nodeid: item for item in session.items}
        self.work(self)
        return True

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.failed[report.nodeid] = report.longreprtext

    def run(self, name: str) -> bool:
        """Run a test; returns whether it passed. Session fixtures are kept."""
        item = self.items[name]
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=item.session)
        return name not in self.failed


def pytest_with(work: Callable[[Session], None], *files: str) -> int:
    return pytest.main([*OPTIONS, *(files or TESTS)], plugins=[Session(work)])


def forked(work: Callable[[], Any]) -> tuple[int, Any]:
    """The exit status and the answer of a function in a process of its own; a signal's number is negative."""
    reader, writer = os.pipe()
    if not (pid := os.fork()):
        status = 1
        try:
            os.close(reader)
            answer = pickle.dumps(work())
            with os.fdopen(writer, "wb") as pipe:
                pipe.write(answer)
            status = 0
        finally:
            os._exit(status)  # skips the parent's cleanup, which must not run twice
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        answer = pipe.read()
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    return status, pickle.loads(answer) if status == 0 else None  # noqa: S301 - our own words


def be_quiet() -> None:
    """Redirect all output of this process, and of pytest in it, to a file."""
    LOG.parent.mkdir(exist_ok=True)
    file = os.open(LOG, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    for output in (1, 2):
        os.dup2(file, output)


def warm(session: Session) -> Callable[[], None]:
    """Prepare the state that every fork needs.

    Returns a function that each fork has to call first. It starts the embedded AWS, whose threads forks don't inherit.
    """
    name = next(name for name in session.items if name.endswith(f"::{WARM_UP}"))
    if not session.run(name):
        raise RuntimeError(session.failed[name])
    from otp.local import embedded

    thread = next(thread for thread in threading.enumerate() if thread.name == "embedded-aws")
    server = thread._target.__self__
    port = os.dup(server.fileno())
    server.shutdown()
    thread.join()
    for each in gc.get_objects():
        if type(each) is URLLib3Session:
            each.close()  # otherwise all forks would share its open connections
    gc.freeze()
    return lambda: embedded.start(socket.socket(fileno=port))
