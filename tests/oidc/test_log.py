"""What the logs say about sign-ins to applications, and what they don't."""

from django.test import Client

from otp.models import LogEntry
from tests.support.accounts import account_at
from tests.support.api import ADDRESS
from tests.support.provider import authorize


def test_a_sign_in_to_an_application_is_in_the_log(here):
    authorize(here)
    authorize(Client())
    (entry,) = [each for each in LogEntry.objects.filter(address=ADDRESS) if each.outcome == "client_signed_in"]
    assert (entry.client, entry.account, entry.flow) == ("bakery", account_at(ADDRESS).pk, "page")
