"""Fetches the portal's keys while the modules of the pages load, so that the first request need not wait for them.

A new execution environment of Lambda loads the modules, which takes CPU, and needs the keys, which takes a request to
the table and one to KMS for each key: waiting. A thread does the second during the first. What it did not fetch is
fetched by the first request that needs it.
"""

import threading
from collections.abc import Callable

from chalicelib.config import SNAP_START, initialization, is_on_lambda
from chalicelib.repos.keys import keyring
from chalicelib.repos.process import log

LONGEST_WAIT = 2.0
"""Seconds for which the end of the loading waits for the keys: Lambda allows ten for both."""


def begin() -> Callable[[], None]:
    """Begin to fetch the keys, on Lambda only, and not for a snapshot: there they are fetched after it is restored.

    Returns:
        Waits until they are fetched, `LONGEST_WAIT` at most.
    """
    if not is_on_lambda() or initialization() == SNAP_START:
        return lambda: None
    return begin_to_fetch()


def begin_to_fetch() -> Callable[[], None]:
    """Begin to fetch the keys. Returns what waits for them, as `begin` does."""
    thread = threading.Thread(target=fetch, name="keys", daemon=True)
    thread.start()
    return lambda: thread.join(LONGEST_WAIT)


def fetch() -> None:
    """Fetch the keys; a line of the log says why they could not be fetched."""
    try:
        keyring.fetch()
    except Exception as error:  # noqa: BLE001  whatever it is, the first request meets it and answers it
        log.failure("keys_not_fetched", error)
