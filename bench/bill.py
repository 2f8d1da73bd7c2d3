"""What the site costs: requests, units and logged bytes of a sign-in, counted on this machine, at AWS's list prices.

`python -m bench.bill` prints the tables of docs/deploy.md, from which every document takes its figures.
"""

import functools
import io
import json
import re
from collections.abc import Callable, Iterator
from contextlib import redirect_stdout
from dataclasses import dataclass
from itertools import chain

from deploy import gateway
from deploy.stack import template
from deploy.stage import Stage

from . import servers
from .figures import Figure
from .prices import A_MONTH, DATE, PRICES, REGION
from .signins import by_api, by_page, units_of
from .units import Meter

MOST_WRITES = 22  # units of a sign-in
# What only AWS can show, and is assumed.
SECONDS, JOB_SECONDS, WARM_SECONDS = 0.05, 0.1, 0.002  # of a request, of the scheduled job, of a keep-warm event
LAMBDA_LINES = 350  # bytes of Lambda's own START, END and REPORT
PER_LINE = 26  # bytes that CloudWatch counts for each line beside its text
READS_OF_JOB = 2  # units: the mark, and a query of the log that finds nothing
MONTH = 30 * 24 * 60  # minutes


@dataclass(frozen=True)
class Counted:
    """What one sign-in takes of AWS."""

    meter: Meter
    requests: int
    logged: int  # bytes

    @property
    def parts(self) -> dict[str, float]:
        """As PRICES names them."""
        return {
            "DynamoDB write units": self.meter.total,
            "DynamoDB read units": self.meter.reads,
            "SES mails": 1,
            "API Gateway requests": self.requests,
            "Lambda requests": self.requests,
            "Lambda GB-seconds": self.requests * SECONDS * memory(),
            "CloudWatch bytes logged": self.logged,
        }


def cost(parts: dict[str, float]) -> float:
    """US dollars."""
    return sum(count * PRICES[name] for name, count in parts.items())


@functools.cache
def counted() -> dict[str, Counted]:
    """A sign-in on the pages in a browser that was never here, and one by the API. This process becomes the site."""
    with servers.dynamodb() as url:
        servers.be_the_site(url)
        return {way: count(act) for way, act in (("on a page", by_page), ("by the API", by_api))}


def count(act: Callable[[], int]) -> Counted:
    requests = []
    meter = units_of(lambda: requests.append(act()))
    each = log_line() + access_line() + LAMBDA_LINES + 4 * PER_LINE
    return Counted(meter, requests[-1], requests[-1] * each)


def figures() -> list[Figure]:
    page, api = (counted()[way] for way in ("on a page", "by the API"))
    dollars = ", ".join(f"{name} {1e6 * number * PRICES[name]:.2f}" for name, number in api.parts.items())
    return [
        *(
            Figure(f"write units of a sign-in {way}", each.meter.total, "units", MOST_WRITES, note=shares(each.meter))
            for way, each in (("by the API", api), ("on a page", page))
        ),
        Figure("read units of a sign-in by the API", api.meter.reads, "units"),
        Figure("gateway requests of a sign-in on a page, the first visit", page.requests, "requests"),
        Figure("bill for a million sign-ins by the API", 1e6 * cost(api.parts), "US dollars", note=dollars),
        Figure("bill for a month without sign-ins", sum(fixed().values()), "US dollars"),
    ]


# -- the tables of docs/deploy.md ------------------------------------------------------------------


def table() -> str:
    """What docs/deploy.md holds between its marks."""
    return "\n".join([*of_sign_ins(), "", *of_a_month()])


def of_sign_ins() -> Iterator[str]:
    ways = counted()
    yield f"| per 1,000 sign-ins: number and US dollars, {REGION}, {DATE} | {' | '.join(ways)} |"
    yield "|---|---|---|"
    for name, price in PRICES.items():
        cells = (f"{1000 * each.parts[name]:,.0f}: {1000 * each.parts[name] * price:.4f}" for each in ways.values())
        yield f"| {name} | {' | '.join(cells)} |"
    yield f"| in total | {' | '.join(f'{1000 * cost(each.parts):.2f}' for each in ways.values())} |"


def of_a_month() -> Iterator[str]:
    yield f"| US dollars a month, {REGION}, {DATE} | |"
    yield "|---|---|"
    yield from (f"| {name} | {dollars:.2f} |" for name, dollars in fixed().items())
    yield f"| in total | {sum(fixed().values()):.2f} |"
    yield f"| for each GB of items, with its backup | {storage():.2f} |"


def fixed() -> dict[str, float]:
    """What a month costs without a single sign-in."""
    from otpsite import telemetry

    stage = Stage.load("prod")
    metrics = {*chain.from_iterable(telemetry.METRICS.values()), "Requests", "ServerErrors"}
    alarms = [each for each in template(stage)["Resources"].values() if each["Type"] == "AWS::CloudWatch::Alarm"]
    watched = sum(max(str(each).count("'MetricStat'"), 1) for each in alarms)  # AWS bills an alarm by its metrics
    warm, job = (MONTH / every(rule) for rule in (stage.settings["keep_warm_expression"], rate_of_job(stage)))
    assert not stage.settings["cloudwatch_metrics_enabled"]  # those of each gateway method would cost as much as ours
    return {
        f"{len(metrics)} metrics": len(metrics) * A_MONTH["metrics"],
        f"{len(alarms)} alarms on {watched} metrics": watched * A_MONTH["alarms"],
        f"keep-warm, {warm:,.0f} events": cost(events(warm, WARM_SECONDS, 0)),
        f"counting the log, {job:,.0f} events": cost(events(job, JOB_SECONDS, READS_OF_JOB)),
        "metrics of each method of the gateway, which are off": 0,
    }


def events(number: float, seconds: float, reads: int) -> dict[str, float]:
    return {
        "Lambda requests": number,
        "Lambda GB-seconds": number * seconds * memory(),
        "DynamoDB read units": number * reads,
        "CloudWatch bytes logged": number * (log_line() + LAMBDA_LINES + 4 * PER_LINE),
    }


def storage() -> float:
    return A_MONTH["GB in tables"] + A_MONTH["GB in point-in-time recovery"]


def every(expression: str) -> int:
    """Minutes between two events of a rule of EventBridge."""
    found = re.fullmatch(r"rate\((\d+) minutes?\)", expression)
    assert found, expression
    return int(found[1])


def rate_of_job(stage: Stage) -> str:
    (job,) = stage.settings["events"]
    return job["expression"]


def memory() -> float:
    """GB."""
    return Stage.load("prod").settings["memory_size"] / 1024


def log_line() -> int:
    """The bytes of the line that the function logs for an event."""
    from otpsite import telemetry

    with redirect_stdout(io.StringIO()) as printed, telemetry.observed("http", "0" * 36, "otp-prod") as line:
        line |= {"outcome": ["otp_sent"], "route": "sign-in", "method": "POST", "status": 200}
    return len(printed.getvalue().encode())


def access_line() -> int:
    """The bytes of a line of the gateway's access log, with values as long as they are usual."""
    values = json.loads(gateway.ACCESS_LOG) | {"request_id": "0" * 36, "time": "1" * 13}
    return len(json.dumps({name: "1234" if value.startswith("$") else value for name, value in values.items()}))


def shares(meter: Meter) -> str:
    return ", ".join(f"{name} {units}" for name, units in sorted(meter.writes.items()))


if __name__ == "__main__":
    print(table())
