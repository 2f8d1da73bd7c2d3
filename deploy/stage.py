"""The settings of one stage in zappa_settings.json, which has everything that differs between stages."""

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from otp.delivery.addresses import sender

RUNTIMES = ("python3.11", "python3.13")  # those for which the zip was built and looked at
ARCHITECTURES = ("x86_64", "arm64")

ROOT = Path(__file__).resolve().parent.parent
SETTINGS = ROOT / "zappa_settings.json"


@dataclass(frozen=True)
class Stage:
    """One stage. `settings` are Zappa's; `environment` has the function's environment variables."""

    name: str
    settings: dict[str, Any]

    @classmethod
    def load(cls, name: str, path: Path | None = None) -> "Stage":
        """The stage with that name. Raises SystemExit with the remedy if it is missing or unsafe."""
        stages = json.loads((path or SETTINGS).read_text())
        if name not in stages:
            raise SystemExit(f"zappa_settings.json has no stage {name!r}: choose one of {', '.join(stages)}.")
        stage = cls(name, stages[name])
        stage.check()
        return stage

    def check(self) -> None:
        """Raises SystemExit with the remedy for what can't be deployed as it should."""
        if self.settings.get("function_url_enabled"):
            raise SystemExit(
                f"{self.name}: take function_url_enabled out of zappa_settings.json. For a Function URL Zappa lets "
                "everybody invoke the function directly, with the events that run management commands."
            )
        for name, known in (("runtime", RUNTIMES), ("architecture", ARCHITECTURES)):
            if self.settings[name] not in known:
                raise SystemExit(f"{self.name}: {name} is {self.settings[name]!r}: choose one of {', '.join(known)}.")

    @property
    def function(self) -> str:
        """The function's name, as Zappa builds it, which its API, its stack and its role have too."""
        return f"{self.settings['project_name']}-{self.name}"

    @property
    def base_stack(self) -> str:
        """The name of the base stack, which stays if the function is removed: role, logs, sender, topics, alarms."""
        return f"{self.function}-base"

    @property
    def runtime(self) -> str:
        """As Lambda names it: `python3.11`."""
        return self.settings["runtime"]

    @property
    def python_version(self) -> str:
        return self.runtime.removeprefix("python")

    @property
    def architecture(self) -> str:
        return self.settings["architecture"]

    @property
    def region(self) -> str:
        return self.settings["aws_region"]

    @property
    def environment(self) -> dict[str, str]:
        return self.settings["aws_environment_variables"]

    @property
    def secrets_parameter(self) -> str:
        return self.environment["OTP_SECRETS_PARAMETER"]

    @property
    def table_prefix(self) -> str:
        return self.environment.get("DYNAMO_TABLE_PREFIX", "")

    @property
    def from_address(self) -> str:
        """The sender's address, without a name."""
        return sender(self.environment["OTP_FROM_EMAIL"])[1]

    @property
    def mail_domain(self) -> str:
        """The domain of the sender, which is its identity in SES."""
        return self.from_address.rpartition("@")[2]

    @property
    def brand(self) -> str:
        """The folder of the site's own templates and static files, relative to the project's root. It needn't exist."""
        return self.environment.get("OTP_BRAND", "brand")

    @property
    def access_log(self) -> str:
        """The log group of the gateway's access log."""
        return f"/aws/apigateway/{self.function}"


def set_up_django() -> None:
    """Load the models for their declarations, in local mode, which needs no secrets and makes no requests."""
    os.environ |= {"OTP_LOCAL": "1", "DJANGO_SETTINGS_MODULE": "otpsite.settings"}
    import django

    django.setup()
