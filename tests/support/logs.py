"""The log of the service within a block."""

import io
import logging
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def recorded() -> Iterator[io.StringIO]:
    """Record everything that is logged within the block."""
    from chalicelib.repos.process import log  # noqa: F401  creates the handler

    handler = logging.getLogger("abtc").handlers[0]
    assert isinstance(handler, logging.StreamHandler)
    caught = io.StringIO()
    before = handler.setStream(caught)
    try:
        yield caught
    finally:
        handler.setStream(before)
