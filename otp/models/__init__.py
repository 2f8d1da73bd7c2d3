"""What is stored: declarations only. Who writes what, and when, is in `signin`, `accounts`, `tokens`."""

from .codes import Address, Code, Counter, Suppression
from .keys import AddressKey, is_of_request, new_id
from .log import Attempt, AuditEntry, Stat
from .people import Account, Session, new_epoch, new_subject

__all__ = [
    "Account",
    "Address",
    "AddressKey",
    "Attempt",
    "AuditEntry",
    "Code",
    "Counter",
    "Session",
    "Stat",
    "Suppression",
    "is_of_request",
    "new_epoch",
    "new_id",
    "new_subject",
]
