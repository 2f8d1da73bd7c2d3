"""Django's authentication backend: who a session belongs to. Signing in itself is `otp.signin.verify`."""

from django.contrib.auth.backends import BaseBackend

from otp.exceptions import translate_storage_errors

from .dynamo.operations import get
from .models import Account


class AccountBackend(BaseBackend):
    @translate_storage_errors()
    def get_user(self, user_id: str) -> Account | None:
        """The session's account, read consistently: whoever was deactivated or signed out everywhere is out now."""
        account = get(Account, user_id)
        return account if account and account.is_active else None
