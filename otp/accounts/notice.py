"""The notice of a sign-in from an unknown browser.

Only pages send it. A program has no device cookie, so it would be unknown at each of its sign-ins.
"""

from otp.conf import conf
from otp.delivery.channels import channel_name
from otp.models import Account
from otp.signin.callers import Caller
from otp.signin.devices import Device


def of_sign_in(account: Account, device: Device | None, caller: Caller) -> None:
    """Send a notice of a sign-in on a page, if its browser is unknown. `account` is what `verify_code` returned.

    It raises nothing. Nothing is read if the code was mailed. After a code by SMS, the account is read to get its
    e-mail address. If it has none, nothing is sent: another SMS would cost money each time.
    """
    wanted = conf.signin_notice and conf.device_days and account.has_returned
    if not wanted or _is_known(device, account, account.session.address):
        return
    from otp.delivery import notices  # imports Django's mail classes, which this sign-in may not have needed

    with notices.errors_logged():
        if channel_name(address := account.session.address) == "email":
            notices.send_unchecked(notices.signed_in(address, caller.user_agent))
            return
        emails = [each for each in account.addresses if channel_name(each) == "email"]
        if emails and not _is_known(device, account, *emails):
            notices.send(notices.signed_in(emails[0], caller.user_agent))


def _is_known(device: Device | None, account: Account, *addresses: str) -> bool:
    """Whether somebody has signed in to the account with one of these addresses in this browser."""
    return device is not None and any([device.belongs_to(each, account.session.epoch) for each in addresses])
