"""`python -m sandbox`: the whole service on this machine, until Ctrl-C or SIGTERM."""

import io
import os
import signal
import sys

from sandbox.errors import SandboxError
from sandbox.service import Options, run


def main() -> int:
    """Run; the exit code is 0 after a wanted stop and 1, with one line, if something is in the way."""
    for wanted in (signal.SIGTERM, signal.SIGINT):
        signal.signal(wanted, _stop)
    # A terminal that knows no Chinese shall still get the addresses.
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
    """Leave every context in order; a second signal must not interrupt that."""
    for wanted in (signal.SIGTERM, signal.SIGINT):
        signal.signal(wanted, signal.SIG_IGN)
    # Not print: the signal may have come in the middle of one.
    os.write(1, b"\nstopping ...\n")
    raise SystemExit(0)


if __name__ == "__main__":
    sys.exit(main())
