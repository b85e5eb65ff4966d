"""What may have gone wrong in a spreadsheet before the file was made: it cannot be restored here.

Days that became numbers, codes that lost their leading zeros, codes that became numbers.
"""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from academic_workplace.language import Text

DAY = re.compile(r"(?:^|[^a-z])(?:.*datum|date|dag|day|geboren|born|birthday)(?:$|[^a-z])")
CODE = re.compile(
    r"brin|vestiging|code|nummer|number|gemeente|pgn|bsn|(?:^|[^a-z])(?:nr|id)(?:$|[^a-z])"
)
PADDED = {"vestiging": 2, "gemeente": 4}  # how many digits such a code has
# Excel's numbers of the days from 1910 to 2060.
FIRST_DAY, LAST_DAY = 3654, 58440
BRIN = r"[0-9]{2}[A-Z]{2}(?:[0-9]{2})?"
LOOKED_AT = 1000  # rows: open data are short and hide much
HIDDEN = "<5"  # how Dutch open data write 1 to 4
FEW = 2  # codes that are shorter; one may be as it is
MOST = 0.6  # of the codes have the full length


def doubts(table: pd.DataFrame) -> list[Text]:
    """A note for every column that may not hold what was meant; nothing is changed."""
    out: list[Text] = []
    for label in table.columns:
        name, column = str(label), table[label]
        lowered = name.casefold()
        if pd.api.types.is_bool_dtype(column.dtype):
            continue
        if pd.api.types.is_numeric_dtype(column.dtype):
            values = column.to_numpy(float, na_value=np.nan)
            values = values[np.isfinite(values)]
            if not len(values) or (values != np.round(values)).any() or values.min() < 0:
                continue
            if DAY.search(lowered) and values.min() >= FIRST_DAY and values.max() <= LAST_DAY:
                out.append(
                    Text(
                        f"{name}: getallen die dagnummers van Excel kunnen zijn; niet veranderd",
                        f"{name}: numbers that may be Excel's numbers of days; not changed",
                    )
                )
            elif CODE.search(lowered) and (short := _too_short(lowered, values)):
                out.append(
                    Text(
                        f"{name}: codes die korter zijn dan de andere: {short}; er kunnen nullen"
                        " vooraan verloren zijn",
                        f"{name}: codes that are shorter than the others: {short}; leading zeros"
                        " may have been lost",
                    )
                )
        elif "brin" in lowered or "vestiging" in lowered:
            words = column.dropna().astype("str")
            codes = words.str.fullmatch(BRIN)
            numbers = words.str.fullmatch(r"[0-9.,eE+]+")
            if codes.any() and numbers.any():
                n = int(numbers.sum())
                out.append(
                    Text(
                        f"{name}: getallen tussen de codes: {n} (Excel maakt van 02E5 een getal)",
                        f"{name}: numbers between the codes: {n} (Excel makes 02E5 a number)",
                    )
                )
    return [*out, *_hidden_counts(table)]


def _hidden_counts(table: pd.DataFrame) -> list[Text]:
    """A note when a table holds counts that its publisher hides: 1 to 4, neither 0 nor unknown."""
    text = [table.iloc[:, i] for i in range(table.shape[1])]
    text = [column for column in text if isinstance(column.dtype, pd.StringDtype)]
    if not any((column.iloc[:LOOKED_AT] == HIDDEN).any() for column in text):
        return []
    often = [int((column == HIDDEN).sum()) for column in text]
    columns, cells = sum(n > 0 for n in often), sum(often)
    return [
        Text(
            f"‘{HIDDEN}’ staat in {columns} kolommen ({cells} cellen): dat is 1 tot 4, geen 0 en"
            " niet onbekend (open data van DUO leest u met aw.duo.read)",
            f"‘{HIDDEN}’ stands in {columns} columns ({cells} cells): that is 1 to 4, not 0 and"
            " not unknown (open data of DUO are read with aw.duo.read)",
        )
    ]


def _too_short(name: str, values: NDArray[np.float64]) -> int:
    """How many codes have fewer digits than they should; 0 when that may well be right.

    Numbers that follow one another (1, 2, 3, ...) are no codes that lost a zero.
    """
    distinct = np.unique(values)
    digits = np.char.str_len(values.astype("int64").astype(str)) if values.max() < 1e15 else None
    if digits is None:
        return 0
    for word, length in PADDED.items():
        if word in name and digits.max() <= length:
            return int((digits < length).sum())
    span = distinct[-1] - distinct[0] + 1
    if len(distinct) > span / 2 or digits.max() < 4:
        return 0
    full = digits == digits.max()
    short = int((~full).sum())
    return short if short >= FEW and full.mean() >= MOST else 0
