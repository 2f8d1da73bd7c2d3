"""The site as a WSGI application. With unsafe settings it doesn't start, on Lambda or elsewhere."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "otpsite.settings")

application = get_wsgi_application()

from otp.checks import refuse_unsafe_settings  # noqa: E402 - needs Django's setup

refuse_unsafe_settings()
