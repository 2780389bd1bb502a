#!/usr/bin/env python3
"""Runs SQL files in DuckDB and prints what a query gives: one JSON list per row, every value as text, null as null.

    query.py DIR QUERY FILE...

DIR is what the variable `folder` holds meanwhile. Times are in UTC.
"""

import json
import sys
from pathlib import Path

import duckdb


def main(folder, query, *files):
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute("SET VARIABLE folder = '" + folder.replace("'", "''") + "'")
    for file in files:
        connection.execute(Path(file).read_text())
    cursor = connection.execute(f"SELECT COLUMNS(*)::VARCHAR FROM ({query})")
    for row in cursor.fetchall():
        print(json.dumps(row))


if __name__ == "__main__":
    main(*sys.argv[1:])
