"""`python -m sandbox`: the whole service on this machine, until Ctrl-C or SIGTERM."""

import io
import os
import signal
import sys

from sandbox.errors import SandboxError
from sandbox.service import Options, run


def main() -> int:
    """Run the sandbox. The exit code is 0 after a requested stop, and 1, with one line of text, after an error."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _stop)
    # On a terminal without Chinese characters the addresses must still be readable.
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    try:
        run(Options.read(os.environ))
    except SandboxError as error:
        print(f"sandbox: {error}", file=sys.stderr)
        return 1
    return 0


def _stop(_signal: int, _frame: object) -> None:
    """Leave every context in order; ignore further signals meanwhile."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)
    # Not print: the signal can interrupt one, and print is not reentrant.
    os.write(1, b"\nstopping ...\n")
    raise SystemExit(0)


if __name__ == "__main__":
    sys.exit(main())
