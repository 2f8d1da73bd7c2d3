"""Settings of API Gateway that Zappa lacks. Its `post` callback applies them after each deployment."""

import json
from typing import Any

from deploy.stage import Stage

# Requests a second for the whole stage, and its burst: enough for a hundred sign-ins a second (docs/scale.md). This
# only limits the bill, since all callers share it. To limit single clients, use a rule of AWS WAF.
RATE, BURST = 400, 800
# Without query and IP address, which may be personal data.
ACCESS_LOG = json.dumps(
    {
        "request_id": "$context.requestId",
        "time": "$context.requestTimeEpoch",
        "method": "$context.httpMethod",
        "status": "$context.status",
        "length": "$context.responseLength",
        "latency_ms": "$context.responseLatency",
        "function_ms": "$context.integrationLatency",
    }
)


def configure(cli: Any) -> None:
    """Set the stage's throttling and access log. `cli` is Zappa's command line after a deployment."""
    stage = Stage(cli.api_stage, cli.stage_config)
    api = cli.zappa.get_api_id(stage.function)
    _, partition, _, region, account, *_ = cli.lambda_arn.split(":")
    group = f"arn:{partition}:logs:{region}:{account}:log-group:{stage.access_log}"
    cli.zappa.apigateway_client.update_stage(
        restApiId=api,
        stageName=stage.name,
        patchOperations=[
            replace("/*/*/throttling/rateLimit", RATE),
            replace("/*/*/throttling/burstLimit", BURST),
            replace("/accessLogSettings/destinationArn", group),
            replace("/accessLogSettings/format", ACCESS_LOG),
        ],
    )


def replace(path: str, value: object) -> dict[str, str]:
    return {"op": "replace", "path": path, "value": str(value)}
