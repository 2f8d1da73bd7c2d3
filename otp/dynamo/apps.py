from django.apps import AppConfig


class DynamoConfig(AppConfig):
    name = "otp.dynamo"
    label = "dynamo"
    verbose_name = "DynamoDB"
