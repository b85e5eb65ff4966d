"""The options of every command, and the one place that turns a fault into an exit code."""

from __future__ import annotations

import argparse
import io
import os
import sys
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path

from academic_workplace.cli.help import HELP
from academic_workplace.cli.place import AGENDA, run_monitor, run_site, run_template, run_voices
from academic_workplace.cli.power import NUMBERS, run_power
from academic_workplace.cli.saying import CANNOT, source
from academic_workplace.cli.studies import (
    run_check,
    run_key,
    run_lab,
    run_new,
    run_notebook,
    run_pseudonymise,
    run_report,
    run_reproduce,
)
from academic_workplace.errors import WorkplaceError
from academic_workplace.language import LANGUAGES, default_language


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit code is 0, 1 (reproduce: differs) or 2 (cannot)."""
    given = sys.argv[1:] if arguments is None else list(arguments)
    options = _parser(_language_in(given)).parse_args(given)
    language = (options.language or [default_language()])[0]
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a terminal may not know every sign
    try:
        command: Callable[[argparse.Namespace, str], int] = options.command
        ended = command(options, language)
        sys.stdout.flush()  # here, where a reader who left can still be told from a fault
    except WorkplaceError as error:
        print(error.explain(language), file=sys.stderr)
        return CANNOT
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # whoever read along has left: nothing more to say
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    return ended


def _language_in(given: Sequence[str]) -> str:
    """The language asked for, before the options are parsed: help is in it too."""
    for before, word in pairwise(given):
        if before == "--language" and word in LANGUAGES:
            return word
    return default_language()


def _parser(language: str) -> argparse.ArgumentParser:
    def say(key: str) -> str:
        return HELP[key][language]

    parser = argparse.ArgumentParser(prog="workplace", description=say("workplace"))
    commands = parser.add_subparsers(
        required=True,
        metavar="new | key | pseudonymise | check | report | reproduce | power | site | notebook"
        " | monitor | voices | lab",
    )

    def command(
        name: str, run: Callable[[argparse.Namespace, str], int]
    ) -> argparse.ArgumentParser:
        sub = commands.add_parser(
            name, help=say(name), description=say(name)[:1].upper() + say(name)[1:] + "."
        )
        sub.set_defaults(command=run)
        sub.add_argument("--language", action="append", choices=LANGUAGES, help=say("language"))
        return sub

    new = command("new", run_new)
    new.add_argument("name", metavar="NAME", help=say("name"))
    new.add_argument("--from", metavar="FILE", type=source, dest="source", help=say("from"))
    new.add_argument("--out", metavar="DIR", type=Path, default=Path(), help=say("beside"))
    made = command("key", run_key)
    made.add_argument("path", metavar="PATH", type=Path, help=say("key made"))
    hide = command("pseudonymise", run_pseudonymise)
    hide.add_argument("source", metavar="FILE", type=Path, help=say("source"))
    hide.add_argument("--id", metavar="COLUMN", action="append", required=True, help=say("id"))
    hide.add_argument("--key", metavar="PATH", type=Path, required=True, help=say("key file"))
    hide.add_argument("--out", metavar="FILE", type=Path, required=True, help=say("copy"))
    hide.add_argument("--into", metavar="COLUMN", help=say("into"))
    hide.add_argument("--keep", metavar="COLUMN", action="append", default=[], help=say("keep"))
    check = command("check", run_check)
    check.add_argument("plan", metavar="PLAN", type=Path, help=say("plan"))
    check.add_argument("--data", metavar="FILE", type=source, help=say("data"))
    check.add_argument("--out", metavar="DIR", type=Path, help=say("out"))
    report = command("report", run_report)
    report.add_argument("plan", metavar="PLAN", type=Path, help=say("plan"))
    report.add_argument("--data", metavar="FILE", type=source, help=say("data"))
    report.add_argument("--out", metavar="DIR", type=Path, help=say("out"))
    again = command("reproduce", run_reproduce)
    again.add_argument("folder", metavar="REPORT_DIR", type=Path, help=say("folder"))
    again.add_argument("--data", metavar="FILE", type=source, help=say("data"))
    again.add_argument("--plan", metavar="PLAN", type=Path, help=say("plan"))
    plan_ahead = command("power", run_power)
    plan_ahead.add_argument("plan", metavar="PLAN", type=Path, nargs="?", help=say("plan"))
    plan_ahead.add_argument("--data", metavar="FILE", type=source, help=say("data of plan"))
    for name in NUMBERS:  # as text: what is wrong with them is told all at once
        key = "chance" if name == "power" else name
        plan_ahead.add_argument(f"--{name}", metavar="N", help=say(key))
    plan_ahead.add_argument("--assigned", metavar="cluster|pupil", help=say("assigned"))
    plan_ahead.add_argument("--attainment", action="store_true", help=say("attainment"))
    plan_ahead.add_argument("--figure", metavar="FILE", type=Path, help=say("figure"))
    site = command("site", run_site)
    site.add_argument("reports", metavar="REPORTS_DIR", type=Path, nargs="?",
                      default=Path("reports"), help=say("reports"))  # fmt: skip
    site.add_argument("--studies", metavar="DIR", type=Path, default=Path("data"),
                      help=say("studies"))  # fmt: skip
    site.add_argument("--out", metavar="DIR", type=Path, help=say("site out"))
    site.add_argument("--agenda", metavar="DIR", type=Path, help=say("agenda"))
    site.add_argument("--values", metavar="PATH", type=Path, action="append", help=say("values"))
    site.add_argument("--evidence", metavar="DIR", type=Path, help=say("evidence"))
    follow = command("monitor", run_monitor)
    follow.add_argument("--values", metavar="PATH", type=Path, action="append", help=say("values"))
    follow.add_argument("--agenda", metavar="DIR", type=Path, default=AGENDA, help=say("agenda"))
    follow.add_argument("--reports", metavar="DIR", type=Path, default=Path("reports"),
                        help=say("reports"))  # fmt: skip
    follow.add_argument("--out", metavar="DIR", type=Path, default=Path("reports"),
                        help=say("monitor out"))  # fmt: skip
    hand_in = follow.add_subparsers(metavar="template").add_parser("template", help=say("template"))
    hand_in.set_defaults(command=run_template)
    hand_in.add_argument("workgroup", metavar="WORKGROUP", help=say("workgroup"))
    hand_in.add_argument("period", metavar="PERIOD", help=say("period"))
    hand_in.add_argument("--agenda", metavar="DIR", type=Path, default=AGENDA, help=say("agenda"))
    hand_in.add_argument("--language", action="append", choices=LANGUAGES, help=say("language"))
    hand_in.add_argument("--out", metavar="FILE", type=Path, default=None, help=say("template out"))
    heard = command("voices", run_voices)
    heard.add_argument("folder", metavar="DIR", type=Path, help=say("voices folder"))
    heard.add_argument("--reports", metavar="DIR", type=Path, default=Path("reports"),
                       help=say("reports"))  # fmt: skip
    heard.add_argument("--out", metavar="DIR", type=Path, help=say("out"))
    page = command("notebook", run_notebook)
    page.add_argument("notebooks", metavar="NOTEBOOK", type=Path, nargs="+", help=say("notebooks"))
    page.add_argument("--out", metavar="DIR", type=Path, default=Path("reports/notebooks"),
                      help=say("pages out"))  # fmt: skip
    command("lab", run_lab)
    return parser
