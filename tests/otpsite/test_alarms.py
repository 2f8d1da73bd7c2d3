"""The alarms of deploy/stack.py, fed with the metrics that the site writes."""

import json
from collections import Counter

import pytest

from deploy.stack import alarms
from deploy.stage import Stage
from otp import rules
from otpsite import telemetry
from tests.support.api import answer, ask, mailed_code, other_than


@pytest.fixture
def metrics(capsys):
    """A function that calls another as if Lambda had, and returns the sums of the metrics that it wrote."""

    def observe(requests):
        capsys.readouterr()
        for request in requests:
            with telemetry.observed("http", "1", "otp-prod"):
                request()
        sums = Counter()
        for line in map(json.loads, capsys.readouterr().out.splitlines()):
            sums.update({each["Name"]: line[each["Name"]] for each in line["_aws"]["CloudWatchMetrics"][0]["Metrics"]})
        return sums

    return observe


@pytest.fixture(scope="module")
def declared():
    found = alarms(Stage.load("prod"))
    return {name: each["Properties"] for name, each in found.items() if each["Type"].endswith("Alarm")}


def value(alarm, sums):
    """What CloudWatch compares with the threshold."""
    if "MetricName" in alarm:
        return sums[alarm["MetricName"]]
    *stats, last = alarm["Metrics"]
    known = {each["Id"]: sums.get(each["MetricStat"]["Metric"]["MetricName"]) for each in stats}
    functions = {
        "IF": lambda test, yes, no: yes if test else no,
        "FILL": lambda found, missing: missing if found is None else found,
    }
    return eval(last["Expression"], functions, known)


def raised(alarms, sums):
    return {name for name in ("LockOuts", "Guessing") if value(alarms[name], sums) >= alarms[name]["Threshold"]}


def test_an_alarm_of_ours_watches_only_metrics_that_are_written(declared):
    written = {name for names in telemetry.METRICS.values() for name in names} | {"Requests", "ServerErrors"}
    watched = {
        each["MetricName"]
        for alarm in declared.values()
        for each in [alarm, *(one.get("MetricStat", {}).get("Metric", {}) for one in alarm.get("Metrics", ()))]
        if each.get("Namespace") == "OTP"
    }
    assert {"WrongCodes", "SignIns", "LockOuts", "MailFailures"} <= watched <= written


def test_six_wrong_codes_are_one_lock_out(metrics):
    ask()
    sums = metrics([lambda: answer("12345x")] * (rules.MAX_ATTEMPTS + 1))
    assert (sums["WrongCodes"], sums["LockOuts"]) == (rules.MAX_ATTEMPTS, 1)


@pytest.mark.slow
def test_guesses_that_are_spread_over_many_addresses_raise_an_alarm(metrics, declared, settings, clock):
    settings.OTP_SENDS_PER_IP = 1000
    people = [f"person{number}@example.com" for number in range(50)]
    for each in people:
        ask(each)
    sums = metrics([lambda each=each: answer("12345x", each) for each in people])
    assert sums["LockOuts"] == 0
    assert raised(declared, sums) == {"Guessing"}


def test_wrong_codes_of_people_who_sign_in_raise_none(metrics, declared, clock):
    ask()
    code = mailed_code()
    sums = metrics([lambda: answer(other_than(code)), lambda: answer(code)])
    assert (sums["WrongCodes"], sums["SignIns"]) == (1, 1)
    assert raised(declared, Counter({name: 300 * number for name, number in sums.items()})) == set()
