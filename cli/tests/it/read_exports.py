"""Reads one series exported in every format and compares it, value by value, with the CSV.

Usage: read_exports.py FOLDER, which holds series.csv, .parquet, .feather, .arrows and freqtrade.feather.
Prints the number of rows; ends with an error on the first difference.
"""

import csv
import sys
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet

folder = Path(sys.argv[1])
with open(folder / "series.csv", newline="") as file:
    rows = list(csv.DictReader(file))

tables = {
    "parquet": pa.parquet.read_table(folder / "series.parquet"),
    "feather": pa.feather.read_table(folder / "series.feather"),
    "arrow stream": pa.ipc.open_stream(folder / "series.arrows").read_all(),
}
for name, table in tables.items():
    read = table.to_pylist()
    assert table.column_names == list(rows[0]), (name, table.column_names)
    assert len(read) == len(rows), (name, len(read))
    for number, (row, other) in enumerate(zip(rows, read)):
        for column, text in row.items():
            value = other[column]
            if text == "":
                same = value is None
            elif column in ("open_time", "close_time"):
                same = pd.Timestamp(text) == pd.Timestamp(value)
            else:
                same = Decimal(text) == value
            assert same, (name, number, column, text, value)

frame = pd.read_feather(folder / "freqtrade.feather")
assert list(frame.columns) == ["date", "open", "high", "low", "close", "volume"], frame.columns
assert len(frame) == len(rows)
for number, (row, (_, other)) in enumerate(zip(rows, frame.iterrows())):
    assert pd.Timestamp(row["open_time"]) == other["date"], (number, row, other)
    for column in frame.columns[1:]:
        # A double is shown with the fewest digits that mean it.
        assert Decimal(row[column]) == Decimal(repr(float(other[column]))), (number, column)

print(len(rows))
