"""The score of `make mutants`: which survivors lower it, and which accepted ones are stale."""

from collections import namedtuple

import pytest

from mutants.report import KILLED, OUT_OF_TIME, SURVIVED, accepted, score, scores, stale, table

Mutant = namedtuple("Mutant", "module change")
PLUS, TIMES, MINUS = (Mutant("otp.rules", ("a - b", f"a {sign} b")) for sign in "+*-")
REASONS = {("otp.rules", "a - b", "a + b"): "because"}


def test_a_survivor_lowers_the_score_unless_it_has_a_reason():
    verdicts = [(PLUS, SURVIVED), (TIMES, SURVIVED), (MINUS, KILLED), (MINUS, OUT_OF_TIME)]
    counts = scores(REASONS, verdicts)["otp.rules"]
    assert counts == {"all": 4, "killed": 2, "out of time": 1, "accepted": 1}
    assert (score(counts), score(scores({}, verdicts)["otp.rules"])) == (0.75, 0.5)
    assert next(line for line in table({"otp.rules": counts}) if line.startswith("all")).endswith("75.0%")


@pytest.mark.parametrize(
    ("existing", "verdicts", "old"),
    [
        ([PLUS], [(PLUS, SURVIVED)], False),
        ([PLUS], [], False),
        ([PLUS], [(PLUS, KILLED), (PLUS, SURVIVED)], False),
        ([PLUS], [(PLUS, KILLED)], True),
        ([PLUS], [(PLUS, OUT_OF_TIME)], True),
        ([TIMES], [(TIMES, SURVIVED)], True),
    ],
)
def test_a_reason_is_stale_once_its_mutant_is_gone_or_noticed(existing, verdicts, old):
    assert stale(REASONS, existing, verdicts) == (list(REASONS) if old else [])


def test_every_accepted_survivor_has_a_reason(tmp_path):
    assert all(reason.strip() for reason in accepted().values())
    file = tmp_path / "accepted.toml"
    file.write_text('[[mutant]]\nmodule = "otp.rules"\nwas = "a - b"\nnow = "a + b"\n')
    with pytest.raises(KeyError, match="reason"):
        accepted(file)
