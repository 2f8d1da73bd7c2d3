"""The boto3 session of all AWS clients. Each session would read botocore's data anew, which is slow."""

import functools
from threading import RLock
from typing import Any

# Hold it while a client is made from the session, because boto3's sessions aren't thread-safe.
MAKING = RLock()


@functools.cache
def aws_session() -> Any:
    """Region, endpoints and credentials come from where all AWS tools take them."""
    import boto3.session  # slow, so it waits for the first request

    return boto3.session.Session()


def aws_client(service: str, config: Any) -> Any:
    """A new boto3 client, made with `config` of botocore."""
    with MAKING:
        return aws_session().client(service, config=config)
