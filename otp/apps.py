from django.apps import AppConfig


class OtpConfig(AppConfig):
    name = "otp"
    verbose_name = "Sign-in by one-time code"

    def ready(self) -> None:
        """Register receivers and system checks."""
        from . import backends, checks  # noqa: F401
        from .delivery import checks as delivery_checks  # noqa: F401
        from .tokens import checks as token_checks  # noqa: F401
