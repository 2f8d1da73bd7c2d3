"""The write units of a sign-in, counted by AWS's rules from the items before and after each request."""

import pytest

from bench import bill, signins, units
from otp.dynamo.operations import Put, Update, transact
from otp.models import Address, Counter
from tests.support.policy import serving

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("clock")]


@pytest.fixture(autouse=True)
def the_meter_is_not_the_site(monkeypatch):
    """Don't record the meter's own reads for the comparison with the role's policy."""
    read = units.Meter._item

    def unseen(*arguments):
        with serving(False):
            return read(*arguments)

    monkeypatch.setattr(units.Meter, "_item", unseen)


@pytest.mark.parametrize("sign_in", [signins.by_api, signins.by_page])
def test_a_sign_in_costs_at_most_22_write_units(sign_in, clock):
    """An hour after an earlier one, so that its code replaces an older one, also in the indexes."""
    meter = signins.units_of(lambda: (clock.shift(3600), sign_in()))
    assert 15 <= meter.total <= bill.MOST_WRITES == 22, meter.writes


def test_in_a_transaction_a_table_counts_twice_an_index_once_and_an_unchanged_projection_nothing(clock):
    from datetime import UTC, datetime

    from otp.dynamo.client import client

    now = datetime(2033, 5, 18, tzinfo=UTC)
    waiting = Address(address="a@b.example", free_at=now, expires_at=now)
    with units.Meter(client()) as meter:
        transact(Put(waiting))
        assert meter.writes == {"otp_addresses": 2, "by_wait": 1}
        Update(Address, "a@b.example", {"sends": [1]}).run()
        assert meter.writes == {"otp_addresses": 3, "by_wait": 1}
        Update(Address, "a@b.example", {"free_at": datetime(2033, 5, 19, tzinfo=UTC)}).run()
        assert meter.writes == {"otp_addresses": 4, "by_wait": 3}
        Update(Address, "a@b.example", {"free_at": None}).run()
        assert meter.writes == {"otp_addresses": 5, "by_wait": 4}
        Put(Counter(key="k" * 1024, expires_at=now)).run()
        assert meter.writes["otp_counters"] == 2
