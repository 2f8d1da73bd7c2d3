"""`manage.py bounce`: a bounce or a complaint for the local site."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from tests.support.api import ADDRESS, ask
from tests.support.sns import suppressed


@pytest.mark.parametrize(("options", "reason"), [({}, "bounce"), ({"complaint": True}, "complaint")])
def test_the_latest_mail_to_an_address_is_returned(options, reason):
    ask()
    call_command("bounce", ADDRESS.upper(), stdout=StringIO(), **options)
    assert suppressed() == [(ADDRESS, reason)]


def test_an_address_without_mail_has_none_to_return():
    with pytest.raises(CommandError, match="No code was sent to"):
        call_command("bounce", ADDRESS, stdout=StringIO())
