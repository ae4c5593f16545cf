"""``brief.xlsx``: the brief as a workbook, one sheet of single entries and one for each list."""
