"""The commit-msg hook."""

from pathlib import Path

import pytest

from tools import commit_subject


@pytest.mark.parametrize(
    ("subject", "code"),
    [("A" * 72, 0), ("A" * 73, 1), ("字" * 72, 0), ("字" * 73, 1), ("fixup! " + "A" * 72, 0), ("", 0)],
)
def test_a_subject_has_at_most_72_characters(tmp_path: Path, subject: str, code: int) -> None:
    message = tmp_path / "message"
    message.write_text(f"{subject}\n\n{'A body may be wider. ' * 9}\n", encoding="utf-8")
    assert commit_subject.main([str(message)]) == code
