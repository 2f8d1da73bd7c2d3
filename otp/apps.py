from django.apps import AppConfig


class OtpConfig(AppConfig):
    name = "otp"
    verbose_name = "Sign-in by one-time code"

    def ready(self) -> None:
        from . import checks  # noqa: F401  (registers them)
