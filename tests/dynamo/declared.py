"""Models that are declared by a single test. The fixture `forgotten` removes them afterwards."""

from collections.abc import Sequence
from typing import Any

from django.apps import apps
from django.db import models

from otp.dynamo.models import Model


def declared(
    fields: dict[str, Any], indexes: Sequence[models.Index] = (), table: str = "declared", **options: Any
) -> Any:
    """A model; its key is `key` unless a field is one."""
    meta = type(
        "Meta", (Model.Meta,), {"app_label": "declared", "db_table": table, "indexes": list(indexes), **options}
    )
    name = f"Declared{len(apps.all_models['declared'])}"
    key = {} if any(getattr(field, "primary_key", False) for field in fields.values()) else {"key": KEY()}
    return type(name, (Model,), {"__module__": __name__, "Meta": meta, **key, **fields})


def KEY() -> models.Field:  # noqa: N802
    return models.CharField(primary_key=True, max_length=20)


def text(**options: Any) -> models.Field:
    return models.CharField(max_length=20, **options)
