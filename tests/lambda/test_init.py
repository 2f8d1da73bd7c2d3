"""How long a cold start takes, side by side with the package that Zappa makes by default of the same environment."""

import statistics

import pytest

from .conftest import SECRETS, built
from .runtime import function, unzip
from .site import Site

RUNS = 7
MOST = 0.45  # of the naive package's start


@pytest.fixture(scope="module")
def naive(tmp_path_factory):
    return unzip(built("lambda-naive.zip"), tmp_path_factory.mktemp("naive") / "task")


def test_it_starts_in_less_than_half_the_time_of_the_naive_package(code, naive, client_folder, stage, tmp_path, capsys):
    """Turn by turn, so that what else the machine does falls on both. The secrets come from the environment."""
    environment = {**stage.environment, **SECRETS}
    del environment["OTP_SECRETS_PARAMETER"]
    seconds = {code: [], naive: []}
    for run in range(RUNS):
        for folder, taken in seconds.items():
            with function(folder, client_folder, environment, tmp_path / f"{run}.log") as running:
                taken.append(running.init)
                assert Site(running).get("/healthz").status == 200
    ours, theirs = (statistics.median(taken) for taken in seconds.values())
    with capsys.disabled():
        print(f"\nfrom start to ready: {ours:.2f} s, naive {theirs:.2f} s: {ours / theirs:.2f} of it")
    assert ours / theirs < MOST
