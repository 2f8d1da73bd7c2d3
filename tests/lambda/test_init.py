"""The duration of a cold start, compared with the package that Zappa makes of the same environment by default."""

import statistics

import pytest

from .conftest import SECRETS, built
from .runtime import function, unzip
from .site import Site

RUNS = 5
MOST = 0.45  # a share of the naive package's start


@pytest.fixture(scope="module")
def naive(tmp_path_factory):
    return unzip(built("lambda-naive.zip"), tmp_path_factory.mktemp("naive") / "task")


def test_it_starts_in_less_than_half_the_time_of_the_naive_package(code, naive, client_folder, stage, tmp_path, capsys):
    """Compares CPU time in alternating starts, so that the load of the machine doesn't matter."""
    environment = {**stage.environment, **SECRETS}
    del environment["OTP_SECRETS_PARAMETER"]  # a request to the embedded AWS would take most of the time
    starts = {code: [], naive: []}
    for run in range(RUNS):
        for folder, taken in starts.items():
            with function(folder, client_folder, environment, tmp_path / f"{run}.log") as running:
                taken.append((running.cpu, running.init))
                assert Site(running).get("/healthz").status == 200
    (ours, wait), (theirs, their_wait) = (medians(taken) for taken in starts.values())
    with capsys.disabled():
        print(f"\nstart to ready, computing: {ours:.2f} s, naive {theirs:.2f} s: {ours / theirs:.2f} of it")
        print(f"start to ready, by the clock: {wait:.2f} s, naive {their_wait:.2f} s")
    assert ours / theirs < MOST


def medians(pairs):
    return [statistics.median(each) for each in zip(*pairs, strict=True)]
