"""Invitations: an address may sign up for some days although sign-up is closed to it."""

from datetime import datetime

from django.db.models import Q
from django.utils import timezone

from otp.clock import DAY, seconds
from otp.dynamo.expressions import IfMissing
from otp.dynamo.operations import Update, get
from otp.exceptions import DeliveryFailed, translate_storage_errors
from otp.models import Address, Suppression, new_id
from otp.signin import membership

from .acting import Refused, act

MEMBER = "It has an account."


@translate_storage_errors()
def invite(address: str, *, by: str, site: str, days: int) -> datetime:
    """Let a canonical address sign up within these days, and send it a mail. Returns when the invitation lapses.

    `by`: the address of the member who invites. `site`: where to sign in. Inviting again renews it.
    Raises Refused if the address can't be invited, or if the mail couldn't be sent.
    """
    now = timezone.now()
    inviter = membership.account_at(by)
    if not (inviter and inviter.is_active):
        raise Refused(f"{by} has no active account.")
    if get(Suppression, address):
        raise Refused("Mail to it came back.")
    until = now + seconds(days * DAY)
    act("invite", _write(address, until, now), None, otherwise=MEMBER)
    _send_mail(address, by, site, until)
    return until


@translate_storage_errors()
def withdraw(address: str) -> None:
    """End an invitation. Raises Refused if there is none, or if somebody has signed up with it."""
    change = Update(
        Address, address, {"invited_until": None}, when=Q(invited_until__isnull=False, joined_at__isnull=True)
    )
    act("withdraw", change, None, otherwise="It isn't invited, or it has an account.")


def _write(address: str, until: datetime, now: datetime) -> Update:
    changes = {
        "invited_until": until,
        "sends": IfMissing([]),
        "expires_at": membership.lapses_at(None, until),
        "last_write": new_id(now),  # a send that read the address before is decided again
    }
    return Update(Address, address, changes, when=Q(joined_at__isnull=True))


def _send_mail(address: str, by: str, site: str, until: datetime) -> None:
    from otp.delivery import email, notices  # imports Django's mail classes

    try:
        email.deliver(notices.invitation(address, by=by, site=site, until=until))
    except DeliveryFailed as failure:
        raise Refused("It is invited, but the mail could not be sent. See the log, and invite it again") from failure
