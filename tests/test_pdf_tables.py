"""A table that goes on over the page begins with more than a caption and a row."""

from __future__ import annotations

from dataclasses import replace

import pytest
from test_writers import a_report, pdf_pages

from academic_workplace.report.document import Heading, Paragraph, Table
from academic_workplace.report.writers.pdf import pdf

ROWS = tuple((f"Rij{i:02d}", "1", "2") for i in range(30))
TABLE = Table("Bijschrift van de tabel", ("Naam", "Een", "Twee"), ROWS, (False, True, True), "")


@pytest.mark.parametrize("before", range(40, 62))
def test_a_table_begins_with_three_rows_or_on_the_next_page(before):
    filler = tuple(Paragraph(f"Regel {i}.") for i in range(before))
    report = replace(a_report(), appendix=(*filler, Heading("Kop van de tabel", 2), TABLE))
    pages = pdf_pages(pdf(report))
    (page,) = [page for page in pages if TABLE.caption in page]
    assert "Kop van de tabel" in page
    assert "Rij02" in page
