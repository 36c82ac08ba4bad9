"""Markdown for the generated pages."""

from collections.abc import Iterable, Mapping, Sequence


def table(header: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    """A table with a header line; a vertical bar within a cell is escaped."""
    rows = [header, ["---"] * len(header), *lines]
    return "".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |\n" for cells in rows)


def filled(page: str, tables: Mapping[str, str], title: str) -> str:
    """The page with each table between the markers of its name; what is written by hand stays.

    Args:
        page: the page as it is.
        tables: what stands between the markers, by their name.
        title: the name of the page, for the error.

    Raises:
        ValueError: the page lacks the markers of a table.
    """
    for name, written in tables.items():
        begin, end = f"<!-- {name}: generated -->", f"<!-- end of {name} -->"
        before, found, rest = page.partition(begin)
        _, closed, after = rest.partition(end)
        if not (found and closed):
            raise ValueError(f"{title} has no place for the table `{name}`")
        page = f"{before}{begin}\n\n{written}\n{end}{after}"
    return page
