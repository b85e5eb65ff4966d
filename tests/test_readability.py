"""The page can be read by a teacher in three minutes: short sentences, everyday words, no jargon.

What is measured, of the Dutch page of every golden text and of every study:

- sentences, which end at a full stop, question mark, exclamation mark or semicolon (Flesch, 1948,
  Journal of Applied Psychology 32, 221, counts units of thought; he also ends them at a colon,
  which would flatter here). Dutch guides for B1 ask for 10 to 15 words on average; nobody is
  asked to hold more than 25 at once.
- Flesch-Douma, the Dutch form of Flesch's reading ease: 206.84 - 0.93 x words per sentence - 77 x
  syllables per word (W.H. Douma, 1960, De leesbaarheid van landbouwbladen, Landbouwhogeschool
  Wageningen). Above 60 is plain, 80 is easy, below 50 is hard.
- words that only researchers use.

The limits are a little above what the hardest page reaches now (10.4 words on average, 25 in the
longest sentence, an ease of 74), so that a page that gets harder is seen. Headings, alternative
texts of pictures and cells of tables are no sentences and are left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from test_golden_texts import DAY, GOLDEN, evidence_of

import academic_workplace as aw
from academic_workplace.evidence.weighing import Verdict
from academic_workplace.report.build import build
from academic_workplace.report.document import (
    Block,
    Items,
    KeyMessage,
    Notice,
    Paragraph,
    Picture,
    walk,
)
from academic_workplace.report.glossary import glossary
from academic_workplace.report.technique import size_by_norm, size_words
from academic_workplace.report.words import phrases

pytestmark = pytest.mark.usefixtures("words_alone")

DATA = Path(__file__).parents[1] / "data"
PLANS = sorted(DATA.glob("*/plan*.toml"))
LONGEST, MEAN = 25, 11.0  # words in a sentence
EASE = 70  # Flesch-Douma of a whole page
TOGETHER = ("aai", "ooi", "oei", "eeu", "ieu", "eau", "éé", "aa", "ee", "oo", "uu", "ie", "oe",
            "eu", "ui", "ij", "ei", "au", "ou")  # fmt: skip
VOWELS = "aeiouyáàâéèêíóòúäëïöü"
JARGON = re.compile(
    r"""p-waarde|\bp\s*[=<>]|signific|regressie|standaarddeviatie|standaardfout|interval|varianti"""
    r"""|correlati|covaria|coëffici|(?<!\()\bclusters?\b|bootstrap|hypothese|\bICC\b|\bSE\b|\bdf\b"""
    r"""|parameter|schatt(?:er|ing)|populatie|steekproef|causa|effectgrootte|robuust|propensity"""
    r"""|matching|percentiel|gestandaardiseerd|odds|vrijheidsgra|\bbias|multilevel|randomis"""
    r"""|logistisch|confound|counterfact|endogen|heterogen|\bmodel|Hedges|Satterthwaite""",
    re.IGNORECASE,
)


def syllables(word: str) -> int:
    """Groups of vowels that sound together; a trema starts a new one. At least one a word.

    Within a group the longest known sound is taken first: i-de-aal, cre-a-tief, op-nieuw.
    """
    text, found, i = word.lower().replace("qu", "kw"), 0, 0
    while i < len(text):
        if text[i] not in VOWELS:
            i += 1
            continue
        if text[i] == "y" and i + 1 < len(text) and text[i + 1] in VOWELS:
            i += 1  # yoghurt: a consonant
            continue
        found += 1
        i += next((len(sound) for sound in TOGETHER if text.startswith(sound, i)), 1)
    return max(found, 1)


@pytest.mark.parametrize(
    ("word", "n"),
    [
        ("school", 1), ("leerling", 2), ("leerlingen", 3), ("onderwijs", 3), ("vergelijken", 4),
        ("ideaal", 3), ("creatief", 3), ("opnieuw", 2), ("beïnvloeden", 4), ("moeilijk", 2),
        ("geïnteresseerd", 5), ("waarschijnlijk", 3), ("zelfvertrouwen", 4), ("eeuw", 1),
        ("onzekerheid", 4), ("verschil", 2), ("nooit", 1), ("kwaliteit", 3), ("coördinator", 5),
        ("vaak", 1), ("quiz", 1), ("één", 1), ("tweeëntwintig", 4), ("n", 1), ("reële", 3),
    ],
)  # fmt: skip
def test_syllables_are_those_of_a_dictionary(word: str, n: int) -> None:
    assert syllables(word) == n


def sentences(text: str) -> list[str]:
    """The units of thought in a text."""
    return [part for part in re.split(r"(?<=[.?!;])[’\)]*\s+", text) if re.search(r"\w", part)]


def words(text: str) -> list[str]:
    return re.findall(r"[^\W_]+(?:[-’'.,][^\W_]+)*", text)


def ease(texts: list[str]) -> float:
    """Flesch-Douma of texts together; numbers are no words with syllables."""
    told = [sentence for text in texts for sentence in sentences(text)]
    counted = [word for s in told for word in words(s) if not re.search(r"\d", word)]
    syllables_per_word = sum(map(syllables, counted)) / len(counted)
    return 206.84 - 0.93 * len(counted) / len(told) - 77 * syllables_per_word


def test_the_score_of_a_text_counted_by_hand() -> None:
    text = "De leerling leest een boek. Dat vindt hij fijn."  # 9 words of 10 syllables, 2 sentences
    assert ease([text]) == pytest.approx(206.84 - 0.93 * 4.5 - 77 * 10 / 9)
    assert ease(["Kwaliteitsverbeteringsmaatregelen vereisen onderwijskundige evaluatie."]) < 0


def read(blocks: tuple[Block, ...]) -> Iterator[str]:
    """What is read of a page from top to bottom, without alternative texts and tables."""
    for block in walk(blocks):
        match block:
            case Paragraph(text) | Notice(text):
                yield text
            case KeyMessage(text, small):
                yield from (text, small)
            case Items(items):
                yield from items
            case Picture():
                yield block.caption


@cache
def page(name: str) -> tuple[str, ...]:
    """The Dutch page of a golden text or of a study."""
    if name in GOLDEN:
        evidence = evidence_of(name)
    else:
        plan = aw.read_plan(DATA / name)
        evidence = aw.weigh(aw.estimate(aw.read(plan.data), plan), plan)
    report = build(evidence, "nl", DAY, "")
    return tuple(text for text in read(report.blocks) if text)


PAGES = [*GOLDEN, *(str(path.relative_to(DATA)) for path in PLANS)]
every_page = pytest.mark.parametrize("name", PAGES)


@every_page
def test_sentences_are_short(name: str) -> None:
    told = [sentence for text in page(name) for sentence in sentences(text)]
    lengths = [len(words(sentence)) for sentence in told]
    assert [s for s, n in zip(told, lengths, strict=True) if n > LONGEST] == []
    assert sum(lengths) / len(lengths) <= MEAN


@every_page
def test_a_page_is_plain_dutch(name: str) -> None:
    assert ease(list(page(name))) >= EASE


@every_page
def test_no_word_that_only_researchers_use(name: str) -> None:
    assert [text for text in page(name) if JARGON.search(text)] == []


# ---------------------------------------------------------------- the templates and the glossary


@pytest.mark.parametrize("subject", ["findings", "change", "glossary"])
def test_every_sentence_to_be_filled_is_short(subject: str) -> None:
    told = [part for text in phrases(subject).values() for part in sentences(text.nl)]
    assert [part for part in told if len(words(part)) > LONGEST] == []


def test_the_glossary_is_plainer_than_what_it_explains() -> None:
    told = glossary("nl")
    assert len(told) >= 20
    assert len({term for term, _ in told}) == len(told) == len(glossary("en"))
    lengths = [len(words(s)) for _, meaning in told for s in sentences(meaning)]
    assert max(lengths) <= LONGEST
    assert sum(lengths) / len(lengths) <= MEAN
    assert ease([meaning for _, meaning in told]) >= 65  # it is about hard words


# ---------------------------------------------------------------- what a size is called

SIZE = re.compile(
    r"\b(klein|middelgroot|groot) effect|(effect|verschil) is (klein|middelgroot|groot)(?! genoeg)"
)


@every_page
def test_a_size_has_a_name_only_beside_the_norm_that_gives_it(name: str) -> None:
    assert [text for text in page(name) if SIZE.search(text)] == []
    told = [text for text in page(name) if re.search(r"\b(klein|middelgroot|groot)\.$", text)]
    assert told == [text for text in page(name) if re.search("Cohen|Kraft", text)]
    assert len(told) == (name == "gain_by_a_norm")


def test_the_page_names_a_size_by_the_norm_that_the_plan_chose() -> None:
    finding = evidence_of("gain").findings[0]
    plan, at = finding.effect.plan, {"attainment": "Kraft (2020)", "cohen": "Cohen (1988)"}
    for norm, source in at.items():
        measures = {"after": replace(plan.measure("after"), norm=norm)}
        own = replace(plan, study=replace(plan.study, measures=measures))
        effect = replace(finding.effect, plan=own)
        said = size_by_norm(replace(finding, effect=effect, low=0.03, high=0.3), "nl")
        assert source in said
        assert said.endswith(
            {"attainment": "klein tot groot.", "cohen": "minder dan klein tot klein."}[norm]
        )
        assert size_by_norm(replace(finding, effect=effect, verdict=Verdict.UNCLEAR), "nl") == ""
    assert size_by_norm(finding, "nl") == ""


def test_the_norms_are_named_and_their_words_follow_the_range() -> None:
    finding = evidence_of("gain").findings[0]
    at = {
        (0.21, 0.49): ("klein (", "groot ("),
        (0.05, 0.60): ("minder dan klein tot middelgroot (", "middelgroot tot groot ("),
        (0.01, 0.04): ("minder dan klein (", "klein ("),
        (-0.90, -0.30): ("klein tot groot (", "groot ("),
    }
    for (low, high), (cohen, kraft) in at.items():
        (said,) = size_words(replace(finding, low=low, high=high), "nl")
        first, second = said.split(" Gaat het om ")
        assert "Cohen (1988)" in first
        assert f"is het verschil {cohen}" in first
        assert "Kraft (2020)" in second
        assert f"is het verschil {kraft}" in second
    for nothing in ("null", "withheld", "dose", "one_school_in_each_group"):
        assert size_words(evidence_of(nothing).findings[0], "nl") == []
