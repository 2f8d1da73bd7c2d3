"""Creates accounts directly, as a sign-in or staff would leave them."""

from typing import Any

from django.utils import timezone

from otp.dynamo.operations import Put, Update, get, transact
from otp.models import Account, Address
from otp.signin import membership
from otp.signin.membership import account_at

__all__ = ["account_at", "add_address", "change_account", "member"]


def member(address: str, **fields: Any) -> Account:
    """Create the account of an address that has signed up. Codes sent before will sign in to it."""
    now, record = timezone.now(), get(Address, address)
    known = {"subject": record.account, "session_epoch": record.epoch} if record and record.account else {}
    account = Account(addresses=[address], created_at=now, **{"signed_in_at": now, **known, **fields})
    transact(Put(account), membership.assign(record, address, account.pk, account.session_epoch, now))
    return account


def change_account(address: str, **fields: Any) -> None:
    """Change the account of an address directly in the storage."""
    Update(Account, account_at(address).pk, fields).run()


def add_address(account: Account, address: str) -> None:
    """Give an account a second address directly in the storage, with a record like that of its first."""
    first = get(Address, account.address)
    change_account(account.address, addresses=[*account.addresses, address])
    Address.objects.create(
        address=address,
        account=account.pk,
        epoch=account.session_epoch,
        joined_at=first.joined_at,
        expires_at=first.expires_at,
    )
