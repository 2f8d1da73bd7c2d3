"""Django's authentication backend: loads the account of a session. Signing in is `otp.signin.verify`."""

from django.contrib.auth.backends import BaseBackend

from otp.exceptions import translate_storage_errors

from .dynamo.operations import get
from .models import Account


class AccountBackend(BaseBackend):
    @translate_storage_errors()
    def get_user(self, user_id: str) -> Account | None:
        """The session's account, or None if it was deleted or deactivated. A consistent read, so it holds at once."""
        account = get(Account, user_id)
        return account if account and account.is_active else None
