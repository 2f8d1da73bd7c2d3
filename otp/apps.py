from django.apps import AppConfig


class OtpConfig(AppConfig):
    name = "otp"
    verbose_name = "Sign-in by one-time code"

    def ready(self) -> None:
        from . import backends, checks  # noqa: F401 - each registers what it has: receivers, checks
