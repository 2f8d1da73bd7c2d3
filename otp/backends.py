"""Django's authentication backend, and receivers by which `login()` begins a Session and `logout()` ends it.

Signing in itself is `otp.signin.verify`. Django's session, a signed cookie, contains the key of the Session.
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
        """The account of a valid session. The cookie of a session that was ended, even a copied one, is refused."""
        now = timezone.now()
        account = sessions.account_of(user_id, now)
        return account if account and sessions.use(account.session, now) else None


@receiver(user_logged_in)
@translate_storage_errors()
def name_session(request: HttpRequest, user: Any, **kwargs: Any) -> None:
    """Put the session's key into the cookie. If somebody is signed in without a code, begin a session first."""
    if not isinstance(user, Account):
        return
    session = user.session or sessions.begin(user, request.headers.get("User-Agent", ""))
    request.session[SESSION_KEY] = session.pk
    user.session = None  # the next `login()` of this account begins another one


@receiver(user_logged_out)
@translate_storage_errors()
def end_session(user: Any, **kwargs: Any) -> None:
    if isinstance(user, Account) and user.session:
        sessions.end(user.session)
