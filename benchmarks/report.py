"""How long reports take, after the estimates: one study in two languages, and a site of 100.

    python benchmarks/report.py

There is no peer that writes the same; what is asked is 5 seconds and 60 seconds on two cores.
"""

from __future__ import annotations

import shutil
import tempfile
import time
from pathlib import Path
from statistics import median

import academic_workplace as aw
from academic_workplace.report.site import write_site

STUDIES = ("levensvaardigheden", "mentoring", "ouderbetrokkenheid", "star")
DATA = Path(__file__).parents[1] / "data"
RUNS, MANY = 3, 100


def main() -> None:
    with tempfile.TemporaryDirectory() as room:
        reports = Path(room, "reports")
        for name in STUDIES:
            plan = aw.read_plan(DATA / name / "plan.toml")
            evidence = aw.weigh(aw.estimate(aw.read(plan.data, **plan.reading), plan), plan)
            took = []
            for _ in range(RUNS):
                begin = time.perf_counter()
                for language in ("nl", "en"):
                    known = Path(room, f"{name}.json")
                    aw.write(evidence, reports / name, language=language, released=known)
                took.append(time.perf_counter() - begin)
            files = sum(1 for path in (reports / name).iterdir() if path.suffix != ".json")
            print(f"{name}: {median(took):.1f} s for two languages, {files} files")
        for i in range(MANY - len(STUDIES)):
            shutil.copytree(reports / STUDIES[i % len(STUDIES)], reports / f"study-{i}")
        begin = time.perf_counter()
        write_site(reports, Path(room, "site"))
        print(f"a site of {MANY} studies: {time.perf_counter() - begin:.1f} s")


if __name__ == "__main__":
    main()
