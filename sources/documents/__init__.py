"""Published documents as facts: what a report, an article or slides say, with the words that say it.

`extract(path, reference)` reads one file and stores nothing. Readers of formats give lines (`docx_reader`,
`html_reader`, `odt_reader`, `pdf_reader`, `pptx_reader`, `text_reader`); `layout` tells what a line is, `report` parts
it into actions; `targets`, `quantities`, `states` and `links` read the facts; `provenance` finds every quote again in
the stored bytes.
"""

from sources.documents.extraction import EXTRACTOR_VERSION, extract
from sources.documents.facts import Extraction
from sources.documents.refusals import NotReadableError

__all__ = ["EXTRACTOR_VERSION", "Extraction", "NotReadableError", "extract"]
