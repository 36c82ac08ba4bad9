"""The progress sheet against openpyxl's write-only mode writing the same wrapped cells: time and peak memory."""

import io
import statistics
import time
import tracemalloc
from collections.abc import Callable, Iterator
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment

from chalicelib.repos.files import workbook
from chalicelib.rules.applications.progress import COLUMNS

ROUNDS = 5
GOAL = 1.05


def figures() -> Iterator[dict[str, Any]]:
    """Time and memory at 90 and 10,000 rows."""
    for rows in (90, 10_000):
        cells = [_row(number) for number in range(rows)]
        for name, unit, measure in (("time", "CPU s", _seconds), ("peak memory", "byte", _peak)):
            ours, floor = _medians(measure, cells)
            yield {
                "name": f"Excel export of {rows} rows, {name}",
                "ratio": ours / floor,
                "goal": GOAL,
                "better": "lower",
                "ours": ours,
                "floor": floor,
                "unit": unit,
            }


def _medians(measure: Callable[[Callable[[], object]], float], cells: list[tuple[str, ...]]) -> tuple[float, float]:
    """Ours and the floor, measured in turns, so that both meet the same machine."""
    pairs = [
        (measure(lambda: workbook.sheet("人员申请进度", COLUMNS, cells)), measure(lambda: _floor(cells)))
        for _ in range(ROUNDS)
    ]
    return statistics.median(ours for ours, _ in pairs), statistics.median(floor for _, floor in pairs)


def _seconds(work: Callable[[], object]) -> float:
    started = time.process_time()
    work()
    return time.process_time() - started


def _peak(work: Callable[[], object]) -> float:
    tracemalloc.start()
    work()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return float(peak)


def _floor(cells: list[tuple[str, ...]]) -> bytes:
    book = Workbook(write_only=True)
    page = book.create_sheet("floor")
    wrapped = Alignment(wrap_text=True, vertical="top")
    for row in (COLUMNS, *cells):
        page.append([_cell(page, value, wrapped) for value in row])
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def _cell(page: Any, value: str, alignment: Alignment) -> Any:
    cell = WriteOnlyCell(page, value)
    cell.alignment = alignment
    return cell


def _row(number: int) -> tuple[str, ...]:
    return (
        f"APEC20261121000001-{number % 90:02d}",
        "测试甲",
        "销售部经理",
        "新加坡、智利",
        "马来西亚、韩国",
        "日本",
        "新西兰、墨西哥、越南",
    )
