"""Run as a program of its own: one sheet of a workbook through python-calamine.

A damaged workbook may end the program that calamine runs in, or fill its memory; then it is only
this one. It imports nothing of the package, and answers with a pickle on standard output.
"""

import contextlib
import pickle
import sys

MOST_MEMORY = 4 << 30
PASSWORD = 3  # the status when the workbook has one


def main(path: str, chosen: str) -> int:
    """Write the names of the sheets and whether each is in sight; or a sheet, by its number."""
    with contextlib.suppress(ImportError, ValueError, OSError):  # there is none on Windows
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    import python_calamine as calamine

    try:
        book = calamine.CalamineWorkbook.from_path(path)
    except calamine.PasswordError:
        return PASSWORD
    listed = [s for s in book.sheets_metadata if s.typ is calamine.SheetTypeEnum.WorkSheet]
    answer: object = [
        (sheet.name, sheet.visible is calamine.SheetVisibleEnum.Visible) for sheet in listed
    ]
    if chosen:
        sheet = book.get_sheet_by_name(listed[int(chosen)].name)
        answer = sheet.to_python(skip_empty_area=False), sheet.merged_cell_ranges or ()
    pickle.dump(answer, sys.stdout.buffer)
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
