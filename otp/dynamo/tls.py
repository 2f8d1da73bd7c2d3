"""Reads the certificates of authorities once a client, and not for each of its connections.

That is most of what a new connection computes, and after a pause a request needs two new ones, to DynamoDB and to SES:
AWS closes those that are idle. A Lambda function of 256 MB has a seventh of a processor for it.
"""

import functools
from typing import Any


def read_certificates_once(client: Any) -> None:
    """Change a client of boto3. urllib3 gives all its connections one context, and has it read the same file again."""
    context = client._endpoint.http_session._manager.connection_pool_kw["ssl_context"]
    context.load_verify_locations = functools.cache(context.load_verify_locations)
