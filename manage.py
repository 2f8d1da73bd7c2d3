#!/usr/bin/env python
"""Django's command line. Beside `make run` it speaks to the same embedded AWS."""

import os
import sys

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "otpsite.settings")
    # A checkout is for trying out: only OTP_LOCAL=0 makes this command line reach a real AWS account.
    os.environ.setdefault("OTP_LOCAL", "1")
    from django.core.management import execute_from_command_line
    from django.db.utils import OperationalError

    try:
        execute_from_command_line(sys.argv)
    except OperationalError as error:
        if "--traceback" in sys.argv:
            raise
        beside = " Is `make run` running, with the same AWS_PORT?" if os.environ["OTP_LOCAL"] == "1" else ""
        sys.exit(f"{error}.{beside}")
