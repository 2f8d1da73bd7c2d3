"""Which paths are for programs. All others are pages, which need a session, a user, CSRF tokens and messages.

Programs send no cookie and get JSON. Their views are `csrf_exempt`.
"""

import re

from django.http import HttpRequest

PROGRAMS = re.compile(r"/(otp(/(?!docs$).*)?|oauth2/(token|userinfo|revoke)|\.well-known/.*|ses/events/)", re.DOTALL)


def is_for_programs(request: HttpRequest) -> bool:
    return bool(PROGRAMS.fullmatch(request.path_info))  # without the gateway's stage
