"""The refusal of a call to the second port."""


class CallRefused(Exception):
    """Raised when a call is refused: a status, a message for people, and the fields that it concerns."""

    def __init__(self, status: int, message: str, errors: list[dict[str, str]] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.body = {"message": message, "errors": errors or []}
