"""Connections to AWS: opens one early, and loads the CA certificates once per client instead of once per connection.

That is most of what a new connection computes, and after a pause a request needs two new ones, to DynamoDB and to SES:
AWS closes those that are idle. A Lambda function of 256 MB has a seventh of a processor for it.
"""

import functools
import logging
from typing import Any

from botocore.awsrequest import AWSRequest
from botocore.exceptions import BotoCoreError

logger = logging.getLogger(__name__)


def read_certificates_once(client: Any) -> None:
    """Patch a boto3 client. urllib3 shares one SSL context, but loads the CA file into it for each connection."""
    context = client._endpoint.http_session._manager.connection_pool_kw["ssl_context"]
    context.load_verify_locations = functools.cache(context.load_verify_locations)


def connect(client: Any) -> None:
    """Open a connection for a boto3 client's next request, or use the open one, lest AWS closes it as idle.

    The request needs no permission, and any response will do. A failure is logged: the next request tries again.
    """
    request = AWSRequest("GET", client.meta.endpoint_url).prepare()
    try:
        client._endpoint.http_session.send(request)
    except BotoCoreError as error:
        logger.warning("No connection to %s: %s", client.meta.service_model.service_name, type(error).__name__)
