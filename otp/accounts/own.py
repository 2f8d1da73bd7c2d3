"""What a person, or staff, does with an account once it is there."""

from typing import Any

from django.db.models import Q

from otp.dynamo.client import ConditionFailed
from otp.dynamo.operations import Delete, Update, batch_get
from otp.exceptions import translate_storage_errors
from otp.models import Account, Address, Attempt, RefreshFamily, Suppression, new_epoch


@translate_storage_errors()
def sign_out_everywhere(account: Account) -> None:
    """End every session of the account, in every browser, at once. One that is gone has none."""
    try:
        Update(Account, account.pk, {"session_epoch": new_epoch()}, when=Q(pk__isnull=False)).run()
    except ConditionFailed:
        return


@translate_storage_errors()
def delete(account: Account) -> None:
    """Forget the account; with it every session ends. The log of attempts lapses by itself (OTP_LOG_DAYS)."""
    Delete(Account, account.pk).run()


@translate_storage_errors()
def export(account: Account) -> dict[str, Any]:
    """Everything stored about a person, ready for JSON: nothing in it opens anything.

    But for the budgets of browsers of one's own: their keys are in those alone, they lapse within a day, and what they
    count is among `attempts`.
    """
    record, suppression = batch_get((Address, account.address), (Suppression, account.address))
    return {
        "account": {
            "address": account.address,
            "subject": account.subject,
            "created_at": account.created_at,
            "signed_in_at": account.signed_in_at,
            "is_active": account.is_active,
            "role": account.role,
        },
        "codes_sent_at": record.sends if record else [],
        "refresh_tokens": list(
            RefreshFamily.objects.filter(address=account.address)
            .order_by("-created_at")
            .values("created_at", "rotated_at", "expires_at")
        ),
        "mail_came_back": {"reason": suppression.reason, "at": suppression.created_at} if suppression else None,
        "attempts": list(
            Attempt.objects.filter(address=account.address)
            .order_by("-entry_id")
            .values("created_at", "outcome", "channel", "flow", "took", "ip_prefix", "user_agent")
        ),
    }
