"""A page in headless Chromium, over its debugging pipe: what is shown, said, and how wide it is."""

from __future__ import annotations

import base64
import json
import os
import shutil
import signal
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome")
# a debugging pipe: Chromium reads commands from descriptor 3 and answers on 4
START = 'exec "$@" 3<&"$READ" 4>&"$WRITE"'
OPTIONS = (
    *("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"),
    *("--remote-debugging-pipe", "--no-first-run", "--hide-scrollbars"),
)

# contrast of each text with what lies behind it, by WCAG 2's formula
CONTRAST = """
(() => {
  const light = ([r, g, b]) => {
    const f = [r, g, b].map(x => x / 255)
      .map(x => x <= 0.03928 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4);
    return 0.2126 * f[0] + 0.7152 * f[1] + 0.0722 * f[2];
  };
  const parse = text => text.match(/[\\d.]+/g).map(Number);
  const behind = node => {
    for (let at = node; at; at = at.parentElement) {
      const colour = parse(getComputedStyle(at).backgroundColor);
      if (colour.length < 4 || colour[3] === 1) return colour;
    }
    return [255, 255, 255];
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  let worst = [21, ''];
  while (walker.nextNode()) {
    const node = walker.currentNode.parentElement;
    if (!walker.currentNode.textContent.trim()) continue;
    if (!node.checkVisibility({opacityProperty: true, visibilityProperty: true})) continue;
    const [a, b] = [parse(getComputedStyle(node).color), behind(node)].map(light);
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < worst[0]) worst = [ratio, walker.currentNode.textContent.trim()];
  }
  return worst;
})()
"""
# what sticks out to the right without lying in a box that scrolls
OVERFLOWING = """
[...document.querySelectorAll('body *')].filter(x => {
  const box = x.getBoundingClientRect();
  if (box.right <= innerWidth + 1 || box.left >= innerWidth || !box.width) return false;
  for (let at = x; at !== document.body; at = at.parentElement)
    if (getComputedStyle(at).overflowX !== 'visible') return false;
  return true;
}).map(x => x.outerHTML.slice(0, 100))
"""
BROKEN_IMAGES = "[...document.images].filter(x => !x.complete || !x.naturalWidth).length"


def executable():
    """Chromium's path, or None where there is none."""
    found = (shutil.which(name) for name in NAMES)
    return next((path for path in found if path), None) if shutil.which("bash") else None


class Page:
    """One tab."""

    def __init__(self, write, read):
        self._write, self._read, self._last = write, read, 0
        self._rest = b""
        self.messages = []
        target = self._ask("Target.createTarget", url="about:blank")["targetId"]
        attached = self._ask("Target.attachToTarget", targetId=target, flatten=True)
        self._session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Log"):
            self.ask(f"{domain}.enable")

    def ask(self, method, **parameters):
        """Send a command to the tab and return its result."""
        return self._ask(method, session=self._session, **parameters)

    def open(self, path, *, width, dark=False, media="", height=900):
        """Load a file at a width, light or dark, and forget earlier messages."""
        self.messages.clear()
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}
        self.ask("Emulation.setDeviceMetricsOverride", **size)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.ask("Emulation.setEmulatedMedia", media=media, features=[scheme])
        self.ask("Page.navigate", url=Path(path).resolve().as_uri())
        self._wait("Page.loadEventFired")
        return self

    def evaluate(self, code):
        """Value of a JavaScript expression."""
        found = self.ask("Runtime.evaluate", expression=code, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in found, found["exceptionDetails"]
        return found["result"].get("value")

    def screenshot(self, path, *, top=0, height=None):
        """Picture of the page, from `top` on."""
        whole = self.ask("Page.getLayoutMetrics")["cssContentSize"]
        clip = {"x": 0, "y": top, "width": whole["width"], "scale": 1}
        clip["height"] = min(height or whole["height"], whole["height"] - top)
        options = {"format": "png", "captureBeyondViewport": True, "clip": clip}
        made = self.ask("Page.captureScreenshot", **options)["data"]
        Path(path).write_bytes(base64.b64decode(made))

    def pdf(self, path):
        """The page as it prints."""
        made = self.ask("Page.printToPDF", preferCSSPageSize=True, printBackground=False)["data"]
        Path(path).write_bytes(base64.b64decode(made))

    def _ask(self, method, session=None, **parameters):
        self._last += 1
        asked = {"id": self._last, "method": method, "params": parameters}
        asked |= {"sessionId": session} if session else {}
        os.write(self._write, json.dumps(asked).encode() + b"\0")
        while (answer := self._next()).get("id") != self._last:
            self._note(answer)
        assert "error" not in answer, answer["error"]
        return answer["result"]

    def _wait(self, event):
        while (answer := self._next()).get("method") != event:
            self._note(answer)

    def _note(self, answer):
        told = ("Log.entryAdded", "Runtime.consoleAPICalled", "Runtime.exceptionThrown")
        if answer.get("method") in told:
            self.messages.append(json.dumps(answer["params"]))

    def _next(self):
        while b"\0" not in self._rest:
            more = os.read(self._read, 1 << 20)
            assert more, "Chromium ended"
            self._rest += more
        line, self._rest = self._rest.split(b"\0", 1)
        return json.loads(line)


def faults(page):
    """What is wrong with the page that is open."""
    found = [f"console: {message}" for message in page.messages]
    found += [f"sticks out: {tag}" for tag in page.evaluate(OVERFLOWING)]
    wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    found += [f"scrolls sideways by {wide} px"] * (wide > 0)
    broken = page.evaluate(BROKEN_IMAGES)
    found += [f"{broken} broken images"] * (broken > 0)
    ratio, text = page.evaluate(CONTRAST)
    found += [f"contrast {ratio:.2f}: {text[:60]}"] * (ratio < 4.5)
    return found


@contextmanager
def chromium(path):
    """Start Chromium and give a tab; it ends with the block."""
    to_read, write = os.pipe()
    read, to_write = os.pipe()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        process = subprocess.Popen(
            ["bash", "-c", START, "bash", path, *OPTIONS, f"--user-data-dir={profile}"],
            env=os.environ | {"READ": str(to_read), "WRITE": str(to_write)},
            pass_fds=(to_read, to_write),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        os.close(to_read)
        os.close(to_write)
        try:
            yield Page(write, read)
        finally:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            os.close(write)
            os.close(read)
