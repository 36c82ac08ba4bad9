"""Run in a folder with `app.py`: prints the routes of the API for `chalicelib/handlers/http/on_demand.py`, as JSON."""

import json
import sys
from pathlib import Path

sys.path[:0] = [str(Path.cwd()), str(Path.cwd() / "vendor")]


def main() -> None:
    """Print method, path, module and view of every route, in the order of their declaration."""
    import app  # noqa: F401  declares them
    from chalicelib.handlers.http.route import ROUTES

    listed = [(route.method, route.path, route.view.__module__, route.view.__name__) for route in ROUTES]
    print(json.dumps(listed, indent=0))


if __name__ == "__main__":
    main()
