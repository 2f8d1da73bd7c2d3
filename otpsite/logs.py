"""What keeps paths, which may hold addresses, out of the log."""

import logging


class WithoutPaths(logging.Filter):
    """Replaces the path of a request, the last argument of Django's log lines, by the name of its page."""

    def filter(self, record: logging.LogRecord) -> bool:
        request = getattr(record, "request", None)
        if request is not None and isinstance(record.args, tuple):
            match = request.resolver_match
            record.args = (*record.args[:-1], match.view_name if match else "(no page)")
        return True
