"""What can keep the sandbox from starting. Each is shown as one line, without a traceback."""


class SandboxError(Exception):
    """Something outside the program is in the way; the text says what to do about it."""


class EngineDown(SandboxError):
    """The embedded engine could not be started, did not answer in time, or has ended by itself."""


class PortBusy(SandboxError):
    """Another program listens on the port, or the system does not let us have it."""


class DirectoryBusy(SandboxError):
    """Another sandbox works on the same data directory."""


class DirectoryUnusable(SandboxError):
    """The data directory cannot be made or written."""
