"""Errors that end the sandbox. Each is printed as one line, without a traceback."""


class SandboxError(Exception):
    """Raised for a cause outside the program; the text says what to do about it."""


class EngineDown(SandboxError):
    """Raised when the embedded engine does not start, does not answer in time, or has ended unexpectedly."""


class PortBusy(SandboxError):
    """Raised when a port is used by another program, is not permitted, or is not a port number."""


class DirectoryBusy(SandboxError):
    """Raised when another sandbox uses the data directory."""


class DirectoryOutdated(SandboxError):
    """Raised when an earlier version of the portal made the tables of the data directory."""


class DirectoryUnusable(SandboxError):
    """Raised when the data directory cannot be created or written."""
