"""Groups, owners and kinds of the assets: in one place, so that the graph reads as the data flows."""

INBOX = "inbox"
LANDING = "landing"
RAW = "raw"
REFERENCE = "reference"
READERS = "readers"
DELIVERABLES = "deliverables"

ENGINEERS = "team:data-engineering"
DNS = "team:dns"
