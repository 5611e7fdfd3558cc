"""Checks a written `.pptx` against the accessibility and soundness rules of the deliverables.

`defects(content)` lists everything wrong, empty when nothing is; each rule is proven on a broken file in the tests.
"""

import re
from collections import Counter
from collections.abc import Iterator

from lxml import etree

from exports.defects import Defect
from exports.packing import read_package

LANGUAGE = "fr-FR"
_A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_P = "{http://schemas.openxmlformats.org/presentationml/2006/main}"
_DUBLIN = "{http://purl.org/dc/elements/1.1/}"
_TITLES = frozenset({"title", "ctrTitle"})


def defects(content: bytes) -> list[Defect]:
    """Everything wrong with written slides."""
    parts = read_package(content)
    found = [*_properties(parts), *_outside(parts)]
    titles: Counter[str] = Counter()
    for part in sorted(parts):
        if re.fullmatch(r"ppt/slides/slide\d+\.xml", part):
            slide = etree.fromstring(parts[part])
            found += [*_shapes(part, slide), *_tables(part, slide), *_language(part, slide)]
            titles[_title(slide)] += 1
    for title, count in titles.items():
        if not title:
            found.append(Defect("TITLE_MISSING", "ppt/slides", f"{count} slides have no title"))
        elif count > 1:
            found.append(Defect("TITLE_REPEATED", "ppt/slides", f"{title!r} on {count} slides"))
    return found


def _properties(parts: dict[str, bytes]) -> Iterator[Defect]:
    core = etree.fromstring(parts["docProps/core.xml"])
    if not (core.findtext(f"{_DUBLIN}title") or "").strip():
        yield Defect("TITLE_MISSING", "docProps/core.xml", "no title")
    if core.findtext(f"{_DUBLIN}language") != LANGUAGE:
        yield Defect("LANGUAGE", "docProps/core.xml", str(core.findtext(f"{_DUBLIN}language")))


def _tree(slide: "etree._Element") -> list["etree._Element"]:
    """The shapes in reading order."""
    tree = slide.find(f"{_P}cSld/{_P}spTree")
    kinds = {f"{_P}sp", f"{_P}graphicFrame", f"{_P}pic", f"{_P}grpSp", f"{_P}cxnSp"}
    return [shape for shape in (tree if tree is not None else ()) if shape.tag in kinds]


def _is_title(shape: "etree._Element") -> bool:
    place = shape.find(f"{_P}nvSpPr/{_P}nvPr/{_P}ph")
    return place is not None and place.get("type") in _TITLES


def _words(shape: "etree._Element") -> str:
    return "".join(str(node.text or "") for node in shape.iter(f"{_A}t")).strip()


def _title(slide: "etree._Element") -> str:
    return next((_words(shape) for shape in _tree(slide) if _is_title(shape)), "")


def _shapes(part: str, slide: "etree._Element") -> Iterator[Defect]:
    shapes = _tree(slide)
    if shapes and not _is_title(shapes[0]):
        yield Defect("READING_ORDER", part, "the title is not read first")
    identifiers = Counter(item.get("id") for item in slide.iter(f"{_P}cNvPr"))
    yield from (Defect("DRAWING_ID", part, f"{found} on {n} shapes") for found, n in identifiers.items() if n > 1)
    for shape in shapes:
        properties = next(shape.iter(f"{_P}cNvPr"))
        if shape.tag == f"{_P}sp":
            if not _words(shape):
                yield Defect("EMPTY_SHAPE", part, properties.get("name") or "shape")
        elif not (properties.get("descr") or "").strip():
            yield Defect("ALT_TEXT", part, properties.get("name") or "drawing")


def _tables(part: str, slide: "etree._Element") -> Iterator[Defect]:
    for table in slide.iter(f"{_A}tbl"):
        properties = table.find(f"{_A}tblPr")
        if properties is None or properties.get("firstRow") != "1":
            yield Defect("TABLE_HEADER", part, "the first row is not marked as a header")
        if any(cell.get("gridSpan") or cell.get("rowSpan") for cell in table.iter(f"{_A}tc")):
            yield Defect("MERGED_CELL", part, "merged cells")


def _language(part: str, slide: "etree._Element") -> Iterator[Defect]:
    for run in slide.iter(f"{_A}rPr"):
        if run.get("lang") != LANGUAGE:
            yield Defect("LANGUAGE", part, str(run.get("lang")))
            return


def _outside(parts: dict[str, bytes]) -> Iterator[Defect]:
    for part in sorted(parts):
        if part.endswith(".rels") and b'TargetMode="External"' in parts[part]:
            yield Defect("OUTSIDE", part, "an external link")
        elif part.endswith("vbaProject.bin"):
            yield Defect("OUTSIDE", part, "a macro")
