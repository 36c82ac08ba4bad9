"""The API as a process that tests can kill: `python -m tests.support.api_process PORT`.

The environment names the engine of the tests; the clock is the system's.
"""

import sys
import threading

from sandbox.http.api_server import ApiServer, listen


def main(port: int) -> None:
    """Serve until killed."""
    from app import app

    with ApiServer(app, listen(port, "PORT"), web_origin="http://127.0.0.1:8001"):
        threading.Event().wait()


if __name__ == "__main__":
    main(int(sys.argv[1]))
