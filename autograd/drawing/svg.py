"""SVG as Graphviz writes it, made fit to stand inside a page."""

from __future__ import annotations

from typing import TypeAlias
from xml.etree import ElementTree as ET

Element: TypeAlias = ET.Element

_SVG = "http://www.w3.org/2000/svg"
_XLINK = "http://www.w3.org/1999/xlink"

_SMALLEST = 0.55  # as a share of its natural size
_INDEX = 0.7  # as a share of the size of its own text

ET.register_namespace("", _SVG)
ET.register_namespace("xlink", _XLINK)


def parse(svg: str | bytes) -> ET.Element:
    """The picture as a tree of elements."""
    return ET.fromstring(svg)


def refine(picture: ET.Element, description: str) -> None:
    """Fit the picture for a page: its size, words for screen readers, and no ids to be shared.

    Graphviz titles its groups with the names in the DOT source, and keeps our tooltips in links
    that lead nowhere: a group gets its tooltip as its title instead. It writes an index as large as
    what it belongs to, over the line below: here it is smaller.
    """
    # A wide picture shrinks to its column, but not until its text is lost: then it scrolls.
    width = float(picture.get("width", "0pt").removesuffix("pt"))
    picture.set("style", f"max-width: 100%; min-width: {_SMALLEST * width:.0f}pt; height: auto")
    picture.set("role", "img")
    picture.set("aria-label", description)
    for element in picture.iter():
        element.attrib.pop("id", None)
        if "baseline-shift" in element.attrib:
            element.set("font-size", f"{_INDEX * float(element.get('font-size', '12')):.2f}")
        title = element.find(f"{{{_SVG}}}title")
        if title is not None:
            tip = element.find(f".//{{{_SVG}}}a[@{{{_XLINK}}}title]")
            if tip is not None and element.get("class") != "graph":
                title.text = tip.get(f"{{{_XLINK}}}title")
            else:
                element.remove(title)


def drop_titles(picture: ET.Element, *classes: str) -> None:
    """Take the titles, and the tooltips they were made of, out of the groups of these classes."""
    for group in picture.iter(f"{{{_SVG}}}g"):
        if not set(classes).isdisjoint(group.get("class", "").split()):
            for title in group.findall(f"{{{_SVG}}}title"):
                group.remove(title)
            for link in group.iter(f"{{{_SVG}}}a"):
                link.attrib.pop(f"{{{_XLINK}}}title", None)


def texts(picture: ET.Element, *classes: str) -> list[ET.Element]:
    """The text elements of the group that has the given classes, in the order they are drawn."""
    for element in picture.iter(f"{{{_SVG}}}g"):
        if set(classes) <= set(element.get("class", "").split()):
            return list(element.iter(f"{{{_SVG}}}text"))
    raise LookupError(f"no group of the classes {classes} in the picture")


def write(picture: ET.Element) -> str:
    """The picture as text that can stand in HTML: no XML declaration."""
    return ET.tostring(picture, encoding="unicode")
