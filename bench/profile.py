"""What the computing of a try is made of: the share of each package, its own functions alone."""

import cProfile
import pstats
from collections import Counter
from pathlib import Path

from .contestants import Ours
from .figures import Figure

CALLS = 300
PACKAGES = ("botocore", "django", "otp", "otpsite", "zappa", "werkzeug", "aws_lambda_powertools", "email_validator")


def figures() -> list[Figure]:
    site = Ours()
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
        for (caller, _, _), (*_, took, _) in callers.items():  # what is built into Python counts as its caller's
            spent[package_of(caller)] += took
    whole = spent.total()
    note = f"of {CALLS} wrong codes under cProfile"
    return [
        Figure(f"computing of a wrong code: {name}", took / whole, "share", note=note)
        for name, took in spent.most_common(8)
    ]


def package_of(file: str) -> str:
    parts = Path(file).parts
    found = next((name for name in PACKAGES if name in parts), None)
    return found or ("other packages" if "site-packages" in parts else "Python itself")
