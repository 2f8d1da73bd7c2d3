"""Who may get a code: whoever has an account, or may sign up."""

from django.utils.module_loading import import_string

from otp.conf import conf
from otp.models import Address, Suppression


def welcome(address: str, record: Address | None, suppression: Suppression | None) -> bool:
    """Whether a canonical address may be sent a code.

    The hook is asked about members too, so that its duration doesn't reveal who has an account.
    """
    may_sign_up = _may_sign_up(address)
    return not suppression and ((record is not None and record.is_member) or may_sign_up)


def _may_sign_up(address: str) -> bool:
    by_hook = import_string(conf.signup_hook)(address) if conf.signup_hook else True
    domain = address.partition("@")[2]
    return bool(by_hook) and _listed(domain) and not (conf.refuse_disposable and _disposable(domain))


def _listed(domain: str) -> bool:
    return conf.signup == ["open"] or domain in conf.signup


def _disposable(domain: str) -> bool:
    """Whether a domain, or one above it, belongs to a throwaway mail service."""
    from disposable_email_domains import blocklist  # thousands of names, so imported only if the setting asks for it

    labels = domain.split(".")
    return any(".".join(labels[start:]) in blocklist for start in range(len(labels) - 1))
