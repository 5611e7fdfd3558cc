"""A small fictional roadmap in a marts file: every status, every kind of value, and words meant to do harm.

Nothing here is a real action; only the session's name and date are. Each row is one of `exports.marts`' own classes,
so that a column the deliverables start to need has to be given here too.
"""

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args, get_type_hints

import duckdb
import pytest
from msgspec.structs import fields, replace

from exports import marts as m
from exports.marts import SessionMarts, read_marts

D = dt.date
LABELS = {
    "status": [
        *("achieved", "on_track", "at_risk", "late", "unconfirmed", "stalled", "not_started"),
        *("in_progress", "not_reported"),
    ],
    "commitment_status": [
        *("achieved", "on_track", "at_risk", "late", "unconfirmed", "stalled", "not_started", "not_reported"),
    ],
    "reason": [
        *("no_observation", "not_comparable", "no_baseline", "too_early", "too_old", "at_best", "approximate"),
        *("unproven", "waits_for_decision", "degenerate_target", "no_target", "nothing_new"),
    ],
    "basis": ["arbitrated", "measure", "declared", "read", "carried"],
    "nature": ["actual", "estimated"],
    "comparability": ["same", "ratio", "upper_bound"],
    "measure_kind": ["stock", "flow"],
    "qualifier": ["exact", "approx", "at_least", "more_than", "at_most", "less_than"],
    "kind": ["milestone", "target"],
    "trend": ["up", "down", "stable", "first", "unknown"],
    "conflict_verdict": ["compatible", "contradictory", "corrected", "settled"],
    "source_type": ["lead_submission", "progress_report", "document"],
    "change_kind": ["status_worsened", "status_improved", "value_updated", "deadline_passed"],
    "role": ["lead", "contributor"],
    "direction": ["up", "down"],
    "periodicity": ["point", "yearly"],
}
WORDS = {
    "achieved": "Atteint",
    "on_track": "En bonne voie",
    "at_risk": "À risque",
    "late": "En retard",
    "unconfirmed": "À confirmer",
    "stalled": "Sans avancée",
    "not_started": "À cadrer",
    "in_progress": "En cours, non évaluable",
    "not_reported": "Non renseigné",
    "arbitrated": "Arbitrage",
    "measure": "Mesure",
    "declared": "Déclaration",
    "read": "Lecture",
    "carried": "Reconduit",
    "no_baseline": "Sans point de départ",
    "waits_for_decision": "Attend une décision",
    "corrected": "Corrigé par le pilote",
    "settled": "Tranché",
    "no_observation": "Aucune mesure",
    "not_comparable": "Mesure non comparable",
    "exact": "Exact",
    "approx": "Environ",
    "at_least": "Au moins",
    "more_than": "Plus de",
}
SUBMISSION = "CNS-12_ALPHA.xlsx"
REPORT = "rapport fictif.md"

#: texts a partner could send, each to come out whole and inert
HOSTILE = {
    "formula": "=cmd|' /C calc'!A0",
    "plus": "+33 1 23 45 67 89",
    "minus": "-5 points depuis janvier",
    "at": "@SUM(1+1)*cmd",
    "markup": "<w:p><w:r><w:t>faux</w:t></w:r></w:p> & <script>alert(1)</script> ]]>",
    "control": "avant\x07\x00après",
    "emoji": "réussi 🎉👩‍⚕️",
    "rtl": "ordre \u202eesrevni\u202c et עברית",
    "url": "https://exemple.invalid/?a=1&b=<2>",
}

Tables = dict[type[Any], list[Any]]


def _word(domain: str, code: str) -> str:
    """The French word of a code; a commitment of which nothing is known is not called as an action is."""
    return "Non évalué" if (domain, code) == ("commitment_status", "not_reported") else WORDS.get(code, code)


def commitment(action: str, rank: int, status: str, **values: Any) -> m.Commitment:
    """A commitment of the fictional roadmap; a milestone unless told."""
    blank = dict.fromkeys(field.name for field in fields(m.Commitment))
    said = {
        "session_code": "CNS-12",
        "commitment_id": f"{action}.{rank}",
        "action_code": action,
        "commitment_rank": rank,
        "commitment_label": f"Engagement fictif {action}.{rank}",
        "kind": "milestone",
        "status": status,
        "is_overdue": False,
        "method_version": "v2",
    }
    return m.Commitment(**{**blank, **said, **values})  # type: ignore[arg-type]


def action_status(action: str, final: str, **values: Any) -> m.ActionStatus:
    """A status row; computed as final unless told."""
    blank = dict.fromkeys(field.name for field in fields(m.ActionStatus))
    said = {
        "session_code": "CNS-12",
        "action_code": action,
        "computed_status": final,
        "final_status": final,
        "has_disagreement": False,
        "coverage": 0.5,
        "method_version": "v2",
        "commitment_count": 2,
        "assessed_count": 1,
    }
    return m.ActionStatus(**{**blank, **said, **values})  # type: ignore[arg-type]


def completeness(partner: str, **values: Any) -> m.Completeness:
    """A line of the partner board; a partner of whom nothing is asked and nothing came unless told."""
    blank: dict[str, Any] = {field.name: 0 for field in fields(m.Completeness)}
    unknown = dict.fromkeys(("first_received_at", "last_received_at", "is_on_time", "last_verdict"))
    said = {"session_code": "CNS-12", "partner_code": partner, **unknown}
    return m.Completeness(**{**blank, **said, **values})


def contribution(action: str, partner: str, text: str | None, **values: Any) -> m.Contribution:
    """A partner's words on an action."""
    blank = dict.fromkeys(field.name for field in fields(m.Contribution))
    said = {
        "session_code": "CNS-12",
        "action_code": action,
        "partner_code": partner,
        "role": "lead",
        "progress_text": text,
        "source_kind": "submission",
        "source_ref": SUBMISSION,
        "locator": "Avancement!F2",
        "is_stale_text": False,
    }
    return m.Contribution(**{**blank, **said, **values})  # type: ignore[arg-type]


def observation(kpi: str, value: float, end: dt.date, precision: str = "month", **values: Any) -> m.Observation:
    """A current observation."""
    blank = dict.fromkeys(field.name for field in fields(m.Observation))
    said = {
        "observation_id": f"{kpi}-{end}",
        "kpi_id": kpi,
        "territory_code": "FR",
        "period_start": end.replace(day=1),
        "period_end": end,
        "period_precision": precision,
        "value": value,
        "qualifier": "exact",
        "unit": "établissement",
        "source_type": "lead_submission",
        "source_ref": SUBMISSION,
        "locator": "Indicateurs!I5",
        "partner_code": "ALPHA",
        "source_as_of": D(2024, 12, 17),
        "is_current": True,
    }
    return m.Observation(**{**blank, **said, **values})  # type: ignore[arg-type]


def fictional_tables() -> Tables:
    """The whole fictional roadmap."""
    titles = {
        "1-1": ("Action atteinte", "achieved"),
        "1-2": ("Action en bonne voie", "on_track"),
        "1-3": ("Action en retard", "late"),
        "2-1": ("Action à risque & surveillée", "at_risk"),
        "2-2": ("Action à confirmer", "unconfirmed"),
        "2-3": ("Action sans avancée", "stalled"),
        "3-1": ("Action à cadrer", "not_started"),
        "3-2": ("Action non renseignée", "not_reported"),
        "3-3": ("Action aux textes hostiles", "not_reported"),
    }
    priorities = {
        1: ("Première priorité fictive", 1),
        2: ("Deuxième priorité fictive", 1),
        3: ("Troisième priorité fictive", 2),
    }
    axes = {1: ("Premier axe fictif", "PREMIER"), 2: ("Second axe fictif", "SECOND")}
    tables: Tables = {
        m.Session: [m.Session("CNS-12", 12, D(2024, 12, 17), D(2024, 12, 17), D(2024, 12, 10), "draft", None)],
        m.Priority: [m.Priority(n, title, axis, *axes[axis]) for n, (title, axis) in priorities.items()],
        m.Action: [
            m.Action(
                code,
                title,
                int(code[0]),
                priorities[int(code[0])][0],
                priorities[int(code[0])][1],
                *axes[priorities[int(code[0])][1]],
                int(code[2]),
                f"Objectif fictif de l’action {code}",
                "ALPHA",
                ["ALPHA", "BÊTA"],
            )
            for code, (title, _) in titles.items()
        ],
        m.Partner: [
            m.Partner("ALPHA", "Organisme alpha", "ALPHA", 9, 9),
            m.Partner("BÊTA", "Organisme bêta", "BETA", 0, 9),
        ],
        m.ActionPartner: [
            m.ActionPartner(code, rank, partner, partner, role)
            for code in titles
            for rank, (partner, role) in enumerate([("ALPHA", "lead"), ("BÊTA", "contributor")], start=1)
        ],
        m.Label: [
            m.Label(domain, code, _word(domain, code), f"Sens de {_word(domain, code)}", rank)
            for domain, codes in LABELS.items()
            for rank, code in enumerate(codes)
        ],
        m.Parameter: [
            m.Parameter("v2", "on_track_ratio", 0.95, None, D(2023, 1, 1)),
            m.Parameter("v2", "latest_start_on", None, D(2023, 1, 1), D(2023, 1, 1)),
        ],
        m.Acronym: [m.Acronym("CNS", "Conseil du numérique en santé")],
        m.Source: [
            m.Source(
                SUBMISSION,
                "lead_submission",
                "a" * 64,
                SUBMISSION,
                None,
                D(2024, 12, 17),
                "ALPHA",
                "CNS-12",
                "partner",
                None,
            ),
            m.Source(
                REPORT, "progress_report", "b" * 64, REPORT, "Rapport fictif", D(2024, 12, 17), None, None, None, None
            ),
        ],
        m.Completeness: [
            completeness(
                "ALPHA",
                expected=9,
                received=8,
                accepted=8,
                rejected=1,
                missing=1,
                is_on_time=True,
                submission_count=2,
                last_received_at=dt.datetime.fromisoformat("2024-12-09 23:30"),
                last_verdict="partly_rejected",
                items_expected=4,
                items_received=3,
                items_to_correct=2,
                items_validated=2,
                items_missing=1,
            ),
            completeness("BÊTA"),
        ],
        m.PartnerItem: [
            m.PartnerItem("CNS-12", "ALPHA", "action", "1-1", "Action atteinte", "1-1", True, False, True, False),
            m.PartnerItem(
                "CNS-12", "ALPHA", "action", "3-2", "Action non renseignée", "3-2", False, False, False, False
            ),
            m.PartnerItem(
                "CNS-12", "ALPHA", "milestone", "2-2.1", "Engagement fictif 2-2.1", "2-2", True, False, True, False
            ),
            m.PartnerItem(
                "CNS-12", "ALPHA", "kpi", "IND-1-2-1", "Établissements équipés", "1-2", True, True, False, False
            ),
        ],
        m.Change: [],
        m.RejectedRow: [
            m.RejectedRow(
                "CNS-12", "ALPHA", SUBMISSION, "Indicateurs", 12, "H12", "KPI", "douze", "Pas un nombre.", "Écrire 12."
            )
        ],
    }
    tables[m.Kpi] = [
        _kpi("IND-1-2-1", "1-2", "Établissements équipés", "établissement", "up"),
        _kpi("IND-1-3-1", "1-3", "Délai moyen", "jour", "down"),
        _kpi("IND-2-1-1", "2-1", "Part équipée", "%", "up"),
        _kpi("IND-2-1-2", "2-1", "Personnes sensibilisées", "personne", "up"),
    ]
    tables[m.Observation] = [
        observation("IND-1-2-1", 100, D(2022, 12, 31), "year"),
        observation("IND-1-2-1", 450, D(2023, 12, 31), "year", qualifier="approx"),
        observation("IND-1-2-1", 1134, D(2024, 10, 31)),
        observation("IND-1-3-1", 40, D(2024, 9, 30), "quarter", unit="jour"),
        observation("IND-2-1-1", 31.5, D(2024, 6, 30), "semester", unit="%"),
        observation(
            "IND-2-1-2", 2_500_000, D(2024, 12, 31), "year", unit="personne", source_ref=REPORT, locator="p. 2, l. 4-6"
        ),
    ]
    tables[m.Conflict] = [
        m.Conflict(
            *("IND-1-2-1", D(2024, 10, 31), SUBMISSION, 1134, REPORT, 1100, 34, "contradictory", None),
            *(None, None, None, False, "exact", "approx", D(2024, 12, 17), True),
        )
    ]
    tables[m.Dependency] = [
        m.Dependency("1-3", "1-2", "Elle attend les établissements équipés", "Rapport fictif, l. 3")
    ]
    tables[m.Territory], tables[m.TerritoryProgress], tables[m.TerritoryGap] = _territories()
    tables[m.Decision] = [
        m.Decision(
            *("D1", "action", "2-1", "CNS-12", "at_risk", None, None, None, None, "En retard"),
            *("Cheffe de projet fictive", D(2024, 12, 12), "Un motif fictif", True),
        )
    ]
    tables[m.Commitment] = _commitments()
    tables[m.ActionStatus] = [action_status(code, status) for code, (_, status) in titles.items()]
    tables[m.ActionStatus][3] = action_status(
        "2-1", "at_risk", computed_status="late", declared_status="at_risk", declared_by="ALPHA",
        declared_source="contribution", has_disagreement=True,
    )  # fmt: skip
    tables[m.Contribution] = _contributions()
    tables[m.OverviewCount] = [
        m.OverviewCount("CNS-12", axis, status, count)
        for axis, codes in {1: "12", 2: "3", None: "123"}.items()
        for status in LABELS["status"]
        if (count := sum(1 for code, (_, s) in titles.items() if s == status and code[0] in codes))
    ]
    return tables


def _kpi(kpi_id: str, action: str, label: str, unit: str, direction: str) -> m.Kpi:
    return m.Kpi(
        *(kpi_id, action, label, unit, "Population", "point", "stock", 12, direction),
        *("ALPHA", "Définition", "Source", "Limites"),
    )


def _territories() -> tuple[list[Any], list[Any], list[Any]]:
    """Figures of territories of one share: two departments of three, one of them behind."""
    places = [
        m.Territory("FR", "country", "France", None),
        m.Territory("R84", "region", "Auvergne-Rhône-Alpes", "FR"),
        m.Territory("D01", "department", "Ain", "R84"),
        m.Territory("D2A", "department", "Corse-du-Sud", "R94"),
        m.Territory("D974", "department", "La Réunion", "R04"),
    ]
    sent = [
        m.TerritoryProgress("CNS-12", "IND-2-1-1", code, "2-1.1", value, "exact", D(2024, 6, 30), "semester",
                            value / 0.8, 30.0, None, status)
        for code, value, status in (("D01", 41.5, "on_track"), ("D2A", 12.0, "late"))
    ]  # fmt: skip
    gaps = [
        m.TerritoryGap("IND-2-1-1", "department", D(2024, 6, 30), "mean", 2, 26.75, 31.5, "exact", -4.75, "different")
    ]
    return places, sent, gaps


def _commitments() -> list[m.Commitment]:
    target = {"kind": "target"}
    measured = {
        "actual_source_ref": SUBMISSION,
        "actual_locator": "Indicateurs!I5",
        "actual_nature": "actual",
        "relation": "same",
        "basis": "measure",
        "last_news_in": "CNS-12",
    }
    return [
        commitment("1-1", 1, "achieved", deadline=D(2024, 3, 31), deadline_precision="quarter",
                   actual_on=D(2024, 4, 30), actual_on_precision="month", evidence="publication au journal",
                   basis="declared", achieved_on=D(2024, 4, 30), achieved_precision="month", delay_days=30),
        commitment("1-2", 1, "on_track", **target, **measured, kpi_id="IND-1-2-1", unit="établissement",
                   target_value=1200.0, target_qualifier="at_least", deadline=D(2026, 12, 31),
                   deadline_precision="year",
                   actual_value=1134.0, actual_qualifier="exact", actual_period_end=D(2024, 10, 31),
                   actual_period_precision="month", baseline_value=0.0,
                   baseline_on=D(2023, 1, 1), baseline_source="texte fictif", progress_rate=94.5,
                   progress_rate_unclipped=94.5, expected_rate=49.0, share_of_target=94.5, pace_needed=2.7,
                   pace_observed=68.4, projected_from=D(2024, 11, 30), projected_to=D(2025, 2, 28)),
        commitment("1-2", 2, "not_reported", **target, **measured, kpi_id="IND-1-2-1", unit="établissement",
                   target_value=2000.0, target_qualifier="more_than", deadline=D(2027, 12, 31),
                   deadline_precision="year", actual_value=1134.0, actual_qualifier="exact",
                   actual_period_end=D(2024, 10, 31), actual_period_precision="month", reason="no_baseline",
                   share_of_target=56.7, least_expected_rate=36.7, pace_needed=24.0),
        commitment("1-3", 1, "late", **target, **measured, kpi_id="IND-1-3-1", unit="jour", target_value=10.0,
                   target_qualifier="at_most", deadline=D(2024, 6, 30), deadline_precision="semester",
                   actual_value=40.0, actual_qualifier="exact", actual_period_end=D(2024, 9, 30),
                   actual_period_precision="quarter", baseline_value=50.0,
                   baseline_on=D(2023, 1, 1), baseline_source="texte fictif", progress_rate=25.0,
                   progress_rate_unclipped=25.0, expected_rate=100.0, is_overdue=True),
        commitment("2-1", 1, "not_reported", **target, reason="not_comparable", kpi_id="IND-2-1-1", unit="%",
                   target_value=80.0, target_qualifier="exact", deadline=D(2027, 12, 31), deadline_precision="year",
                   context_kpi_id="IND-2-1-2", context_value=2_500_000.0, context_qualifier="exact",
                   context_period_end=D(2024, 12, 31), context_note="Des personnes, alors que la cible est une part"),
        commitment("2-2", 1, "unconfirmed", deadline=D(2024, 5, 31), deadline_precision="month", is_overdue=True,
                   reason="no_observation"),
        commitment("2-3", 1, "at_risk", deadline=D(2025, 12, 31), deadline_precision="year", basis="declared",
                   forecast_on=D(2026, 6, 30), forecast_precision="semester", last_news_in="CNS-12",
                   revised_deadline=D(2026, 6, 30), revised_precision="semester", revised_in_session="CNS-12"),
        commitment("3-1", 1, "not_started", basis="declared"),
        commitment("3-2", 1, "not_reported", **target, reason="no_observation", kpi_id=None, unit="projet",
                   target_value=30.0, target_qualifier="exact", deadline=D(2025, 6, 24), deadline_precision="day"),
        commitment("3-3", 1, "not_reported", commitment_label="=1+1", reason="no_observation"),
    ]  # fmt: skip


def _contributions() -> list[m.Contribution]:
    said = [
        contribution(code, "ALPHA", f"Texte fictif de l’action {code}.") for code in ("1-1", "1-2", "1-3", "2-1", "2-3")
    ]
    said[0] = replace(said[0], next_steps="Étendre.", risks="Aucun risque connu.", support_needed="Un appui juridique.")
    said[2] = replace(said[2], is_stale_text=True)
    said.append(contribution("1-2", "BÊTA", "Mot du contributeur fictif.", role="contributor"))
    texts = list(HOSTILE.values())
    said.append(
        contribution("3-3", "ALPHA", "\n".join(texts[:5]), next_steps="\n".join(texts[5:]), risks=HOSTILE["formula"])
    )
    return said


def later_tables() -> Tables:
    """The same roadmap at a later session, said to be fictional: some news, a passed deadline, a withdrawn action."""
    tables = fictional_tables()
    tables[m.Session].append(m.Session("CNS-13", 13, D(2025, 6, 24), D(2025, 6, 24), D(2025, 6, 10), "open", "CNS-12"))
    kinds = (
        m.Commitment, m.ActionStatus, m.Contribution, m.Completeness, m.PartnerItem, m.OverviewCount, m.RejectedRow,
    )  # fmt: skip
    for kind in kinds:
        tables[kind] = [replace(row, session_code="CNS-13") for row in tables[kind]]
    news = {"1-3": "at_risk", "1-2": "late", "3-2": "on_track", "2-3": "not_reported", "3-1": "stalled"}
    tables[m.ActionStatus] = [
        replace(row, previous_status=row.final_status, final_status=news.get(row.action_code, row.final_status))
        for row in tables[m.ActionStatus]
    ]
    changed = {
        "1-2.1": {"target_value": 1500.0},
        "2-2.1": {"status": "achieved"},
        "3-2.1": {"is_overdue": True, "deadline": D(2025, 3, 31), "deadline_precision": "month"},
        "3-1.1": {"commitment_label": "Engagement récrit"},
    }
    tables[m.Commitment] = [replace(row, **changed.get(row.commitment_id, {})) for row in tables[m.Commitment]]
    tables[m.Action] = [
        replace(row, lead_partner="BÊTA") if row.action_code == "1-1" else row
        for row in tables[m.Action]
        if row.action_code != "3-3"
    ]
    for kind in (m.Commitment, m.ActionStatus, m.Contribution, m.ActionPartner):
        tables[kind] = [row for row in tables[kind] if row.action_code != "3-3"]
    tables[m.Observation].append(observation("IND-1-2-1", 1190, D(2025, 5, 31), source_as_of=D(2025, 6, 24)))
    tables[m.Observation][3] = replace(tables[m.Observation][3], value=41)
    return tables


def write_marts(path: Path, tables: Tables) -> Path:
    """Write the tables as schema `marts` of a DuckDB file."""
    with duckdb.connect() as connection:
        connection.execute(f"ATTACH '{path}' AS written")
        connection.execute("USE written")
        connection.execute("CREATE SCHEMA written.marts")
        for kind, rows in tables.items():
            names = [field.name for field in fields(kind)]
            types = get_type_hints(kind)
            columns = ", ".join(f'"{name}" {_sql_type(types[name])}' for name in names)
            connection.execute(f"CREATE TABLE written.marts.{kind.TABLE} ({columns})")
            if rows:
                marks = ", ".join("?" for _ in names)
                values = [[getattr(row, name) for name in names] for row in rows]
                connection.executemany(f"INSERT INTO written.marts.{kind.TABLE} VALUES ({marks})", values)
    return path


def _sql_type(hint: Any) -> str:
    plain = (
        next((item for item in get_args(hint) if item is not type(None)), hint)
        if type(None) in get_args(hint)
        else hint
    )
    return {
        str: "VARCHAR",
        int: "BIGINT",
        float: "DOUBLE",
        bool: "BOOLEAN",
        dt.date: "DATE",
        dt.datetime: "TIMESTAMP",
        list[str]: "VARCHAR[]",
    }[plain]


@pytest.fixture
def tables() -> Tables:
    """The fictional roadmap's rows, to change before writing."""
    return fictional_tables()


@pytest.fixture
def later_rows() -> Tables:
    """The fictional roadmap's rows one session later, to change before writing."""
    return later_tables()


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Write changed rows to a marts file."""

    def written(rows: Tables, name: str = "changed") -> Path:
        return write_marts(tmp_path / f"{name}.duckdb", rows)

    return written


@pytest.fixture(scope="session")
def marts_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The fictional roadmap as a marts file."""
    return write_marts(tmp_path_factory.mktemp("marts") / "marts.duckdb", fictional_tables())


@pytest.fixture(scope="session")
def marts(marts_path: Path) -> SessionMarts:
    """The fictional roadmap as read."""
    return read_marts(marts_path, "CNS-12")


@pytest.fixture(scope="session")
def later(tmp_path_factory: pytest.TempPathFactory) -> SessionMarts:
    """The fictional roadmap one session later."""
    return read_marts(write_marts(tmp_path_factory.mktemp("later") / "marts.duckdb", later_tables()), "CNS-13")


@pytest.fixture(scope="session")
def hostile() -> dict[str, str]:
    """Texts meant to do harm, by what they try."""
    return HOSTILE


@pytest.fixture(scope="session")
def rows() -> type[m.Observation]:
    """The observation row, for tests that add some."""
    return m.Observation
