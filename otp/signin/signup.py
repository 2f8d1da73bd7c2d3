"""Who may get a code: whoever has an account, is invited, or may sign up, unless mail to the address came back."""

from datetime import datetime

from django.utils.module_loading import import_string

from otp.conf import conf
from otp.models import Address, Suppression
from otp.outcomes import Outcome

CLOSED = ["closed"]


def outcome_of_send(
    address: str,
    record: Address | None,
    suppression: Suppression | None,
    now: datetime,
    subject: str | None = None,
) -> Outcome:
    """SENT if a canonical address may be sent a code, otherwise the reason why not, one of WITHHELD.

    The hook is also called for members, so that its duration doesn't reveal who has an account.
    `subject` is that of the account that wants the address, if the code is for a change and not for a sign-in.
    """
    is_allowed = _may_move_to(address) if subject else _may_sign_up(address)
    is_member = record is not None and record.is_member and subject in (None, record.account)
    is_invited = record is not None and record.is_invited(now) and not subject
    if not (is_member or is_invited or is_allowed):
        return Outcome.SIGNUP_REFUSED
    return Outcome.SUPPRESSED if suppression else Outcome.SENT


def _may_move_to(address: str) -> bool:
    """With closed sign-up, members may still change their address; with listed domains, only within these."""
    is_listed = "@" not in address or conf.signup == CLOSED or _is_listed(address)
    return _is_acceptable(address) and is_listed


def _may_sign_up(address: str) -> bool:
    return _is_acceptable(address) and _is_listed(address)


def _is_acceptable(address: str) -> bool:
    """Whether neither the hook nor OTP_REFUSE_DISPOSABLE refuses the address."""
    by_hook = import_string(conf.signup_hook)(address) if conf.signup_hook else True
    return bool(by_hook) and not (conf.refuse_disposable and _is_disposable(address.partition("@")[2]))


def _is_listed(address: str) -> bool:
    return conf.signup == ["open"] or address.partition("@")[2] in conf.signup


def _is_disposable(domain: str) -> bool:
    """Whether a domain, or one above it, belongs to a throwaway mail service."""
    from disposable_email_domains import blocklist  # thousands of names, so imported only if the setting asks for it

    labels = domain.split(".")
    return any(".".join(labels[start:]) in blocklist for start in range(len(labels) - 1))
