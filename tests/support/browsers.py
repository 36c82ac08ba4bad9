"""Browsers: callers whose session is in a cookie, as on the portal's own pages."""

from dataclasses import dataclass

from testing.api import Answer, User
from testing.world import PASSWORD, World

COOKIE = "__Host-session"
OWN_ORIGIN = "http://127.0.0.1:8001"
"""The origin of the pages in tests, as in tests/conftest.py."""
API_ORIGIN = "http://127.0.0.1:8000"


@dataclass
class Browser:
    """A browser with a session cookie, showing a page of the portal."""

    world: World
    cookie: str

    def __call__(self, method: str, path: str, body: object = None, **headers: str | None) -> Answer:
        """Call the API as a page does; a header that is None is left out."""
        sent = {"Cookie": self.cookie, "Origin": OWN_ORIGIN, "Content_Type": "application/json", **headers}
        return self.world.anybody(method, path, body, **sent)

    @property
    def token(self) -> str:
        """The token in the cookie."""
        return self.cookie.partition("=")[2]


def cookie_of(answer: Answer) -> str:
    """The cookie that a reply sets, as the browser sends it back."""
    return answer.headers["set-cookie"].partition(";")[0]


def cleared(answer: Answer) -> bool:
    """Whether the reply removes the cookie."""
    parts = [part.strip() for part in answer.headers.get("set-cookie", "").split(";")]
    return parts[0] == f"{COOKIE}=" and "Max-Age=0" in parts


def opened(world: World, user: User) -> Browser:
    """A browser in which the enterprise of `user` has signed in."""
    form = {"identity": "enterprise", "login": user.account["login"], "password": PASSWORD, "keep": "cookie"}
    return Browser(world, cookie_of(world.anybody("POST", "/sessions", form)))
