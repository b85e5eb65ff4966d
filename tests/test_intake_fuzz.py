"""Damaged files of every kind: reading gives a table with rows or a DataError, nothing else, soon.

Some readers are C and C++, so that a damaged file could end the program or never end: every file
is read in another process, with a limit on its time and memory. A long run is by hand:

    python tests/test_intake_fuzz.py --minutes 5 [--kind sav] [--keep FOLDER]
"""

import argparse
import csv
import io
import random
import sqlite3
import subprocess
import sys
import tempfile
import time
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from queue import Empty, Queue
from threading import Thread

import duckdb
import openpyxl
import pandas as pd
import pyreadstat
import pytest

SECONDS = 20.0  # that one file may take on a busy machine
MEMORY = 6 << 30
CASES = 50  # per kind of file, in the tests
SEED = 20261122
ROWS = [(f"L{i:02d}", f"School {i % 3}", i % 2, (i * 37 % 90) / 10, "’t Één") for i in range(12)]
NAMES = ("leerling", "school", "programma", "score", "opmerking")

READ = f"""
import sys, traceback
try:
    import resource
    resource.setrlimit(resource.RLIMIT_AS, ({MEMORY}, {MEMORY}))
except ImportError:
    pass
import pandas as pd
import academic_workplace as aw
print("ready", flush=True)
for line in sys.stdin:
    try:
        table = aw.read(line.rstrip("\\n"))
        fine = type(table) is pd.DataFrame and not table.empty
        outcome = "table" if fine else "no table"
    except aw.DataError as error:
        fine = error.faults and all(f.rule.nl and f.rule.en and f.remedy.nl for f in error.faults)
        outcome = "refused" if fine and error.explain("nl") and error.explain("en") else "no faults"
    except BaseException as error:
        last = traceback.extract_tb(error.__traceback__)
        own = [each for each in last if "academic" in each.filename]
        ours = [f"{{each.filename.rpartition('/')[2]}}:{{each.lineno}}" for each in own]
        outcome = f"{{type(error).__name__}} at {{' '.join(ours[-3:])}}: {{str(error)[:90]!r}}"
    print(outcome, flush=True)
"""


class Reader:
    """A process that reads files, begun anew when it ends or takes too long."""

    def __init__(self) -> None:
        self.process: subprocess.Popen[str] | None = None
        self.answers: Queue[str] = Queue()

    def start(self) -> subprocess.Popen[str]:
        self.answers = Queue()
        process = subprocess.Popen(
            [sys.executable, "-W", "error", "-c", READ], text=True, encoding="utf-8",
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        Thread(target=self.listen, args=(process, self.answers), daemon=True).start()
        first = self.answers.get(timeout=120)
        if first != "ready":
            raise RuntimeError(f"the reader did not start: {first}")
        self.process = process
        return process

    @staticmethod
    def listen(process: subprocess.Popen[str], answers: "Queue[str]") -> None:
        for line in process.stdout or ():
            answers.put(line.rstrip("\n"))
        answers.put(f"ended with {process.wait()}")

    def read(self, path: Path) -> str:
        """What reading a file came to, in one line."""
        process = self.process or self.start()
        assert process.stdin is not None
        try:
            process.stdin.write(f"{path}\n")
            process.stdin.flush()
            outcome = self.answers.get(timeout=SECONDS)
        except Empty:
            outcome = f"no answer in {SECONDS:g} seconds"
        except BrokenPipeError:
            outcome = "ended before it was asked"
        if outcome.startswith(("ended", "no answer")):
            self.close()
        return outcome

    def close(self) -> None:
        if self.process:
            self.process.kill()
            self.process.communicate()
        self.process = None


# ---------------------------------------------------------------- whole files of every kind


def seeds() -> dict[str, bytes]:
    """A small sound file of every kind."""
    table = pd.DataFrame(ROWS, columns=list(NAMES))
    whole = {
        "csv": text_of(";", "utf-8-sig").replace(b".", b","),
        "tsv": text_of("\t", "cp1252"),
        "quoted.csv": text_of(",", "utf-16", quoting=csv.QUOTE_ALL),
        "survey.csv": survey(),
        "xlsx": workbook(),
        "ods": sheet(),
    }
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        labels = {"programma": {0: "nee", 1: "ja"}}
        missing = {"score": [{"lo": 8, "hi": 9}], "opmerking": ["x"]}
        pyreadstat.write_sav(
            table, folder / "a.sav", variable_value_labels=labels, missing_ranges=missing
        )
        pyreadstat.write_sav(table, folder / "a.zsav", compress=True)
        # An old form: short names, and no letter beyond its own.
        plain = table.drop(columns="opmerking").rename(columns=lambda name: name[:8])
        pyreadstat.write_por(plain, folder / "a.por")
        pyreadstat.write_dta(table, folder / "a.dta", variable_value_labels=labels)
        pyreadstat.write_dta(table, folder / "old.dta", version=10)
        with sqlite3.connect(folder / "a.sqlite") as lite:
            lite.execute(f"CREATE TABLE leerlingen ({', '.join(NAMES)})")
            lite.executemany("INSERT INTO leerlingen VALUES (?, ?, ?, ?, ?)", ROWS)
        lite.close()
        with duckdb.connect(folder / "a.duckdb") as duck:
            duck.register("pupils", table)
            duck.execute("CREATE TABLE leerlingen AS SELECT * FROM pupils")
            for form in ("snappy", "zstd"):
                place = str(folder / f"{form}.parquet").replace("'", "''")
                duck.execute(f"COPY pupils TO '{place}' (FORMAT parquet, COMPRESSION {form})")
        if find_spec("pyarrow"):
            table.to_feather(folder / "a.feather")
        for path in sorted(folder.iterdir()):
            whole[path.name.removeprefix("a.")] = path.read_bytes()
    return whole


def text_of(separator: str, encoding: str, quoting: int = csv.QUOTE_MINIMAL) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=separator, quoting=quoting)
    writer.writerows([NAMES, *ROWS])
    return out.getvalue().encode(encoding)


def survey() -> bytes:
    """As Qualtrics writes it: three rows above the answers."""
    names = ("StartDate", "Status", "Q1", "Q2")
    questions = ("Start Date", "Response Type", "Hoe gaat het?", "En op school?")
    imported = [f'{{"ImportId":"{name}"}}' for name in names]
    answers = [(f"2026-05-{i + 1:02d} 10:00:00", "IP Address", i % 5 + 1, -99) for i in range(9)]
    out = io.StringIO(newline="")
    csv.writer(out).writerows([names, questions, imported, *answers])
    return out.getvalue().encode()


def workbook() -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    for row in [("Leerlingen van 2026",), (), NAMES, *ROWS, (), ("Bron: de school",)]:
        sheet.append(row)
    sheet.merge_cells("A1:C1")
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def sheet() -> bytes:
    """The least that is an OpenDocument sheet."""
    office = "urn:oasis:names:tc:opendocument:xmlns:"
    spaces = " ".join(f'xmlns:{x}="{office}{x}:1.0"' for x in ("office", "table", "text"))

    def cell(value: object) -> str:
        kind = ' office:value-type="string"'
        if isinstance(value, int | float):
            kind = f' office:value-type="float" office:value="{value}"'
        return f"<table:table-cell{kind}><text:p>{value}</text:p></table:table-cell>"

    rows = "".join(
        f"<table:table-row>{''.join(map(cell, row))}</table:table-row>" for row in [NAMES, *ROWS]
    )
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {spaces}'
        ' office:version="1.2"><office:body><office:spreadsheet><table:table table:name="Blad1">'
        f"{rows}</table:table></office:spreadsheet></office:body></office:document-content>"
    )
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    manifest = (
        f'<?xml version="1.0" encoding="UTF-8"?><m:manifest xmlns:m="{office}manifest:1.0">'
        f'<m:file-entry m:full-path="/" m:media-type="{kind}"/><m:file-entry'
        ' m:full-path="content.xml" m:media-type="text/xml"/></m:manifest>'
    )
    parts = {"mimetype": kind, "content.xml": content, "META-INF/manifest.xml": manifest}
    return zipped({name: text.encode() for name, text in parts.items()})


def zipped(parts: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        for name, part in parts.items():
            kind = zipfile.ZIP_STORED if name == "mimetype" else None
            package.writestr(name, part, compress_type=kind)
    return out.getvalue()


# ---------------------------------------------------------------- damage

ODD = (
    b"\x00", b"\xff", b"\x7f", b"\x80", b"\xff\xff\xff\xff", b"\x00\x00\x00\x80", b"\n", b'"',
    b";", b"\r\n", b"<", b"]]>", b"&x;", b"1e999", b"-1", b"99999999999999999999", b"\xef\xbb\xbf",
)  # fmt: skip


def damaged(data: bytes, chance: random.Random) -> bytes:
    """The file with one to a few of its bytes changed, left out or put in; or cut off."""
    out = bytearray(data)
    for _ in range(chance.choice((1, 1, 2, 4, 16))):
        place, width = chance.randrange(len(out) + 1), chance.choice((1, 2, 4, 8, 64, 512))
        if chance.random() < 0.4:  # a header tells most
            place = chance.randrange(min(len(out), 200) + 1)
        match chance.randrange(8):
            case 0 | 1 if place < len(out):
                out[place] ^= 1 << chance.randrange(8)
            case 2 if place < len(out):
                out[place] = chance.randrange(256)
            case 3:
                out[place:place] = chance.choice(ODD)
            case 4:
                out[place : place + width] = chance.choice(ODD)
            case 5:
                del out[place : place + width]
            case 6:
                out[place:place] = out[place : place + width] * chance.choice((1, 1, 3, 50))
            case 7 if chance.random() < 0.5:
                del out[place:]
    return bytes(out)


def damaged_inside(data: bytes, chance: random.Random) -> bytes:
    """A package of which one part is damaged; its sums are right again."""
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    name = chance.choice(sorted(parts))
    if chance.random() < 0.1:
        del parts[name]
    else:
        parts[name] = damaged(parts[name], chance)
    return zipped(parts)


def cases(kind: str, data: bytes, seed: int) -> Iterator[bytes]:
    """Damaged copies of a file, without end."""
    chance = random.Random(f"{kind} {seed}")  # noqa: S311  # damage, no secret
    while True:
        inside = kind in ("xlsx", "ods") and chance.random() < 0.8
        yield (damaged_inside if inside else damaged)(data, chance)


# ---------------------------------------------------------------- the tests


@pytest.fixture(scope="module")
def whole() -> dict[str, bytes]:
    return seeds()


@pytest.fixture(scope="module")
def reader() -> Iterator[Reader]:
    reader = Reader()
    yield reader
    reader.close()


KINDS = ("csv", "tsv", "quoted.csv", "survey.csv", "xlsx", "ods", "sav", "zsav", "por", "dta",
         "old.dta", "sqlite", "duckdb", "snappy.parquet", "zstd.parquet", "feather")  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_a_damaged_file_is_read_or_refused(kind, whole, reader, tmp_path):
    if kind not in whole:
        pytest.skip("pyarrow is not installed (the extra arrow)")
    path = tmp_path / f"bestand.{kind.rpartition('.')[2]}"
    path.write_bytes(whole[kind])
    assert reader.read(path) == "table"
    for number, data in zip(range(CASES), cases(kind, whole[kind], SEED), strict=False):
        path.write_bytes(data)
        assert reader.read(path) in ("table", "refused"), (kind, number, zlib.crc32(data))


def test_every_kind_of_file_is_damaged(whole):
    assert set(whole) | {"feather"} == set(KINDS)


# ---------------------------------------------------------------- a long run


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--minutes", type=float, default=5)
    options.add_argument("--kind", choices=KINDS)
    options.add_argument("--seed", type=int, default=int(time.time()))
    options.add_argument("--keep", type=Path, help="a folder for the files that failed")
    given = options.parse_args()
    whole, reader, seen = seeds(), Reader(), Counter[str]()
    streams = {kind: cases(kind, data, given.seed) for kind, data in whole.items()
               if given.kind in (None, kind)}  # fmt: skip
    ends = time.monotonic() + 60 * given.minutes
    with tempfile.TemporaryDirectory() as name:
        while time.monotonic() < ends:
            for kind, stream in streams.items():
                path = Path(name, f"bestand.{kind.rpartition('.')[2]}")
                path.write_bytes(next(stream))
                began = time.monotonic()
                outcome = reader.read(path)
                took = time.monotonic() - began
                if took > 3:
                    outcome += " (slow)"
                new = f"{kind}: {outcome}" not in seen
                seen[f"{kind}: {outcome}"] += 1
                if outcome not in ("table", "refused") and new:
                    print(f"{kind}: {outcome}", flush=True)  # noqa: T201  # a script
                    if given.keep:
                        given.keep.mkdir(exist_ok=True)
                        place = given.keep / f"{sum(seen.values())}.{kind}"
                        place.write_bytes(path.read_bytes())
    reader.close()
    for outcome, count in sorted(seen.items()):
        print(f"{count:7}  {outcome}")  # noqa: T201  # a script


if __name__ == "__main__":
    main()
