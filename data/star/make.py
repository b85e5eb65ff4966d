"""Makes pupils.csv from the Project STAR data of the R package AER (wide by grade).

Usage: python make.py star_aer.csv.gz
The README beside this file says how to export that file from R.
"""

import sys
from pathlib import Path

import pandas as pd

COLUMNS = [
    "row_id", "schoolidk", "stark", "readk", "mathk", "math1", "gender", "lunchk", "birth"
]  # fmt: skip


def kindergarten(source: pd.DataFrame) -> pd.DataFrame:
    """Pupils with a known kindergarten class type, sorted by row_id; cells stay as text."""
    pupils = source.loc[source["stark"].notna(), COLUMNS]
    pupils = pupils.sort_values("row_id", key=pd.to_numeric)
    total = pd.to_numeric(pupils["readk"]) + pd.to_numeric(pupils["mathk"])
    return pupils.assign(totalk=total.astype("Int64"))


def main() -> None:
    pupils = kindergarten(pd.read_csv(sys.argv[1], dtype=str))
    target = Path(__file__).with_name("pupils.csv")
    temporary = target.with_suffix(".tmp")
    pupils.to_csv(temporary, index=False, lineterminator="\n", encoding="utf-8")
    temporary.replace(target)
    print(f"Wrote {target.name}: {len(pupils)} pupils, {pupils.shape[1]} columns.")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main()
