"""Random reference and raw tables (fictional) for engines to build alike: as much of what differs from one engine to
the next as one build can hold. NULLs, ties, revisions, values taken back, both directions, edges of months and of zero.

One set is dense: thousands of rows on few keys, so that one build tries thousands of cases. The same seed always gives
the same set.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

SESSIONS = ("CNS-12", "CNS-13")
STATUSES = ("achieved", "late", "at_risk", "on_track", "stalled", "not_started")
QUALIFIERS = ("exact", "approx", "at_least", "more_than", "at_most", "less_than", None)
NATURES = ("actual", "provisional", "estimated", "forecast", "planned", None)
RELATIONS = ("same", "ratio", "lower_bound", "upper_bound", "annualised", "different")
PRECISIONS = ("day", "month", "quarter", "semester", "year")
# ends and leaps of months, the sessions' cut-offs with the days about them, deadlines of the reference
DAYS = (
    *(
        date(2023, 12, 31),
        date(2024, 1, 1),
        date(2024, 2, 28),
        date(2024, 2, 29),
        date(2024, 3, 31),
        date(2024, 10, 31),
    ),
    *(date(2024, 11, 30), date(2024, 12, 16), date(2024, 12, 17), date(2024, 12, 18), date(2024, 12, 31)),
    *(date(2025, 1, 1), date(2025, 2, 28), date(2025, 5, 31), date(2025, 6, 23), date(2025, 6, 24), date(2025, 6, 30)),
    *(date(2026, 12, 31), date(2028, 2, 29)),
)
# few moments, so that files and decisions come at the same one; some either side of a day in Paris
MOMENTS = (
    *(datetime(2024, 12, 10, 9, tzinfo=UTC), datetime(2024, 12, 16, 22, 59, 59, tzinfo=UTC)),
    *(datetime(2024, 12, 16, 23, 30, tzinfo=UTC), datetime(2024, 12, 17, 8, 0, 0, 1, tzinfo=UTC)),
    *(datetime(2025, 6, 5, 9, tzinfo=UTC), datetime(2025, 6, 24, 21, 59, 59, 999999, tzinfo=UTC)),
)
VALUES = (
    *(0.0, -0.0, -3.0, 0.1, 0.3, 1 / 3, 1e-7, 5e-4, 0.0005, 49.999999999, 50.0, 99.5, 100.0, 1234.5, 9_999_999.0),
    *(10_000_000.0, 12_345_678.5, 250_000_000.0, 1e15, 1.5e16, 123_456_789_012.25),
)
TEXTS = (
    *(None, "", "  ", "NC", " nc ", "NA", "SUPPR", "suppr ", "Publié", " publié  ", "Publié\u00a0", "PUBLIÉ"),
    *(
        "Sera publié au T1 2024, l’« étape » d'après.",
        "Le décret devrait paraître à la mi-2024 ; suite prévue en 2026.",
    ),
    *("Objectif atteint", "Objectif atteint, sauf outre-mer.", "LES OBJECTIFS SONT PLEINEMENT ATTEINTS", "œuvre\\n'é'"),
    *(
        "https://exemple.fr/preuve",
        "Décret n° 2024-123",
        "Livraisons\u202fattendues   2e trimestre 2025\tpuis été 2025",
    ),
)


class RandomSet:
    """One set: `raw` is filled as it is made; `reference` lists the statements that change the seeds' tables."""

    def __init__(self, raw: Any, seed: int, reference: dict[str, list[Any]]) -> None:
        self.raw, self.random = raw, Random(seed)  # noqa: S311 - not a secret
        # the same keys again and again: what is said of one meets what was said of it before
        self.kpis = self.random.sample(reference["kpis"], 24)
        self.commitments = self.random.sample(reference["commitments"], 40)
        self.actions = sorted({str(key).split(".")[0] for key in self.commitments})[:24]
        self.partners = self.random.sample(reference["partners"], 5)
        self.territories = [*self.random.sample(reference["territories"], 6), "750712184", "970100178", "980500003"]
        self.owners = reference["owners"]
        self._submissions()
        self._documents()
        self._decisions()
        self._readings()

    def one(self, values: Sequence[Any]) -> Any:
        """One of these."""
        return self.random.choice(values)

    def some(self, value: Any, share: float = 0.5) -> Any:
        """It or NULL."""
        return value if self.random.random() < share else None

    def period(self) -> dict[str, Any]:
        """A period, or none, or its end alone."""
        end = self.one(DAYS)
        start = self.one((end, end.replace(day=1), date(end.year, 1, 1), end - timedelta(days=364), None))
        precision = self.one(PRECISIONS)
        return self.one(
            (
                {"period_start": start, "period_end": end, "period_precision": precision},
                {"period_start": end.replace(day=1), "period_end": end, "period_precision": "month"},
                {"period_start": None, "period_end": None, "period_precision": None},
            )
        )

    def _submissions(self) -> None:
        leads = [owner for kpi, owner in self.owners if kpi in self.kpis]
        for session in SESSIONS:
            for number in range(14):
                partner = self.one([*leads, *self.partners])
                moment = self.one(MOMENTS)
                file = self.raw.submission(
                    partner,
                    session,
                    at=moment + timedelta(microseconds=number if number % 3 else 0),
                    file_name=self.one(("Retour.xlsx", "retour.xlsx", f"{partner}.xlsx")),
                    origin=self.one(("partner", "partner", "reconstituted")),
                    arrived_at=self.some(moment),
                    sha256=self.random.randbytes(32).hex(),
                )
                file.sha256 = file.said["sha256"] = self.raw.rows["submission"][-1]["sha256"]
                self._answers(file)

    def _answers(self, file: Any) -> None:
        for action in self.random.sample(self.actions, 10):
            file.action(
                action,
                self.some(self.one(STATUSES)),
                status_absence=self.one((None, "NC", "SUPPR")),
                achieved_on=self.some(self.one(DAYS), 0.3),
                achieved_on_precision=self.one(PRECISIONS),
                progress_text=self.one(TEXTS),
                next_steps=self.one(TEXTS),
                risks=self.one(TEXTS),
                support_needed=self.one(TEXTS),
            )
        for commitment in self.random.sample(self.commitments, 12):
            file.milestone(
                commitment,
                self.some(self.one(STATUSES)),
                status_absence=self.one((None, None, "NC", "SUPPR")),
                forecast_on=self.some(self.one(DAYS), 0.3),
                forecast_on_precision=self.one(PRECISIONS),
                actual_on=self.some(self.one(DAYS), 0.2),
                actual_on_precision=self.one(PRECISIONS),
                evidence=self.one(TEXTS),
            )
        for _ in range(60):
            value = self.some(self.one(VALUES), 0.9)
            file.value(self.one(self.kpis), value, None)
            self.raw.rows["measurement"][-1] |= dict(
                **self.period(),
                value_absence=None if value is not None else self.one(("SUPPR", "NC", None)),
                qualifier=self.one(QUALIFIERS),
                nature=self.one(NATURES),
                territory_code=self.one(("FR", "FR", None, *self.territories)),
                source_text=self.one(TEXTS),
                comment=self.one(TEXTS),
            )
        for rank in range(3):
            self.raw.add(
                "rejected_row",
                **file.said,
                sheet="Indicateurs",
                row_number=rank + 900,
                item_code=self.some(self.one([*self.actions, *self.commitments, *self.kpis])),
                cell=f"I{rank}",
                rule=self.one(("type", "period")),
                received=self.one(TEXTS),
                message="Message fictif.",
                row_json="{}",
            )
            self.raw.add(
                "submission_issue",
                sha256=file.sha256,
                issue_rank=rank,
                rule="type",
                severity=self.one(("error", "warning", "correction")),
                sheet="Indicateurs",
                message="Message fictif.",
            )
        if self.random.random() < 0.3:
            self.raw.add(
                "refused_file",
                sha256=self.random.randbytes(32).hex(),
                channel="submissions",
                folder=self.some(file.said["partner_code"]),
                session_code=self.some(file.said["session_code"]),
                received_at=self.one(MOMENTS),
                rule="file",
                message="Message fictif.",
            )

    def _documents(self) -> None:
        for number in range(10):
            name = self.one(("État d’avancement.md", "ÉTAT D’AVANCEMENT.md", f"note {number}.md"))
            document = self.raw.document(f"{name} {number}", as_of=self.one(DAYS[6:16]), session=self.one(SESSIONS))
            self.raw.rows["document"][-1] |= {
                "file_name": name,
                "title": self.one((name, " titre ", None)),
                "kind": self.one(("progress_report", "progress_report", "other")),
                "session_code": self.some(self.one(SESSIONS), 0.8),
                "received_at": self.one(MOMENTS),
                "as_of": self.some(self.one(DAYS[6:16]), 0.9),
            }
            for action in self.random.sample(self.actions, 8):
                partners = self.random.sample(self.partners, self.random.randrange(3))
                document.action(action, partners, self.some(self.one(STATUSES)), self.one(TEXTS))
                if self.random.random() < 0.5:
                    document.target(action, self.one(VALUES), self.one(DAYS))
            for rank in range(25):
                document.quantity(self.some(self.one(self.kpis), 0.9), self.one(VALUES), DAYS[0])
                self.raw.rows["document_quantity"][-1] |= dict(
                    **self.period(),
                    fact_key=f"fait-{rank}",
                    action_code=self.some(self.one(self.actions)),
                    link_confidence=self.one((1.0, 1.0, 0.5)),
                    role=self.one(("value", "part", "increase", None)),
                    nature=self.one(NATURES),
                    doubts=self.some("aim | part", 0.2),
                    unit=self.one(("%", "document", None)),
                    qualifier=self.one(QUALIFIERS),
                )

    def _decisions(self) -> None:
        said = [row for row in self.raw.rows["measurement"] if row["period_end"] and row["territory_code"]]
        for number in range(160):
            kind = self.one(
                ("action", "commitment", "measure", "measure", "conflict", "comparability", "denominator", "fact")
            )
            row = self.one(said)
            key = {
                "action": lambda: self.one(self.actions),
                "commitment": lambda: self.one(self.commitments),
                "measure": lambda row=row: f"{row['kpi_id']}|{row['territory_code']}|{row['period_end']}",
                "conflict": lambda row=row: f"{row['kpi_id']}|{row['period_end']}",
                "comparability": lambda: self.one(self.links()),
                "denominator": lambda: self.one(self.links()),
                "fact": lambda: f"fait-{self.random.randrange(25)}",
            }[kind]()
            decision = {
                "action": STATUSES,
                "commitment": STATUSES,
                "measure": ("validated", "rejected", "corrected"),
                "conflict": ("keep_a", "keep_b", "other_value", "rejected"),
                "comparability": RELATIONS,
                "denominator": ("corrected",),
                "fact": ("validated", "rejected", "corrected"),
            }[kind]
            new = self.one(DAYS)
            moved = kind in {"measure", "fact"} and self.random.random() < 0.3
            self.raw.add(
                "decision",
                decision_id=f"D{number}",
                subject_kind=kind,
                subject_key=key,
                decision=self.one((*decision, *decision, "withdrawn")),
                author_role="DNS",
                reason="Motif fictif",
                overruled=self.some("on_track", 0.2),
                session_code=self.one(SESSIONS),
                value=self.some(self.one(VALUES[3:]), 0.4),
                qualifier=self.one(QUALIFIERS),
                new_kpi_id=self.some(self.one(self.kpis), 0.2) if kind == "fact" else None,
                new_period_start=new.replace(day=1) if moved else None,
                new_period_end=new if moved else None,
                new_period_precision="month" if moved else None,
                decided_on=self.one(DAYS[7:16]),
                decided_upon=self.some("0" * 32, 0.2),
                received_at=self.one(MOMENTS),
            )

    def links(self) -> list[str]:
        """A target and another KPI, as decisions name them."""
        return [f"{commitment}|{kpi}" for commitment in self.commitments[:6] for kpi in self.kpis[:4]]

    def _readings(self) -> None:
        for number in range(80):
            self.raw.add(
                "reading",
                reading_id=f"L{number}",
                session_code=self.one(SESSIONS),
                commitment_id=self.one(self.commitments),
                status=self.one((*STATUSES, "withdrawn")),
                status_date=self.some(self.one(DAYS)),
                status_date_precision=self.one(PRECISIONS),
                document="texte fictif",
                place="p. 1",
                note="Note fictive",
                author_role="DNS",
                read_on=self.one(DAYS[6:16]),
                sha256="0" * 64,
                received_at=self.one(MOMENTS),
            )

    def reference(self) -> list[str]:
        """Statements that change the reference: directions, kinds, deadlines, targets, starts, links, rules."""

        def drawn(key: str, items: Sequence[Any]) -> str:
            """One of the items for each row, by its key."""
            listed = ", ".join(
                "null" if item is None else f"date '{item}'" if isinstance(item, date) else repr(item) for item in items
            )
            return f"[{listed}][1 + cast(hash({key} || '{self.random.random()}') % {len(items)} as integer)]"

        kpis = ", ".join(f"'{key}'" for key in self.kpis)
        commitments = ", ".join(f"'{key}'" for key in self.commitments)
        links = ", ".join(f"'{key}'" for key in self.links())
        return [
            f"""update reference.ref_kpi set
                direction = {drawn("kpi_id", ("up", "down"))},
                measure_kind = {drawn("kpi_id", ("stock", "flow", "cumulative", "rolling_12_months"))},
                periodicity = {drawn("kpi_id", ("point", "monthly", "quarterly", "semestrial", "yearly"))},
                max_age_months = {drawn("kpi_id", (0, 1, 6, 12, 18))},
                unit = {drawn("kpi_id", ("%", "document"))},
                value_min = {drawn("kpi_id", (None, 0.0, -1.0))}""",
            f"""update reference.ref_commitment set
                kind = 'target',
                kpi_id = {drawn("commitment_id", self.kpis)},
                target_value = {drawn("commitment_id", VALUES)},
                target_qualifier = {drawn("commitment_id", QUALIFIERS[:1] + QUALIFIERS[2:])},
                deadline = {drawn("commitment_id", (*DAYS, None))}
            where commitment_id in ({commitments})""",
            "delete from reference.ref_kpi_baseline",
            f"""insert into reference.ref_kpi_baseline by name
            select
                kpi_id,
                {drawn("kpi_id", VALUES)} as baseline_value,
                {drawn("kpi_id", DAYS)} as baseline_on,
                'day' as baseline_precision,
                'Source fictive' as baseline_source
            from reference.ref_kpi where kpi_id in ({kpis}) and hash(kpi_id) % 3 > 0""",
            "delete from reference.ref_kpi_comparability",
            f"""insert into reference.ref_kpi_comparability by name
            select
                split_part(link, '|', 1) as commitment_id,
                split_part(link, '|', 2) as context_kpi_id,
                {drawn("link", RELATIONS)} as relation,
                {drawn("link", (1.0, 3.0, 1000.0))} as denominator_value,
                {drawn("link", ("text", "dns", None))} as decided_by,
                'Explication fictive' as explanation,
                row_number() over (partition by split_part(link, '|', 1) order by link) as context_rank
            from (select unnest([{links}]) as link)""",
            f"""update reference.ref_kpi_aggregation set
                aggregation_rule = {drawn("kpi_id", ("sum", "mean", "weighted_mean", "last"))},
                weight_kpi_id = {drawn("kpi_id", self.kpis)}""",
        ]
