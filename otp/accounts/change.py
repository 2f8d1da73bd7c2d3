"""Change an account's address, or add one of the kind that it lacks, e-mail or phone.

That takes a code sent to the new address, then one sent to an address that the account has.

The first code proves that the person can read the new address. The second proves that the request doesn't come from a
stolen session. Then one transaction changes the account and both addresses, and ends every other session.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q
from django.db.utils import OperationalError
from django.utils import timezone

from otp import rules
from otp.delivery.channels import channel_name
from otp.dynamo.client import ConditionFailed, TransactionRefused
from otp.dynamo.operations import Check, Delete, Operation, Put, Update, from_item, get, transact
from otp.exceptions import AccountInactive, AddressTaken, CodeNotFound, OTPError, Unavailable, translate_storage_errors
from otp.models import Account, Address, Code, LogEntry, Session, Suppression, new_epoch
from otp.outcomes import Outcome
from otp.signin import attempts, log, membership, sessions
from otp.signin.callers import Caller
from otp.signin.devices import Device
from otp.signin.flows import Flow
from otp.signin.send import Sent, send_code


@dataclass(frozen=True)
class Change:
    """A requested change: a signed-in account, with its `session`, and its new canonical address."""

    account: Account
    new: str

    @property
    def flow(self) -> Flow:
        return Flow("change", self.account.pk)

    @property
    def replaced(self) -> str | None:
        """The account's address of the same kind, e-mail or phone; None if the new one is added."""
        kind = channel_name(self.new)
        return next((each for each in self.account.addresses if channel_name(each) == kind), None)

    @property
    def current(self) -> str:
        """The current address that gets the second code."""
        return self.replaced or self.account.address

    @property
    def addresses(self) -> list[str]:
        """The account's addresses after the change."""
        if self.replaced:
            return [self.new if each == self.replaced else each for each in self.account.addresses]
        return [*self.account.addresses, self.new]

    @property
    def is_done(self) -> bool:
        return self.new in self.account.addresses


def send(
    change: Change, address: str, *, caller: Caller, request_id: str | None = None, device: Device | None = None
) -> Sent:
    """Send a code to the new or the current address. Raises the same errors as `send_code`."""
    return send_code(address=address, flow=change.flow, caller=caller, request_id=request_id, device=device)


@translate_storage_errors()
def prove(change: Change, guess: str, *, caller: Caller, request_id: str | None = None) -> None:
    """Verify the code of the new address. The address counts as verified until that code would have expired.

    Raises the same errors as `verify_code`, and AddressTaken, which is only shown to somebody with a correct code.
    """
    now, guess = timezone.now(), rules.normalize_code(guess)
    request_key = change.flow.request_key(request_id, "prove", change.new, guess)
    entry = _entry(change, change.new, caller, now)
    with log.refusals(entry, caller):
        code = attempts.correct_code(change.flow, change.new, guess, request_key, entry, now)
        record = get(Address, change.new)
        if record and record.is_member:
            raise AddressTaken
        is_current = Q(send=code.send) & ~Q(status=Code.Status.REVOKED)
        try:
            Update(Code, code.pk, {"status": Code.Status.VERIFIED}, when=is_current).run()
        except ConditionFailed as refusal:
            raise CodeNotFound from refusal


@translate_storage_errors()
def can_reach_current(change: Change) -> bool:
    """Whether the current address can get a code, because it isn't suppressed."""
    return get(Suppression, change.current) is None


def has_permission(change: Change) -> bool:
    """Whether staff have allowed the change without a code at the current address."""
    until = change.account.move_until
    return until is not None and until > timezone.now()


@translate_storage_errors()
def confirm(change: Change, guess: str, *, caller: Caller, request_id: str | None = None) -> None:
    """Verify the code of the current address, and change the account.

    Raises the same errors as `verify_code`, AddressTaken, and CodeNotFound if the new address no longer counts as
    verified.
    """
    now, guess = timezone.now(), rules.normalize_code(guess)
    request_key = change.flow.request_key(request_id, "confirm", change.current, change.new, guess)
    entry = _entry(change, change.current, caller, now)
    with log.refusals(entry, caller):
        code = attempts.correct_code(change.flow, change.current, guess, request_key, entry, now)
        used = {"status": Code.Status.VERIFIED, "sid": sessions.id_of(request_key)}
        pending = Q(status=Code.Status.PENDING, send=code.send)
        try:
            _carry_out(change, entry, caller, now, authorized=Update(Code, code.pk, used, when=pending))
        except (OperationalError, Unavailable):
            attempts.give_back(code, request_key)
            raise
    _notify(change, caller)


@translate_storage_errors()
def change_by_permission(change: Change, *, caller: Caller) -> None:
    """Change the account without a code at the current address. This uses up staff's permission."""
    now = timezone.now()
    entry = _entry(change, change.current, caller, now)
    suppressed = Check(Suppression, change.current, Q(pk__isnull=False))
    with log.refusals(entry, caller):
        _carry_out(change, entry, caller, now, authorized=suppressed, allowed=Q(move_until__gt=now))


def _carry_out(
    change: Change, entry: LogEntry, caller: Caller, now: datetime, *, authorized: Operation, allowed: Q | None = None
) -> None:
    """Change everything in one transaction, if nothing changed since it was read. Of two parallel changes one fails."""
    account, epoch = change.account, new_epoch()
    as_read = Q(is_active=True, session_epoch=account.session_epoch, addresses=account.addresses)
    session = {"epoch": epoch, **({"address": change.new} if account.session.address == change.replaced else {})}
    former = (account.former | ({change.replaced} if change.replaced else set())) - {change.new}
    changes = {"addresses": change.addresses, "former": former, "session_epoch": epoch, "move_until": None}
    writes: dict[str, Operation] = {
        "account": Update(Account, account.pk, changes, when=as_read & (allowed or Q())),
        "new": membership.take_over(change.new, account.pk, epoch, now),
        "authorized": authorized,
        "proof": Delete(Code, change.flow.key(change.new), when=Q(status=Code.Status.VERIFIED, otp_expiry__gt=now)),
        "session": Update(Session, account.session.pk, session, when=Q(epoch=account.session_epoch)),
        "entry": Put(entry),
        "entry of new": Put(_entry(change, change.new, caller, now)),
    }
    if change.replaced:
        writes["replaced"] = membership.leave(change.replaced, account.pk, now)
    kept = [membership.copy_epoch(each, account.pk, epoch) for each in account.addresses if each != change.replaced]
    try:
        transact(*kept, **writes)
    except TransactionRefused as refusal:
        raise _reason(refusal) from refusal
    except OperationalError:
        if not _was_carried_out(change):
            raise


def _reason(refusal: TransactionRefused) -> OTPError:
    if "account" in refusal.failed:
        old = refusal.failed["account"]
        account = from_item(Account, old) if old else None
        return AccountInactive() if account and not account.is_active else Unavailable()
    if "new" in refusal.failed:
        return AddressTaken()
    return CodeNotFound() if {"authorized", "proof"} & refusal.failed.keys() else Unavailable()


def _was_carried_out(change: Change) -> bool:
    """Whether the transaction was written although its response was lost. The old address must get a notice then."""
    account = get(Account, change.account.pk)
    return account is not None and change.new in account.addresses


def _notify(change: Change, caller: Caller) -> None:
    """Send a notice to the replaced address, or for a phone number to the account's e-mail: an SMS would cost money."""
    candidates = [change.replaced, *change.account.addresses]
    if to := next((each for each in candidates if each and channel_name(each) == "email"), None):
        from otp.delivery import notices  # imports Django's mail classes, which verifying a code doesn't need otherwise

        with notices.errors_logged():
            notices.send(notices.address_changed(to, caller.user_agent))


def _entry(change: Change, address: str, caller: Caller, now: datetime) -> LogEntry:
    return log.entry(
        Outcome.ADDRESS_CHANGED,
        address=address,
        flow=change.flow,
        caller=caller,
        now=now,
        account=change.account.pk,
    )
