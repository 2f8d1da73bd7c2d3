"""Tables as files for a spreadsheet."""

import csv

import pandas as pd

FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet takes for the beginning of a formula


def safe_csv(frame: pd.DataFrame) -> str:
    """CSV in which no cell is a formula: one that looks like it begins with an apostrophe, as OWASP advises.

    Anybody can have a code sent to `=1+1@example.com`, and phone numbers begin with a plus.
    """
    safe = frame.map(lambda cell: f"'{cell}" if str(cell).startswith(FORMULA) else cell)
    return str(safe.to_csv(index=False, quoting=csv.QUOTE_ALL))  # or a carriage return would begin a row
