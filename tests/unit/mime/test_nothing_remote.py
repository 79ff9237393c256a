"""Nothing remote is fetched by rendering, ever: over the whole corpus no name is looked up and no socket opened."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

DATA = Path(__file__).parents[2] / "data"

CODE = """
import sys
from pathlib import Path

touched = []

def hook(event, _arguments):
    if event.startswith("socket.") or event in ("urllib.Request", "webbrowser.open", "os.system", "subprocess.Popen"):
        touched.append(event)

sys.addaudithook(hook)

from tui_mail.mime.html import DirectConverter
from tui_mail.mime.page.browser import remote_pictures, to_page
from tui_mail.mime.render import render

class Converter(DirectConverter):
    def convert(self, html, first_link=1, begun=None):
        if len(html) < 100_000:
            to_page(html, remote=True)
            remote_pictures(html)
        return super().convert(html[:100_000], first_link, begun)

count = remote = 0
for path in sorted(Path(sys.argv[1]).glob("*.eml")):
    raw = path.read_bytes()
    if len(raw) < 200_000:
        for prefer in ("html", "plain"):
            remote += render(raw, prefer=prefer, html=Converter()).remote_images
        count += 1
print(count, remote, *sorted(set(touched)))
"""


def test_rendering_the_corpus_touches_no_network() -> None:
    done = subprocess.run(
        [sys.executable, "-c", CODE, str(DATA)], capture_output=True, text=True, check=True, timeout=110
    )
    count, remote, *touched = done.stdout.split()
    assert int(count) > 150
    assert int(remote) > 10, "the corpus holds remote images that could have been fetched"
    assert not touched
