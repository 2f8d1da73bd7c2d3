"""Events other than HTTP that the packaged function handles. It runs no code that an event names."""

import pytest

from .events import scheduled

FORBIDDEN = {
    "a function": {"command": "otp.rules.new_seed"},
    "code": {"raw_command": "print('ran')"},
    "a management command that isn't listed": {"manage": "dynamo_sync"},
    "a shell": {"manage": "shell -c print('ran')"},
    "a listed command as a part of another": {"manage": "checkout"},
    "an empty command": {"manage": ""},
    "no text": {"manage": ["check"]},
    "a rule that names a function": scheduled("otp-prod-job-otp.rules.new_seed"),
    "a rule that names nothing": scheduled("recertify"),
    "a rule without a name": {"detail-type": "Scheduled Event", "resources": []},
    "a message that names a function": {"Records": [{"Sns": {"Message": '{"command": "otp.rules.new_seed"}'}}]},
    "an item of S3": {"Records": [{"s3": {"configurationId": "x:otp.rules.new_seed"}}]},
    "a stream of logs": {"awslogs": {"data": ""}},
    "an authorizer's request": {"type": "TOKEN", "authorizationToken": "x"},
    "a trigger of Cognito": {"triggerSource": "PreSignUp_SignUp"},
    "an intent of Lex": {"bot": {"name": "x"}, "currentIntent": {"name": "x"}},
    "a web socket": {"requestContext": {"eventType": "CONNECT", "connectionId": "x"}},
    "a load balancer's request": {"httpMethod": "GET", "path": "/", "headers": {}, "requestContext": {"elb": {}}},
    "half an HTTP event": {"version": "2.0"},
    "nothing": {},
}


@pytest.mark.parametrize("event", FORBIDDEN.values(), ids=FORBIDDEN)
def test_the_function_refuses(running, event):
    with pytest.raises(RuntimeError, match="EventRefused: This function doesn't handle such events"):
        running.invoke(event)
    assert running.lines[-1]["kind"] == "refused"
    assert "ran" not in running.log.read_text().split()


def test_keep_warm_returns_nothing(running):
    assert running.invoke(scheduled("otp-prod-zappa-keep-warm-handler.keep_warm_callback")) is None
    assert running.lines[-1]["kind"] == "keep_warm"


def test_the_rule_of_each_minute_counts_the_log(running):
    assert "Counted until " in running.invoke(scheduled("otp-prod-otp.stats.rollup.roll_up"))["output"]


def test_a_listed_command_runs_and_returns_its_output(running):
    answer = running.invoke({"manage": "check --deploy --fail-level WARNING"})
    assert "System check identified" in answer["output"]


def test_a_command_that_fails_says_so_and_leaves_the_function_working(running):
    with pytest.raises(RuntimeError):
        running.invoke({"manage": "check nothing-like-it"})
    assert running.invoke({"manage": "check"})["output"]


def test_other_keys_of_an_http_event_are_neither_run_nor_put_into_the_environment(site):
    """Zappa would write stage variables into the environment, and fail on this one."""

    def and_more(request, **options):
        return make_event(request, **options) | {"command": "otp.rules.new_seed", "stageVariables": {"NAME": 1}}

    make_event, site.make_event = site.make_event, and_more
    assert site.get("/healthz").text == "ok\n"
