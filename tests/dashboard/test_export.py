"""Exported CSV contains no formulas."""

import csv
from io import StringIO

import pandas as pd
import pytest

from dashboard.export import safe_csv


@pytest.mark.parametrize(
    ("address", "cell"),
    [
        ("=1+1@example.com", "'=1+1@example.com"),
        ("+61412345678", "'+61412345678"),
        ("-2+3@example.com", "'-2+3@example.com"),
        ("@example", "'@example"),
        ("\t=1", "'\t=1"),
        ("\r=1", "'\r=1"),
        ("person@example.com", "person@example.com"),
        ('"a,b"', '"a,b"'),
    ],
)
def test_a_cell_that_a_spreadsheet_would_calculate_is_text(address, cell):
    rows = list(csv.reader(StringIO(safe_csv(pd.DataFrame({"Address": [address]})), newline="")))
    assert rows == [["Address"], [cell]]
