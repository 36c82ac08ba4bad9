"""Builds the matrix page with component libraries, in build/bench-web/, with packages from the npm registry."""

import contextlib
import functools
import http.server
import json
import os
import shutil
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOURCES = Path(__file__).resolve().parent
BUILD = ROOT / "build" / "bench-web"
RIVALS = {"ElementPlus": ("element-plus", "2.14.8"), "AntDesignVue": ("ant-design-vue", "4.2.6")}
ENTRY = "import { createApp } from 'vue'\nimport App from './App.vue'\ncreateApp(App).mount('#app')\n"
PAGE = '<!doctype html><html lang="zh-CN"><div id="app"></div><script type="module" src="/main.ts"></script></html>'
CONFIG = "import vue from '@vitejs/plugin-vue'\nexport default { plugins: [vue()] }\n"


def built(rival: str) -> Path:
    """The folder of the built page; versions of Vue and Vite are those of web/."""
    folder, (package, version) = BUILD / rival, RIVALS[rival]
    folder.mkdir(parents=True, exist_ok=True)
    ours = json.loads((ROOT / "web" / "package.json").read_text(encoding="utf-8"))["dependencies"]
    needed = {name: ours[name] for name in ("vue", "vite", "@vitejs/plugin-vue")} | {package: version}
    description = json.dumps({"private": True, "type": "module", "dependencies": needed})
    (folder / "package.json").write_text(description, encoding="utf-8")
    for name, text in (("main.ts", ENTRY), ("index.html", PAGE), ("vite.config.js", CONFIG)):
        (folder / name).write_text(text, encoding="utf-8")
    shutil.copy(SOURCES / f"{rival}.vue", folder / "App.vue")
    shutil.copy(SOURCES / "content.ts", folder)
    shutil.copy(ROOT / "web" / ".npmrc", folder)
    environment = os.environ | {"PATH": f"{ROOT / '.node' / 'bin'}{os.pathsep}{os.environ['PATH']}"}
    for command in (("npm", "install", "--silent"), ("npx", "vite", "build", "--logLevel", "error")):
        subprocess.run(command, cwd=folder, env=environment, check=True)
    return folder / "dist"


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Serves files without a line for each request."""

    def log_message(self, *_: object) -> None:
        """Log nothing."""


@contextlib.contextmanager
def served(folder: Path) -> Iterator[str]:
    """The address at which the files of the folder are served within the block."""
    handler = functools.partial(Quiet, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
