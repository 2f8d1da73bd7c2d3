from django.apps import AppConfig


class DynamoTestsConfig(AppConfig):
    name = "tests.dynamo"
    label = "dynamo_tests"
