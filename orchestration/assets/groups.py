"""Groups, owners and tags of the assets: in one place, so that the graph reads as the data flows."""

INBOX = "inbox"
LANDING = "landing"
RAW = "raw"
REFERENCE = "reference"
READERS = "readers"
MAIL = "mail"
DELIVERABLES = "deliverables"

ENGINEERS = "team:data-engineering"
DNS = "team:dns"

# The concurrency pool of the steps that write the state: dagster.yaml lets one run have it at a time.
WRITER = "writer"
PARTNERS = "partners"
EVERYBODY = "public"


def tags(layer: str, read_by: str = "engineers") -> dict[str, str]:
    """What the UI can search an asset by: its layer, which is its group, and who reads it."""
    return {"jalon/layer": layer, "jalon/read_by": read_by}
