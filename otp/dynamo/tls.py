"""Loads the CA certificates once per client instead of once per connection.

That is most of what a new connection computes, and after a pause a request needs two new ones, to DynamoDB and to SES:
AWS closes those that are idle. A Lambda function of 256 MB has a seventh of a processor for it.
"""

import functools
from typing import Any


def read_certificates_once(client: Any) -> None:
    """Patch a boto3 client. urllib3 shares one SSL context, but loads the CA file into it for each connection."""
    context = client._endpoint.http_session._manager.connection_pool_kw["ssl_context"]
    context.load_verify_locations = functools.cache(context.load_verify_locations)
