select
    acronym,
    meaning
from {{ ref('ref_glossary') }}
