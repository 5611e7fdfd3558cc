"""Groups, owners and kinds of the assets: in one place, so that the graph reads as the data flows."""

INBOX = "inbox"
LANDING = "landing"
RAW = "raw"
REFERENCE = "reference"
READERS = "readers"
DELIVERABLES = "deliverables"

ENGINEERS = "team:data-engineering"
DNS = "team:dns"

# The concurrency pool of the steps that write the state: dagster.yaml lets one run have it at a time.
WRITER = "writer"
