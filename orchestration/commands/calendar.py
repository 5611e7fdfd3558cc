"""`jalon calendar`: what each session asks for and when, what was done, what is still to come."""

from datetime import date

import click

from orchestration.services.runtime.paths import PARIS, Paths, now


def calendar(paths: Paths, session_code: str | None, day: date | None) -> int:
    """Print every event of the session, or of all of them, as it is on `day` (today when not given)."""
    from orchestration.instance.instance import open_instance
    from orchestration.schedules.calendar_schedules import judged_events, launched
    from orchestration.services.session.calendar import EventState, events_of
    from sources.reference.roadmap import load_sessions

    today = day or now().astimezone(PARIS).date()
    sessions = [item for code, item in load_sessions(paths.seeds).items() if session_code in (None, code)]
    with open_instance(paths) as instance:
        judged = judged_events(sessions, events_of(), today, instance)
        runs = launched(instance, [item.occurrence for item in judged])
    click.echo(f"calendar on {today}; contributions count from their due day, drafts and publication from the session")
    for session in sessions:
        due = session.contributions_due_on
        click.echo(f"\n{session.session_code}: held on {session.held_on}, contributions due on {due}")
        for item in judged:
            occurrence = item.occurrence
            if occurrence.session_code != session.session_code:
                continue
            run = runs.get(occurrence.subject, {}).get(item.done_for or occurrence.planned)
            ended = f", run {run.run_id[:8]} {run.status.value.lower()}" if run else ""
            until = f" until {occurrence.last}" if item.state is EventState.DUE else ""
            moved = f" (for {item.done_for})" if item.done_for else ""
            event = occurrence.event
            click.echo(
                f"  {occurrence.planned:%a %Y-%m-%d}  {event.when:<5} {event.name:<12} {event.job:<8} "
                f"{item.state.value}{until}{moved}{ended}  · {event.label}"
            )
    return 0
