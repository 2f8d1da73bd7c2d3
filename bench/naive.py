"""A minimal hand-written Lambda function for sign-in by code, as a baseline for the benchmarks.

It stores codes in clear, makes one read and one write per attempt, and keeps no log.
"""

import json
import os
import random
import time
from typing import Any

import boto3

table = boto3.resource("dynamodb", region_name=os.environ["AWS_REGION"]).Table("otp_users")
ses = boto3.client("sesv2", region_name=os.environ["AWS_REGION"])


def handle(event: Any, context: Any) -> Any:
    body = json.loads(event["body"])
    action = {"send_otp": send, "verify_otp": verify}[body["action"]]
    status, message = action(body)
    return {
        "statusCode": status,
        "headers": {"Content-Type": "application/json"},
        "body": json.dumps({"message": message}),
    }


def send(body: Any) -> tuple[int, str]:
    code = str(random.randint(100_000, 999_999))  # noqa: S311 - predictable, as such functions are
    now = int(time.time())
    table.put_item(
        Item={
            "email": body["email"],
            "otp": code,
            "otp_expiry": now + 900,
            "attempts": 0,
            "status": "PENDING",
            "created_at": now,
        }
    )
    ses.send_email(
        FromEmailAddress="sign-in@otp.example",
        Destination={"ToAddresses": [body["email"]]},
        Content={
            "Simple": {
                "Subject": {"Data": "Your OTP Code"},
                "Body": {"Text": {"Data": f"Your code is {code}. It holds for 15 minutes."}},
            }
        },
    )
    return 200, "OTP sent successfully"


def verify(body: Any) -> tuple[int, str]:
    item = table.get_item(Key={"email": body["email"]}).get("Item")
    if not item:
        return 404, "OTP not found"
    if time.time() > item["otp_expiry"]:
        return 403, "OTP expired"
    if item["attempts"] >= 6:
        return 403, "OTP attempts exceeded (6)"
    right = item["otp"] == body["otp"]
    change, value = ("SET #s = :v", "VERIFIED") if right else ("SET attempts = attempts + :v", 1)
    names = {"ExpressionAttributeNames": {"#s": "status"}} if right else {}
    table.update_item(
        Key={"email": body["email"]}, UpdateExpression=change, ExpressionAttributeValues={":v": value}, **names
    )
    return (200, "OTP verified successfully") if right else (401, "Invalid OTP")
