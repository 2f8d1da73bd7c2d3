"""The management commands that the Lambda function may run. All others are refused."""

# Commands that an event may name, as `make manage ARGS="check --deploy"` does. `staff` can make superusers, but only
# the owner of the AWS account may invoke the function directly.
COMMANDS = ("check", "invite", "roll_up", "staff")

# Command lines that rules of EventBridge run, by the `function` of the rule in `events` of zappa_settings.json.
SCHEDULED = {"otp.stats.rollup.roll_up": "roll_up"}
