"""django-ses's mail backend, with the session that all clients of AWS share."""

from typing import Any

from django_ses import SESBackend

from otp.dynamo.session import MAKING, aws_session


class Backend(SESBackend):
    """django-ses's backend. `AWS_SES_ACCESS_KEY_ID`, `AWS_SESSION_PROFILE` and the like have no effect."""

    def create_session(self) -> Any:
        return aws_session()

    def open(self) -> Any:
        with MAKING:
            return super().open()
