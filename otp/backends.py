"""Django's authentication backend, and what makes `login()` begin a session of ours and `logout()` end it.

Signing in itself is `otp.signin.verify`. In Django's own session, a signed cookie, stands which session of ours it is.
"""

from typing import Any

from django.contrib.auth import SESSION_KEY
from django.contrib.auth.backends import BaseBackend
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils import timezone

from otp.exceptions import translate_storage_errors

from .models import Account
from .signin import sessions


class AccountBackend(BaseBackend):
    @translate_storage_errors()
    def get_user(self, user_id: str) -> Account | None:
        """The account of a session that still holds: a copied cookie of one that was ended opens nothing."""
        now = timezone.now()
        account = sessions.holder(user_id, now)
        return account if account and sessions.use(account.session, now) else None


@receiver(user_logged_in)
@translate_storage_errors()
def name_session(request: HttpRequest, user: Any, **kwargs: Any) -> None:
    """Name the session in the cookie. Whoever signs somebody in without a code gets one made here."""
    if not isinstance(user, Account):
        return
    session = user.session or sessions.begin(user, request.headers.get("User-Agent", ""))
    request.session[SESSION_KEY] = session.pk
    user.session = None  # named: the next `login()` of this account begins another


@receiver(user_logged_out)
@translate_storage_errors()
def end_session(user: Any, **kwargs: Any) -> None:
    if isinstance(user, Account) and user.session:
        sessions.end(user.session)
