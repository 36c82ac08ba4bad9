"""The repository's own source, parsed: modules, functions, docstrings, comments and imports."""

import ast
import io
import tokenize
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SHIPPED = ("chalicelib", "scheduled", "operations", "sandbox", "tools", "testing")
PACKAGES = (*SHIPPED, "rehearsal", "benchmarks", "tests")

type Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Module:
    """One Python file.

    Args:
        path: Relative to the root of the repository.
    """

    path: Path

    @cached_property
    def text(self) -> str:
        """The source as it is stored."""
        return (ROOT / self.path).read_text(encoding="utf-8")

    @cached_property
    def tree(self) -> ast.Module:
        """The source parsed."""
        return ast.parse(self.text)

    @property
    def lines(self) -> int:
        """The number of lines of the file."""
        return len(self.text.splitlines())

    def functions(self, *, nested: bool = True) -> Iterator[Function]:
        """Every function and method; without those defined inside another function if `nested` is false."""
        inner = {} if nested else {id(node) for outer in self.functions() for node in _functions(outer)}
        return (function for function in _functions(self.tree) if id(function) not in inner)

    def imports(self) -> Iterator[str]:
        """The dotted name of everything that is imported, names within modules included."""
        for node in _statements(self.tree):
            if isinstance(node, ast.ImportFrom):
                yield from (f"{node.module}.{alias.name}" for alias in node.names)
            elif isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names)

    def docstrings(self) -> Iterator[str]:
        """Every docstring, those of constants and fields included, each on one line."""
        for node in _statements(self.tree):
            if (
                isinstance(node, ast.Expr)
                and isinstance(node.value, ast.Constant)
                and isinstance(node.value.value, str)
            ):
                yield " ".join(node.value.value.split())

    def comments(self) -> Iterator[str]:
        """Every comment."""
        tokens = tokenize.generate_tokens(io.StringIO(self.text).readline)
        return (token.string for token in tokens if token.type == tokenize.COMMENT)


def modules(*directories: str) -> list[Module]:
    """Every module under these directories of the repository."""
    paths = [path for directory in directories for path in sorted((ROOT / directory).rglob("*.py"))]
    return [Module(path.relative_to(ROOT)) for path in paths]


def every_module() -> list[Module]:
    """Every module of the repository."""
    return [Module(Path("app.py")), *modules(*PACKAGES)]


def body_lines(function: Function) -> int:
    """The number of lines of a function's body without its docstring."""
    statements = function.body[1:] if ast.get_docstring(function) is not None else function.body
    last = function.end_lineno or 0
    return last - statements[0].lineno + 1 if statements else 0


def length(function: Function) -> int:
    """The number of lines from `def` to the end, without decorators."""
    return (function.end_lineno or 0) - function.lineno + 1


def _functions(above: ast.AST) -> Iterator[Function]:
    return (node for node in _statements(above) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def _statements(above: ast.AST) -> Iterator[ast.AST]:
    """Every statement below a node, in the order of `ast.walk`, which would go through all expressions too."""
    rest = deque(_parts(above))
    while rest:
        node = rest.popleft()
        rest.extend(_parts(node))
        yield node


def _parts(node: ast.AST) -> Iterator[ast.AST]:
    """The statements within a statement, and what holds some: handlers of exceptions and cases of a match."""
    for name in node._fields:
        if name in ("body", "handlers", "orelse", "finalbody", "cases"):
            yield from getattr(node, name)
