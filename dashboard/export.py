"""Export of tables to CSV."""

import csv

import pandas as pd

FORMULA = ("=", "+", "-", "@", "\t", "\r")  # a spreadsheet takes a cell with one of these first as a formula


def safe_csv(frame: pd.DataFrame) -> str:
    """CSV without formulas: cells that would be one get an apostrophe in front, as OWASP advises.

    Anyone can request a code for `=1+1@example.com`, and phone numbers begin with a plus.
    """
    safe = frame.map(lambda cell: f"'{cell}" if str(cell).startswith(FORMULA) else cell)
    return str(safe.to_csv(index=False, quoting=csv.QUOTE_ALL))  # an unquoted carriage return would start a row
