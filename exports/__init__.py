"""The deliverables: marts to document model to Word, Excel and open data."""

from exports.marts import MartsError
from exports.rendering import RenderedFiles, render, render_fiche

__all__ = ["MartsError", "RenderedFiles", "render", "render_fiche"]
