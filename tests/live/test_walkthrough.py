"""docs/walkthrough.md works as written: its blocks run in order, in one bash, against a running sandbox."""

import os
import re
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from testing.running import ROOT, Sandbox, outside_environment

ENGLISH, CHINESE = ROOT / "docs" / "walkthrough.md", ROOT / "docs" / "walkthrough.zh-CN.md"
BLOCK = re.compile(r"^```(bash|text)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
ANY_TEXT = "…"
END_OF_BLOCK = "--- end of block ---"


def blocks(page: Path) -> list[tuple[str, str]]:
    """Language and content of every bash and text block."""
    return BLOCK.findall(page.read_text(encoding="utf-8"))


def steps(page: Path) -> list[tuple[str, str]]:
    """Every bash block with the text block that follows it; an empty text where none follows."""
    found = blocks(page)
    following = [*found[1:], ("bash", "")]
    return [
        (content, text if kind == "text" else "")
        for (language, content), (kind, text) in zip(found, following, strict=True)
        if language == "bash"
    ]


class Shell:
    """One bash process that runs one block after the other."""

    def __init__(self, variables: dict[str, str]) -> None:
        self._process = subprocess.Popen(
            ["bash", "--noprofile", "--norc"],
            env=outside_environment() | variables,
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            start_new_session=True,
        )

    def run(self, block: str) -> list[str]:
        """The lines that the block prints."""
        assert self._process.stdin
        assert self._process.stdout
        # Commands of the block must not read the blocks that follow.
        self._process.stdin.write(f"{{\n{block}\n}} </dev/null\nprintf '\\n%s\\n' '{END_OF_BLOCK}'\n")
        self._process.stdin.flush()
        lines: list[str] = []
        for line in self._process.stdout:
            if line.rstrip("\n") == END_OF_BLOCK:
                return "\n".join(lines).removesuffix("\n").splitlines()
            lines.append(line.rstrip("\n"))
        raise AssertionError(f"bash has ended: {lines}")

    def close(self) -> None:
        """End bash and what it started."""
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.communicate()


@pytest.fixture
def shell(sandbox: Sandbox, tmp_path: Path) -> Iterator[Shell]:
    """A bash that knows the sandbox's addresses and directory, and no proxy."""
    running = Shell(
        {
            "API": f"http://127.0.0.1:{sandbox.port}/v1",
            "SANDBOX": f"http://127.0.0.1:{sandbox.page_port}",
            "SANDBOX_DIR": str(sandbox.directory),
        }
    )
    yield running
    running.close()


def matches(expected: str, printed: str) -> bool:
    """Whether a printed line is the expected one; see the rule of the test below."""
    pattern = ".*".join(re.escape(part) for part in expected.strip().split(ANY_TEXT))
    return re.fullmatch(pattern, printed.strip()) is not None


def test_every_block_of_the_walkthrough_prints_what_the_page_shows(shell: Shell):
    """Each bash block prints exactly the lines of the text block that follows it.

    In a text block `…` stands for any text within its line, also for none: ids, dates, times and shortened lists are
    written so. Blanks at the ends of a line do not count; empty lines do. A bash block without a text block prints
    nothing.
    """
    for block, text in steps(ENGLISH):
        expected, printed = text.splitlines(), shell.run(block)
        wrong = [pair for pair in zip(expected, printed, strict=False) if not matches(*pair)]
        assert (len(printed), wrong) == (len(expected), []), f"{block}\nprinted:\n" + "\n".join(printed)


def test_both_languages_of_the_walkthrough_have_the_same_blocks():
    assert blocks(CHINESE) == blocks(ENGLISH)
    assert len(steps(ENGLISH)) == 14


@pytest.mark.parametrize(
    ("expected", "printed", "equal"),
    [
        ("a … c", "a b c", True),
        ("[…]", "[]", True),
        ("a.c", "abc", False),
        ("a", "ab", False),
        ("60", "60 ", True),
    ],
)
def test_an_ellipsis_stands_for_any_text_of_its_line(expected: str, printed: str, equal: bool):
    assert matches(expected, printed) is equal
