"""django-ses's mail backend, with the session that all clients of AWS share."""

from typing import Any

from django_ses import SESBackend

from otp.dynamo.session import aws_session


class Backend(SESBackend):
    """django-ses, except that `AWS_SES_ACCESS_KEY_ID` and the like have no effect: credentials are the session's."""

    def create_session(self) -> Any:
        return aws_session()
