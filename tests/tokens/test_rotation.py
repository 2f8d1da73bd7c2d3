"""Any order of newest, previous, older and malformed refresh tokens does what a short model of the rotation says."""

from collections import Counter
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as some

from otp.models import LogEntry
from tests.support.api import refresh, signed_in
from tests.support.forgeries import MALFORMED

people = count()
# How many tokens are newer than the one that is used, and what is done to it first, mostly nothing.
AGES = some.sampled_from([0, 0, 0, 1, 1, 2, 3])
FAULTS = some.one_of(some.none(), some.none(), some.none(), some.sampled_from(list(MALFORMED)))
USES = some.lists(some.tuples(AGES, FAULTS), min_size=6, max_size=12)


@pytest.mark.slow
@given(USES)
def test_tokens_rotate_as_the_model_says(uses):
    address = f"person{next(people)}@example.com"
    issued = [signed_in(address)["refresh_token"]]
    ended = False
    for age, fault in uses:
        age = min(age, len(issued) - 1)
        token = issued[-1 - age]
        answered = refresh(MALFORMED[fault](token) if fault else token)
        if fault or ended or age > 1:
            assert answered.status_code == 401
            ended = ended or (age > 1 and not fault)
        else:
            newest = answered.json()["refresh_token"]
            assert (newest == issued[-1]) == (age == 1)
            issued += [newest] if age == 0 else []
    logged = Counter(entry.outcome for entry in LogEntry.objects.filter(address=address).order_by("-entry_id"))
    assert logged["refresh_token_reused"] == ended
