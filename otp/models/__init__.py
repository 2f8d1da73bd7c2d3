"""The models: declarations only. `signin`, `accounts`, `tokens` and `delivery` write them."""

from .codes import Address, Block, Code, Counter, Suppression
from .keys import AddressKey, first_id, is_of_request, new_id
from .log import AuditEntry, LogEntry, Stat
from .people import Account, Session, new_epoch, new_subject

__all__ = [
    "Account",
    "Address",
    "AddressKey",
    "AuditEntry",
    "Block",
    "Code",
    "Counter",
    "LogEntry",
    "Session",
    "Stat",
    "Suppression",
    "first_id",
    "is_of_request",
    "new_epoch",
    "new_id",
    "new_subject",
]
