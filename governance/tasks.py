"""What falls due without anybody's act: lapses of presence, reviews, windows that close, lots, candidacies."""

from celery import shared_task

from governance.actions.candidacy_due import tend_candidacies
from governance.actions.due import due_assemblies, due_reviews, review_due
from governance.actions.exercise import delete_exercise, due_exercises
from governance.actions.inbox_mails import look
from governance.actions.lots import due_lots, move_lot
from governance.actions.presence import sweep
from governance.actions.written import due_sessions, take_due_step


@shared_task(time_limit=60)
def close_due() -> dict[str, int]:
    """Do what falls due: lapses of presence, reviews, windows, lots, candidacies, mails to write; safe to repeat."""
    lapses = sum(sweep(assembly_id=assembly_id) for assembly_id in due_assemblies())
    reviews = sum(review_due(session_id=session_id) for session_id in due_reviews())
    exercises = sum(delete_exercise(assembly_id=assembly_id) for assembly_id in due_exercises())
    lots = sum(move_lot(lot_id=lot_id) for lot_id in due_lots())
    steps = sum(take_due_step(session_id=session_id) for session_id in due_sessions())
    done = {"lapses": lapses, "reviews": reviews, "exercises": exercises, "lots": lots, "steps": steps}
    return {**done, "candidacies": tend_candidacies(), "mails": look()}
