#!/usr/bin/env python3
"""Reads every table of a lake with engines that are not ours and prints what they saw as one line of JSON.

    read_lake.py DIR [--namespace corewatch] [--table NAME]...

DIR holds catalog.db, an Iceberg SQL catalog named `lake`. Engines: pyiceberg, DuckDB, Polars. For each table:

    columns, columns_documented             all of them, and those with a comment

and for each engine, under `engines`:

    rows, distinct_keys                     counted; a key is (kafka_topic, kafka_partition, kafka_offset, item),
                                            in ingest_log (kafka_topic, kafka_partition, from_offset)
    first_observed_at, last_observed_at     UTC microseconds since 1970; null without rows
    peer_asn_sum                            tables that have that column

Exit code 0: all engines agree. 1: they do not, or a table cannot be read; stderr says which. 2: wrong usage.
"""

import argparse
import importlib.util
import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow.compute as pc
from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.exceptions import NoSuchTableError

TABLES = ["routes", "rib", "sessions", "rejects", "ingest_log"]
ROW_KEY = ["kafka_topic", "kafka_partition", "kafka_offset", "item"]
LEDGER_KEY = ["kafka_topic", "kafka_partition", "from_offset"]


def main():
    args = arguments()
    catalog = SqlCatalog("lake", uri=f"sqlite:///{args.lake}/catalog.db", warehouse=f"file://{args.lake}/warehouse")
    connection = duckdb_with_iceberg()
    report, failures = {}, []
    for name in args.table or TABLES:
        try:
            table = catalog.load_table((args.namespace, name))
        except NoSuchTableError as error:
            failures.append(str(error))
            continue
        seen = {engine: read(table, connection) for engine, read in ENGINES.items()}
        report[name] = {**documentation(table), "engines": seen}
        if any(answer != seen["pyiceberg"] for answer in seen.values()):
            failures.append(f"table {name}: the engines disagree: {json.dumps(seen)}")
    print(json.dumps(report))
    return failures


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("lake", type=lambda path: Path(path).resolve(), help="folder with catalog.db")
    parser.add_argument("--namespace", default="corewatch")
    parser.add_argument("--table", action="append", help="only this one; may be repeated")
    args = parser.parse_args()
    if not (args.lake / "catalog.db").is_file():
        parser.error(f"{args.lake} is no lake: it has no catalog.db")
    return args


# ---- one function per engine: what it sees of a table, all in the same form ----


def with_pyiceberg(table, _):
    columns = Columns.of(table)
    rows = table.scan(selected_fields=tuple(columns.all())).to_arrow()
    times = pc.min_max(rows[columns.time]).as_py() if columns.time else {}
    return answer(
        rows=rows.num_rows,
        distinct_keys=rows.select(columns.key).group_by(columns.key).aggregate([]).num_rows,
        first=microseconds(times.get("min")),
        last=microseconds(times.get("max")),
        peer_asn_sum=pc.sum(rows["peer_asn"]).as_py() if columns.has_peer else None,
    )


def with_duckdb(table, connection):
    columns = Columns.of(table)
    row = connection.execute(
        f"""select count(*),
                   (select count(*) from (select distinct {", ".join(columns.key)} from iceberg_scan($1))),
                   {f"epoch_us(min({columns.time})), epoch_us(max({columns.time}))" if columns.time else "null, null"},
                   {"sum(peer_asn)" if columns.has_peer else "null"}
            from iceberg_scan($1)""",
        [local_path(table.metadata_location)],
    ).fetchone()
    return answer(*row)


def with_polars(table, _):
    import polars

    columns = Columns.of(table)
    rows = polars.scan_iceberg(table).select(columns.all()).collect()
    times = rows[columns.time].dt.epoch("us") if columns.time else None
    return answer(
        rows=rows.height,
        distinct_keys=rows.select(columns.key).unique().height,
        first=times.min() if columns.time else None,
        last=times.max() if columns.time else None,
        peer_asn_sum=rows["peer_asn"].sum() if columns.has_peer and rows["peer_asn"].count() else None,
    )


ENGINES = {"pyiceberg": with_pyiceberg, "duckdb": with_duckdb}
if importlib.util.find_spec("polars"):
    os.environ.setdefault("POLARS_ICEBERG_PLANNER", "pyiceberg")
    ENGINES["polars"] = with_polars


def answer(rows, distinct_keys, first, last, peer_asn_sum):
    return {
        "rows": rows,
        "distinct_keys": distinct_keys,
        "first_observed_at": first,
        "last_observed_at": last,
        "peer_asn_sum": None if peer_asn_sum is None else int(peer_asn_sum),
    }


@dataclass
class Columns:
    """What is asked of a table; the ledger differs from the others."""

    key: list
    time: str | None
    has_peer: bool

    @classmethod
    def of(cls, table):
        names = {field.name for field in table.schema().fields}
        return cls(
            key=ROW_KEY if "item" in names else LEDGER_KEY,
            time="observed_at" if "observed_at" in names else None,
            has_peer="peer_asn" in names,
        )

    def all(self):
        return self.key + [self.time] * (self.time is not None) + ["peer_asn"] * self.has_peer


def documentation(table):
    fields = table.schema().fields
    return {"columns": len(fields), "columns_documented": sum(1 for field in fields if field.doc)}


def duckdb_with_iceberg():
    """DuckDB with its extensions out of their packages: nothing is fetched."""
    connection = duckdb.connect()
    for name in ["avro", "iceberg"]:
        package = importlib.util.find_spec(f"duckdb_extension_{name}")
        folder = Path(next(iter(package.submodule_search_locations)))
        file = next(folder.glob(f"extensions/*/{name}.duckdb_extension"))
        connection.execute(f"load '{file}'")
    return connection


def local_path(location):
    return location.removeprefix("file://")


def microseconds(time):
    if time is None:
        return None
    seconds = int(time.replace(microsecond=0).timestamp())
    return seconds * 1_000_000 + time.microsecond


if __name__ == "__main__":
    failures_seen = main()
    for failure in failures_seen:
        print(f"read_lake: {failure}", file=sys.stderr)
    sys.exit(1 if failures_seen else 0)
