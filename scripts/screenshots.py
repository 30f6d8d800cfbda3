"""Pages of a built site and reports as pictures, narrow and wide, light and dark; faults are told.

Run as: python scripts/screenshots.py build/docs SHOTS [REPORT.html...]
"""

import sys
from itertools import product
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
from tests.support.browser import chromium, executable, faults

PAGES = {
    "front": "index.html",
    "how-to": "how-to/conditions-and-groups.html",
    "models": "models.html",
    "reference": "reference/index.html",
    "function": "generated/api/bayes_ddm.compare.html",
    "gallery": "generated/gallery/index.html",
    "commands": "generated/command-line.html",
}
NOTEBOOKS = ("01", "03", "05")


def pages(site: Path) -> dict[str, Path]:
    """What is looked at, by name."""
    books = {n: next((site / "notebooks").glob(f"{n}_*.html")) for n in NOTEBOOKS}
    return {name: site / page for name, page in PAGES.items()} | books


site, folder, *reports = map(Path, sys.argv[1:])
folder.mkdir(parents=True, exist_ok=True)
shown = pages(site) | {report.stem: report for report in reports}
with chromium(executable()) as page:
    for (name, path), width, dark in product(shown.items(), (400, 1400), (False, True)):
        page.open(path, width=width, dark=dark)
        label = f"{name}-{width}{'-dark' * dark}"
        page.screenshot(folder / f"{label}.png")
        for fault in faults(page):
            print(f"{label}: {fault}")
