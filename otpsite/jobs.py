"""What the function runs beside answering requests: named here, or refused."""

# Management commands that an event may name, as `zappa manage prod "check --deploy"` does.
COMMANDS = ("check", "staff")

# Command lines that a rule of EventBridge runs, by the `function` that zappa_settings.json gives the rule in `events`.
SCHEDULED: dict[str, str] = {}
