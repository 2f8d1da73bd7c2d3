"""What is stored: declarations only. Who writes what, and when, is in `service` and `accounts`."""

from .codes import Address, Code, Counter, Suppression
from .keys import new_id
from .log import Attempt, AuditEntry, Stat
from .people import Account, RefreshFamily, new_epoch

__all__ = [
    "Account",
    "Address",
    "Attempt",
    "AuditEntry",
    "Code",
    "Counter",
    "RefreshFamily",
    "Stat",
    "Suppression",
    "new_epoch",
    "new_id",
]
