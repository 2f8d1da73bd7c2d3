from django.apps import AppConfig
from django.core import checks


class DynamoConfig(AppConfig):
    name = "otp.dynamo"
    label = "dynamo"
    verbose_name = "DynamoDB"

    def ready(self) -> None:
        from .checks import check_models

        checks.register(check_models, checks.Tags.models)
