"""Sections as one HTML page, and their numbers as JSON."""

from __future__ import annotations

import datetime
import re
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

from bayes_ddm.display import block_html, environment, plain
from bayes_ddm.reporting.section import Part, Section

SCHEMA_VERSION = 1


@dataclass(frozen=True)
class Document:
    """A report, ready to be written.

    Attributes
    ----------
    title : str
    fits : tuple of str
        Names of the fits.
    sections : tuple of Section
    date : datetime.date
        Of writing.
    """

    title: str
    fits: tuple[str, ...]
    sections: tuple[Section, ...]
    date: datetime.date

    def to_html(self) -> str:
        """Return the page: everything inside it, nothing fetched, no script."""
        template = environment("bayes_ddm.reporting").get_template("report.html.j2")
        anchors = _anchors(self.fits)
        return template.render(
            document=self,
            several=len(self.fits) > 1,
            version=version("bayes-ddm"),
            html=block_html,
            anchor=lambda section, part: f"{section.key}-{anchors[part.fit]}",
        )

    def to_dict(self) -> dict[str, Any]:
        """Return every number as JSON values; None stands for what could not be computed."""
        sections = {
            section.key: {"title": section.title, "parts": _parts(section.parts)}
            for section in self.sections
        }
        return {
            "schema_version": SCHEMA_VERSION,
            "title": self.title,
            "date": self.date.isoformat(),
            "fits": list(self.fits),
            "sections": plain(sections),
        }


def _parts(parts: Sequence[Part]) -> list[dict[str, Any]]:
    return [{"fit": part.fit or None} | part.to_dict() for part in parts]


def _anchors(names: Sequence[str]) -> dict[str, str]:
    """Addresses within the page: readable, and different whatever the names."""
    anchors: dict[str, str] = {}
    for name in names:
        readable = re.sub(r"[^A-Za-z0-9_-]+", "-", name).strip("-") or "fit"
        repeated = readable in anchors.values()
        anchors[name] = f"{readable}-{len(anchors) + 1}" if repeated else readable
    return anchors
