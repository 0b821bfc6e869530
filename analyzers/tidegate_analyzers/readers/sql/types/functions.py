"""Functions whose type does not depend on their arguments, by dialect.

A row is the parser's name of a function, the kind of type it gives in general (`-` where that is not certain), and the
dialects in which it is another.
"""

from __future__ import annotations

from sqlglot import exp

from tidegate_analyzers.readers.sql.types.words import GROUPS, word

_CONDITIONS = """
And Or Xor Not EQ NEQ GT GTE LT LTE Between In Is Like ILike NullSafeEQ NullSafeNEQ Exists Boolean
SimilarTo RegexpILike
"""

_DOUBLES = """
Sqrt Exp Ln Log Sin Cos Tan Cot Asin Acos Atan Atan2 Sinh Cosh Tanh Radians Degrees Cbrt Pow
Stddev StddevPop StddevSamp Variance VariancePop Corr CovarPop CovarSamp RegrSlope
"""

_PARTS = "Year Month Day DayOfMonth DayOfWeek DayOfWeekIso DayOfYear Week WeekOfYear Quarter Hour Minute Second"

_TEXTS = "Lower Upper Trim Initcap Replace RegexpReplace RegexpExtract SplitPart Translate"

_BYTES_TOO = "Substring Left Right Pad Reverse Concat DPipe"

_ROWS = """
Count              bigint snowflake=number clickhouse=ubigint tsql=integer
CountIf            bigint duckdb=hugeint snowflake=number clickhouse=ubigint
ApproxDistinct     bigint snowflake=number clickhouse=ubigint
RowNumber          bigint snowflake=number clickhouse=ubigint spark=integer
Rank               bigint snowflake=number clickhouse=ubigint spark=integer
DenseRank          bigint snowflake=number clickhouse=ubigint spark=integer
Ntile              bigint snowflake=number clickhouse=ubigint spark=integer postgres=integer
PercentRank        double snowflake=-
CumeDist           double snowflake=-
Length             bigint snowflake=number clickhouse=ubigint spark=integer postgres=integer redshift=integer tsql=-
StrPosition        bigint snowflake=number clickhouse=ubigint spark=integer postgres=integer redshift=integer tsql=-
Ascii              integer bigquery=bigint snowflake=number clickhouse=-
Unicode            integer bigquery=bigint snowflake=number clickhouse=-
Levenshtein        - duckdb=bigint trino=bigint spark=integer postgres=integer
DateDiff           - duckdb=bigint bigquery=bigint trino=bigint snowflake=number tsql=integer clickhouse=bigint
TsOrDsDiff         - redshift=bigint
TimestampDiff      - bigquery=bigint snowflake=number
DatetimeDiff       - bigquery=bigint
UnixSeconds        bigint snowflake=-
UnixMillis         bigint snowflake=-
UnixMicros         bigint snowflake=-
UnixDate           - bigquery=bigint spark=integer
TimeToUnix         - duckdb=double trino=double spark=bigint
StrToUnix          - spark=bigint
FarmFingerprint    - bigquery=bigint
ArraySize          bigint spark=integer snowflake=number clickhouse=ubigint postgres=integer tsql=- redshift=-
BitLength          - duckdb=bigint postgres=integer spark=integer
Sign               - duckdb=tinyint
Factorial          - duckdb=hugeint spark=bigint
RegexpLike         boolean clickhouse=- tsql=-
RegexpFullMatch    - duckdb=boolean
StartsWith         boolean clickhouse=- tsql=-
EndsWith           boolean clickhouse=- tsql=-
Contains           boolean clickhouse=- tsql=-
ArrayContains      boolean clickhouse=- tsql=-
LogicalOr          boolean clickhouse=- tsql=-
LogicalAnd         boolean clickhouse=- tsql=-
IsNan              boolean clickhouse=- tsql=-
EqualNull          - snowflake=boolean
ToBoolean          - snowflake=boolean
Booland            - snowflake=boolean
Rand               double snowflake=- clickhouse=-
Pi                 double
JarowinklerSimilarity - duckdb=double
CurrentDate        date tsql=-
Date               date tsql=-
TsOrDsToDate       date
StrToDate          date
DateFromParts      date
LastDay            date
AddMonths          - spark=date
CurrentTimestamp   - duckdb=timestamptz bigquery=timestamptz postgres=timestamptz trino=timestamptz spark=timestamptz
CurrentDatetime    - bigquery=timestamp
Localtimestamp     - duckdb=timestamp postgres=timestamp trino=timestamp
CurrentTime        - duckdb=timetz postgres=timetz bigquery=time
StrToTime          - duckdb=timestamp bigquery=timestamptz postgres=timestamptz trino=timestamp spark=timestamptz
ParseDatetime      - trino=timestamptz bigquery=timestamp
FromISO8601Timestamp - trino=timestamptz
TimestampFromParts - duckdb=timestamp
TsOrDsToDatetime   - bigquery=timestamp
Timestamp          - bigquery=timestamptz
TimestampAdd       - bigquery=timestamptz
TimestampSub       - bigquery=timestamptz
DatetimeAdd        - bigquery=timestamp
DatetimeSub        - bigquery=timestamp
Interval           interval snowflake=- clickhouse=- tsql=-
ToDays             - duckdb=interval
TimeToStr          text tsql=-
ToChar             text tsql=-
UnixToStr          - spark=text
Monthname          text
Dayname            text
ConcatWs           text bigquery=- tsql=-
GroupConcat        text bigquery=- postgres=- tsql=- clickhouse=-
MD5                text trino=- clickhouse=- tsql=-
SHA                text trino=- clickhouse=- tsql=- bigquery=- postgres=-
SHA2               text trino=- clickhouse=- tsql=- bigquery=- postgres=-
Hex                text tsql=-
LowerHex           text tsql=-
MD5Digest          - bigquery=binary trino=binary
SHA2Digest         - bigquery=binary trino=binary
ToBase64           text tsql=-
FromBase64         - duckdb=binary trino=binary bigquery=binary spark=binary
Unhex              - duckdb=binary trino=binary spark=binary
Encode             - duckdb=binary spark=binary
Decode             - duckdb=text spark=text
Chr                text tsql=-
Repeat             text bigquery=- tsql=-
Format             text tsql=-
Typeof             text tsql=-
CurrentUser        text postgres=- tsql=-
CurrentSchema      text postgres=- tsql=-
CurrentDatabase    text postgres=- tsql=-
CurrentVersion     text tsql=-
ArrayToString      text tsql=- bigquery=- clickhouse=-
JSONExtractScalar  text tsql=- clickhouse=- redshift=text
JSONBExtractScalar - postgres=text
JSONFormat         text tsql=-
JSONExtract        - duckdb=json trino=json snowflake=variant
JSONType           - duckdb=text
ParseJSON          - snowflake=variant bigquery=json redshift=super trino=json
GetExtract         - snowflake=variant
ToVariant          - snowflake=variant
ObjectAgg          - snowflake=object
Uuid               uuid spark=text bigquery=text snowflake=text redshift=-
"""

_NAMES = """
now                 - duckdb=timestamptz
try_strptime        - duckdb=timestamp
age                 - duckdb=interval postgres=interval
strlen              - duckdb=bigint
hash                - duckdb=ubigint
printf              - duckdb=text
to_json             - duckdb=json postgres=json
to_jsonb            - postgres=jsonb
jsonb_build_object  - postgres=jsonb
json_build_object   - postgres=json
jsonb_array_elements - postgres=jsonb
jsonb_array_elements_text - postgres=text
clock_timestamp     - postgres=timestamptz
make_date           - postgres=date spark=date
epoch_us            - duckdb=bigint
epoch_ns            - duckdb=bigint
century             - duckdb=bigint
yearweek            - duckdb=bigint
bit_count           - duckdb=tinyint
jaccard             - duckdb=double
damerau_levenshtein - duckdb=bigint
octet_length        - duckdb=bigint
ord                 - duckdb=integer
bar                 - duckdb=text
json_array_length   - duckdb=ubigint
json_valid          - duckdb=boolean
cardinality         - duckdb=ubigint
product             - duckdb=double
fsum                - duckdb=double
format_datetime     - trino=text
ratio_to_report     - redshift=double
monotonically_increasing_id - spark=bigint
to_timestamp_ntz    - snowflake=timestamp
to_timestamp_tz     - snowflake=timestamptz
to_timestamp_ltz    - snowflake=timestampltz
try_to_timestamp_ntz - snowflake=timestamp
todate              - clickhouse=date
tostring            - clickhouse=text
toint32             - clickhouse=integer
toint64             - clickhouse=bigint
touint32            - clickhouse=uinteger
touint64            - clickhouse=ubigint
tofloat64           - clickhouse=double
today               - clickhouse=date
"""


def _kind(kind: str, group: str) -> str:
    return "" if kind == "-" else kind if kind == "number" else word(kind, group)


def _row(line: str) -> tuple[str, dict[str, str]]:
    name, general, *own = line.split()
    types = {group: _kind(general, group) for group in set(GROUPS.values())}
    for item in own:
        group, _, kind = item.partition("=")
        types[group] = _kind(kind, group)
    return name, types


def _rows() -> list[tuple[str, dict[str, str]]]:
    lines = [line for line in _ROWS.splitlines() if line]
    lines += [f"{name} boolean clickhouse=utinyint tsql=-" for name in _CONDITIONS.split()]
    lines += [f"{name} double postgres=- redshift=- bigquery=- tsql=-" for name in _DOUBLES.split()]
    lines += [
        f"{name} - duckdb=bigint trino=bigint snowflake=number spark=integer tsql=integer" for name in _PARTS.split()
    ]
    lines += [f"{name} text bigquery=- tsql=- clickhouse=text" for name in _TEXTS.split()]
    lines += [f"{name} - clickhouse=text" for name in _BYTES_TOO.split()]
    return [_row(line) for line in lines]


def _fixed() -> dict[str, dict[type, str]]:
    found: dict[str, dict[type, str]] = {group: {} for group in set(GROUPS.values())}
    for name, types in _rows():
        kind: type | None = getattr(exp, name, None)  # a newer or older parser may not have it
        if kind is not None:
            for group, type_ in types.items():
                if type_:
                    found[group][kind] = type_
    # These take nothing but text in DuckDB, whatever they are given.
    found["duckdb"].update(dict.fromkeys((exp.Substring, exp.Left, exp.Right, exp.Pad, exp.Reverse), "varchar"))
    found["postgres"].update(dict.fromkeys((exp.Left, exp.Right, exp.Reverse, exp.Concat, exp.Pad), "text"))
    found["postgres"].pop(exp.Trim, None)
    return found


FIXED = _fixed()
"""By dialect: the type of every expression of a class."""

NAMED = {
    group: {name: types[group] for name, types in map(_row, _NAMES.strip().splitlines()) if types[group]}
    for group in FIXED
}
"""By dialect: the type of functions that the parser has no class for, by lower-case name."""

TEXT_OR_BYTES = tuple(getattr(exp, name) for name in (*_BYTES_TOO.split(), *_TEXTS.split(), "Repeat"))
"""Functions of text; in some dialects of bytes too, so that an operand has to tell."""
