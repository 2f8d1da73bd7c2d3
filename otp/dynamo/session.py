"""The boto3 session of all AWS clients. Each session reads botocore's data anew, a tenth of a cold start."""

import functools
from typing import Any


@functools.cache
def aws_session() -> Any:
    """Region, endpoints and credentials come from where all AWS tools take them."""
    import boto3.session  # slow, so it waits for the first request

    return boto3.session.Session()
