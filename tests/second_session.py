"""CNS-13, invented and full: workbooks of all 27 partners, drawn by lot from one seed.

Nothing here happened. Every workbook is filled through the real template, its reception says `fictional`, and every
page of what is rendered from it must say so. Actions, deadlines and targets are the reference's; the words, the
figures and the dates are drawn so that a second session has something of everything: promises fulfilled early and
late, new and former delays, later dates, values that rise, fall and stay, a corrected figure, values by territory,
texts of every length, and absences that are said. Same seed, same words.
"""

import csv
import math
import random
from collections.abc import Collection, Iterator
from datetime import UTC, datetime
from pathlib import Path

from exports.content.release import FICTIONAL_BANNER
from sources.french.typography import figure
from sources.landing.store import hash_file
from sources.reference.roadmap import Commitment, Kpi, Reference
from sources.workbook.prefill import Filled, Previous
from sources.workbook.template import template_name, write_template

SESSION = "CNS-13"
SEED = 13
RECEIVED_AT = datetime(2025, 6, 6, 10, tzinfo=UTC)

STEPS = (
    "Le comité de suivi s’est réuni deux fois.",
    "Le cahier des charges a été partagé avec les éditeurs.",
    "Les premiers sites ont ouvert en mars 2025.",
    "Trois régions ont rejoint l’expérimentation.",
    "Les retours des usagers sont en cours d’analyse.",
    "La documentation est publiée sur le site de l’organisme.",
    "Le marché a été notifié en février 2025.",
    "Une campagne d’information a été menée au printemps.",
)
NEXT = ("Généralisation : S2 2025.", "Bilan de l’expérimentation en septembre 2025.", "Appel à projets : octobre 2025.")
RISKS = (
    "Disponibilité des éditeurs.",
    "Publication du décret plus tardive que prévu.",
    "Moyens humains des établissements pendant l’été.",
)
SUPPORT = ("Arbitrage sur le calendrier.", "Relance des agences régionales de santé.")
LATER = ("décembre 2025", "T1 2026", "S1 2026", "fin 2026")
TERRITORIES = ("D01", "D13", "D2A", "D33", "D35", "D59", "D67", "D69", "D75", "D974")
MONTHS = ("mars 2025", "avril 2025", "mai 2025")

Answers = dict[str, str]


def write_second_session(
    reference: Reference, previous: Previous, inbox: Path, partners: Collection[str] = (), seed: int = SEED
) -> list[Path]:
    """Write the files of each partner, or of those named, under `inbox` and their rows in `receptions.csv`."""
    written = []
    for partner in reference.partners.values():
        if partners and partner.partner_code not in partners:
            continue
        folder = inbox / "partners" / partner.partner_slug
        filled = filled_by_lot(reference, previous, partner.partner_code, seed)
        path = folder / template_name(reference, SESSION, partner.partner_code)
        write_template(
            path, reference, SESSION, partner.partner_code, previous=previous, filled=filled, banner=FICTIONAL_BANNER
        )
        written.append(path)
        if places := [*_places(reference, filled)]:
            written.append(path.with_name(f"{path.stem}_territoires.csv"))
            with written[-1].open("w", encoding="utf-8", newline="") as stream:
                csv.writer(stream, delimiter=";").writerows([("Code", "Territoire", "Période", "Valeur"), *places])
    rows = [[hash_file(path), RECEIVED_AT.isoformat(), "fictional", f"{path.name} : inventé"] for path in written]
    with (inbox / "receptions.csv").open("a", encoding="utf-8", newline="") as stream:
        csv.writer(stream, lineterminator="\n").writerows(rows)
    return written


def filled_by_lot(reference: Reference, previous: Previous, partner: str, seed: int = SEED) -> Filled:
    """What one partner answers; the lots of one partner do not depend on those of another."""
    lots = random.Random(f"{seed} {partner}")  # noqa: S311 - invented data, not secrets
    actions = reference.actions_of(partner)
    led = [code for code in actions if reference.lead_of(code) == partner]
    milestones = {
        item.commitment_id: answer
        for code in led
        for item in reference.commitments_of(code)
        if item.kind == "milestone" and (answer := _milestone(lots, reference, item, previous))
    }
    return Filled(
        contributions={
            code: _contribution(
                lots, code, milestones, previous.actions.get(code, {}).get("status"), is_lead=code in led
            )
            for code in actions
        },
        milestones=milestones,
        measurements=[row for kpi in reference.kpis_of(partner) for row in _measures(lots, reference, kpi, previous)],
    )


def _places(reference: Reference, filled: Filled) -> Iterator[tuple[str, str, str, str]]:
    """A first share that is a target, by territory; some of the country's, not all."""
    shares = [
        row
        for row in filled.measurements
        if row["value"] != "NC" and reference.kpis[row["kpi_id"]].unit == "%" and _targets(reference, row["kpi_id"])
    ]
    for row in shares[:1]:
        lots = random.Random(row["kpi_id"])  # noqa: S311 - invented data, not secrets
        for place in TERRITORIES:
            near = max(2.0, float(row["value"].replace(",", ".")) * lots.uniform(0.5, 1.4))
            near = min(100.0, near)
            yield row["kpi_id"], place, row["period"], figure(round(near, 1))


def _contribution(
    lots: random.Random, code: str, milestones: dict[str, Answers], before: str | None, *, is_lead: bool
) -> Answers:
    if not is_lead and lots.random() < 0.6:
        return {"status": "NA"}
    own = [answer["status"] for key, answer in milestones.items() if key.startswith(f"{code}.")]
    said_before = before if before in ("on_track", "at_risk", "late", "achieved") else "on_track"
    worst = next((status for status in ("late", "at_risk", "stalled", "not_started") if status in own), said_before)
    status = lots.choice(("on_track", "at_risk", "stalled", "NC")) if lots.random() < 0.15 else worst
    said: Answers = {
        "progress_text": " ".join([f"Texte fictif sur l’action {code}.", *lots.sample(STEPS, lots.randint(1, 6))])
    }
    if is_lead:
        said["status"] = status
    for column, words, share in (("next_steps", NEXT, 0.7), ("risks", RISKS, 0.5), ("support_needed", SUPPORT, 0.2)):
        if lots.random() < share or (column == "risks" and is_lead and status in ("late", "at_risk")):
            said[column] = " ".join(lots.sample(words, lots.randint(1, len(words))))
    return said


def _milestone(lots: random.Random, reference: Reference, item: Commitment, previous: Previous) -> Answers:
    before = previous.milestones.get(item.commitment_id, {}).get("status")
    fell_due = item.deadline is not None and item.deadline < reference.sessions[SESSION].cut_off
    lot = lots.random()
    if before == "achieved":
        return {} if lot < 0.8 else {"status": "achieved"}
    if fell_due and lot < 0.45:
        done: Answers = {"status": "achieved", "actual_on": lots.choice(("février 2025", *MONTHS))}
        return done | ({"evidence": f"https://exemple.invalid/{item.commitment_id}"} if lot < 0.3 else {})
    if fell_due:
        late: Answers = {"status": "late"}
        return {} if lot > 0.9 else late | ({"forecast_on": lots.choice(LATER)} if lot < 0.8 else {})
    if lot < 0.5:
        return {"status": "on_track"}
    if lot < 0.75:
        return {"status": "at_risk", "forecast_on": "T2 2028" if lot < 0.6 else "fin 2027"}
    return {"status": "achieved", "actual_on": "mai 2025"} if lot < 0.85 else {"status": "not_started"}


def _measures(lots: random.Random, reference: Reference, kpi: Kpi, previous: Previous) -> Iterator[Answers]:
    target = next(iter(reversed(_targets(reference, kpi.kpi_id))), None)
    known = previous.kpis.get(kpi.kpi_id, ())
    lot = lots.random()
    if lot < 0.12:
        yield {"kpi_id": kpi.kpi_id, "value": "NC"}
        return
    if not known and target is None:
        return
    if known and lot < 0.2:
        value = float(known[-1]["value"])
    elif known:
        least = 1.0 if kpi.measure_kind == "cumulative" else 0.95
        value = float(known[-1]["value"]) * lots.uniform(least, 1.7)
    else:
        assert target is not None
        value = (target.target_value or 0) * lots.uniform(0.2, 1.1)
    value = max(kpi.value_min or 0, min(value, kpi.value_max if kpi.value_max is not None else value))
    yield _measure(kpi, value, _period(lots, kpi), lots)


def _targets(reference: Reference, kpi_id: str) -> list[Commitment]:
    return [item for item in reference.commitments.values() if item.kpi_id == kpi_id]


def _period(lots: random.Random, kpi: Kpi) -> str:
    periods = {"monthly": MONTHS, "quarterly": ("T1 2025",), "semestrial": ("S2 2024",), "yearly": ("2024",)}
    return lots.choice(periods.get(kpi.periodicity, MONTHS))


def _measure(kpi: Kpi, value: float, period: str, lots: random.Random) -> Answers:
    # a share of 1 or less waits for a word that confirms it, which no invented partner writes
    rounded = max(2.0, round(value + 0.049, 1)) if kpi.unit == "%" else float(math.ceil(value))
    said: Answers = {"kpi_id": kpi.kpi_id, "value": figure(rounded, "").strip(), "period": period}
    said["source"] = "Source fictive."
    if lots.random() < 0.1:
        said["qualifier"] = "approx"
    if lots.random() < 0.1:
        said["nature"] = "provisional"
    return said
