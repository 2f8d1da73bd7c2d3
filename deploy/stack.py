"""The base stack of a stage: `python -m deploy.stack STAGE` prints its CloudFormation template.

It has the function's role, the logs, the sender, the topics for alarms and for bounces, and the alarms. The tables are
created by `manage.py dynamo_sync`, the function and the gateway by Zappa.
"""

import argparse
import json
from typing import Any

from .gateway import RATE
from .policy import statements
from .stage import Stage, set_up_django

Resource = dict[str, Any]

LOG_DAYS = 30
MINUTE = 60
# Zappa gives the function's role to the gateway, which calls the function with it, and to each rule of EventBridge.
ASSUMED_BY = ("lambda.amazonaws.com", "apigateway.amazonaws.com", "events.amazonaws.com")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("stage")
    set_up_django()
    print(json.dumps(template(Stage.load(parser.parse_args().stage)), indent=2))


def template(stage: Stage) -> dict[str, Any]:
    return {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": f"What {stage.function} needs beside its tables, its function and its gateway",
        "Resources": {**role(stage), **logs(stage), **mail(stage), **alarms(stage)},
        "Outputs": outputs(),
    }


def role(stage: Stage) -> dict[str, Resource]:
    return {
        "Role": resource(
            "IAM::Role",
            RoleName=stage.settings["role_name"],
            AssumeRolePolicyDocument=assumed_by(*ASSUMED_BY),
            Policies=[{"PolicyName": "site", "PolicyDocument": policy(statements(stage))}],
        )
    }


def logs(stage: Stage) -> dict[str, Resource]:
    """The log groups of the function and the gateway, with their retention."""
    group = {"RetentionInDays": LOG_DAYS}
    gateway_role = "service-role/AmazonAPIGatewayPushToCloudWatchLogs"
    return {
        "FunctionLog": resource("Logs::LogGroup", LogGroupName=f"/aws/lambda/{stage.function}", **group),
        "AccessLog": resource("Logs::LogGroup", LogGroupName=stage.access_log, **group),
        "GatewayRole": resource(
            "IAM::Role",
            AssumeRolePolicyDocument=assumed_by("apigateway.amazonaws.com"),
            ManagedPolicyArns=[{"Fn::Sub": f"arn:${{AWS::Partition}}:iam::aws:policy/{gateway_role}"}],
        ),
        # One for the whole account and region. Without it, API Gateway writes no log.
        "GatewayAccount": resource("ApiGateway::Account", CloudWatchRoleArn=attribute("GatewayRole", "Arn"))
        | {"DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain"},
    }


def mail(stage: Stage) -> dict[str, Resource]:
    """The sender's domain, and a topic for what SES reports. Deliveries only if OTP_DELIVERY_EVENTS is 1: each is a
    request to the site.
    """
    deliveries = ["delivery"] if stage.environment.get("OTP_DELIVERY_EVENTS") == "1" else []
    publish = {
        "Effect": "Allow",
        "Principal": {"Service": "ses.amazonaws.com"},
        "Action": "sns:Publish",
        "Resource": {"Ref": "MailEvents"},
        "Condition": {"StringEquals": {"AWS:SourceAccount": {"Ref": "AWS::AccountId"}}},
    }
    return {
        "MailEvents": resource("SNS::Topic", TopicName=f"{stage.function}-mail-events", SignatureVersion="2"),
        "MailEventsPolicy": resource(
            "SNS::TopicPolicy", Topics=[{"Ref": "MailEvents"}], PolicyDocument=policy([publish])
        ),
        "MailSettings": resource(
            "SES::ConfigurationSet", Name=stage.function, ReputationOptions={"ReputationMetricsEnabled": True}
        ),
        "MailEventsDestination": resource(
            "SES::ConfigurationSetEventDestination",
            ConfigurationSetName={"Ref": "MailSettings"},
            EventDestination={
                "Name": "topic",
                "Enabled": True,
                "MatchingEventTypes": ["bounce", "complaint", "deliveryDelay", *deliveries],
                "SnsDestination": {"TopicARN": {"Ref": "MailEvents"}},
            },
        )
        | {"DependsOn": "MailEventsPolicy"},
        "Sender": resource(
            "SES::EmailIdentity",
            EmailIdentity=stage.mail_domain,
            ConfigurationSetAttributes={"ConfigurationSetName": {"Ref": "MailSettings"}},
        ),
    }


def alarms(stage: Stage) -> dict[str, Resource]:
    """The alarms, and the topic that they notify."""
    site = {"Namespace": "OTP", "Dimensions": [dimension("service", stage.function)]}
    function = {"Namespace": "AWS/Lambda", "Dimensions": [dimension("FunctionName", stage.function)]}
    gateway = {"Namespace": "AWS/ApiGateway", "Dimensions": [dimension("ApiName", stage.function)]}
    load = gateway | {"MetricName": "Count", "Period": MINUTE}
    reputation = {"Namespace": "AWS/SES", "Statistic": "Maximum", "Period": 60 * MINUTE}
    return {
        "Alarms": resource("SNS::Topic", TopicName=f"{stage.function}-alarms"),
        "MailFailures": alarm(5, "Mails could not be handed to SES", MetricName="MailFailures", **site),
        "LockOuts": alarm(20, "Codes are being guessed", MetricName="LockOuts", **site),
        "Guessing": guessing(site),
        "ServerErrors": alarm(5, "Responses of 500 and above", MetricName="ServerErrors", **site),
        "FunctionErrors": alarm(1, "The function failed, or refused an event", MetricName="Errors", **function),
        # Errors outside of the function: no permission to call it, or no response within the gateway's timeout.
        "GatewayErrors": alarm(5, "The gateway responds with 5XX", MetricName="5XXError", **gateway),
        # One client can use up the throttle; then the gateway responds to everybody with 429.
        "GatewayLoad": alarm(RATE * MINUTE * 3 // 4, "Three quarters of the gateway's throttle are used", **load),
        "Throttles": alarm(1, "Lambda throttled the function", MetricName="Throttles", **function),
        # AWS reviews an account at 5 % bounces or 0.1 % complaints, and may pause its sending.
        "BounceRate": alarm(0.03, "Mails bounce", MetricName="Reputation.BounceRate", **reputation),
        "ComplaintRate": alarm(0.0005, "People complain", MetricName="Reputation.ComplaintRate", **reputation),
    }


def guessing(site: dict[str, Any]) -> Resource:
    """An alarm on wrong codes, whatever addresses they are for. People mistype less often than they sign in."""

    def sum_of(name: str) -> dict[str, Any]:
        return {"Metric": {"MetricName": name, **site}, "Stat": "Sum", "Period": 5 * MINUTE}

    metrics = [
        {"Id": "wrong", "MetricStat": sum_of("WrongCodes"), "ReturnData": False},
        {"Id": "right", "MetricStat": sum_of("SignIns"), "ReturnData": False},
        {"Id": "guesses", "Expression": "IF(wrong > FILL(right, 0), wrong, 0)", "Label": "Wrong codes"},
    ]
    return alarm(50, "More codes are wrong than right", Metrics=metrics)


def alarm(threshold: float, description: str, **metric: Any) -> Resource:
    """An alarm on the sum of a metric in five minutes, or on an expression: the last of `Metrics`."""
    defaults = {} if "Metrics" in metric else {"Statistic": "Sum", "Period": 5 * MINUTE}
    return resource(
        "CloudWatch::Alarm",
        AlarmDescription=description,
        AlarmActions=[{"Ref": "Alarms"}],
        ComparisonOperator="GreaterThanOrEqualToThreshold",
        EvaluationPeriods=1,
        Threshold=threshold,
        TreatMissingData="notBreaching",
        **(defaults | metric),
    )


def outputs() -> dict[str, Any]:
    """The topics, and the three DNS records (DKIM) that authorize SES to send for the sender's domain."""
    records = {
        f"Record{number}": {
            "Fn::Sub": f"${{Sender.DkimDNSTokenName{number}}} CNAME ${{Sender.DkimDNSTokenValue{number}}}"
        }
        for number in (1, 2, 3)
    }
    values = {**records, "AlarmTopic": {"Ref": "Alarms"}, "MailEventsTopic": {"Ref": "MailEvents"}}
    return {name: {"Value": value} for name, value in values.items()}


def resource(kind: str, **properties: Any) -> Resource:
    return {"Type": f"AWS::{kind}", "Properties": properties}


def attribute(name: str, of: str) -> dict[str, list[str]]:
    return {"Fn::GetAtt": [name, of]}


def dimension(name: str, value: str) -> dict[str, str]:
    return {"Name": name, "Value": value}


def policy(statements: list[dict[str, Any]]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": statements}


def assumed_by(*services: str) -> dict[str, Any]:
    return policy([{"Effect": "Allow", "Principal": {"Service": [*services]}, "Action": "sts:AssumeRole"}])


if __name__ == "__main__":
    main()
