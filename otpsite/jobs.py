"""What the function runs beside answering requests: named here, or refused."""

# Management commands that an event may name, as `make manage ARGS="check --deploy"` does. `staff` makes the first
# superuser: whoever may invoke the function directly owns it anyway.
COMMANDS = ("check", "roll_up", "staff")

# Command lines that a rule of EventBridge runs, by the `function` that zappa_settings.json gives the rule in `events`.
SCHEDULED = {"otp.stats.rollup.roll_up": "roll_up"}
