"""django-ses's mail backend, with the session that all clients of AWS share."""

import sys
from importlib.util import find_spec
from typing import Any

from django_ses import SESBackend

from otp.dynamo.session import MAKING, aws_session

# django-ses tries to import dkim for each mail. If it isn't installed, Python would look into all folders each time.
if not find_spec("dkim"):
    sys.modules["dkim"] = None  # type: ignore[assignment]


class Backend(SESBackend):
    """django-ses's backend. `AWS_SES_ACCESS_KEY_ID`, `AWS_SESSION_PROFILE` and the like have no effect."""

    def create_session(self) -> Any:
        return aws_session()

    def open(self) -> Any:
        with MAKING:
            return super().open()
