"""django-ses's mail backend, with the session that all clients of AWS share."""

import sys
from typing import Any

from django_ses import SESBackend

from otp.dynamo.session import aws_session

# SES signs with DKIM. django-ses would look for this package at each mail, in all folders of Python's path.
sys.modules.setdefault("dkim", None)  # type: ignore[arg-type]


class Backend(SESBackend):
    """django-ses, except that `AWS_SES_ACCESS_KEY_ID` and the like have no effect: credentials are the session's."""

    def create_session(self) -> Any:
        return aws_session()
