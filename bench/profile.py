"""Where the CPU time of an attempt goes: the share of each package, counting only its own functions."""

import cProfile
import pstats
import time
from collections import Counter
from pathlib import Path
from statistics import median

from botocore import xform_name

from .aws import Stub
from .contestants import Ours
from .figures import Figure

CALLS = 300
PACKAGES = ("botocore", "django", "otp", "otpsite", "apig_wsgi")


def figures() -> list[Figure]:
    site = Ours(Stub())
    for _ in range(50):
        site.run("wrong")
    profile = cProfile.Profile()
    profile.enable()
    for _ in range(CALLS):
        site.run("wrong")
    profile.disable()
    spent: Counter[str] = Counter()
    for (file, _, _), (_, _, own, _, callers) in pstats.Stats(profile).stats.items():  # type: ignore[attr-defined]
        if file != "~":
            spent[package_of(file)] += own
            continue
        for (caller, _, _), (*_, took, _) in callers.items():  # built-in functions count as their caller's
            spent[package_of(caller)] += took
    whole = spent.total()
    note = f"of {CALLS} wrong codes under cProfile"
    return [
        requests_alone(site),
        *(
            Figure(f"computing of a wrong code: {name}", took / whole, "share", note=note)
            for name, took in spent.most_common(8)
        ),
    ]


def requests_alone(site: Ours) -> Figure:
    """The CPU of the same two DynamoDB requests made directly with boto3, as a share of the whole attempt."""
    from otp.dynamo.client import call

    site.aws.asked()
    site.run("wrong")
    asked = [(xform_name(operation), request) for operation, request in site.aws.asked()]

    def ask() -> float:
        start = time.process_time()
        for operation, request in asked:
            call(operation, **request)
        return time.process_time() - start

    share = median(median(ask() for _ in range(20)) / median(site.run("wrong") for _ in range(20)) for _ in range(20))
    return Figure("computing of a wrong code: its two requests alone", share, "share", note="20 rounds of 20, medians")


def package_of(file: str) -> str:
    parts = Path(file).parts
    found = next((name for name in PACKAGES if name in parts), None)
    return found or ("other packages" if "site-packages" in parts else "Python itself")
