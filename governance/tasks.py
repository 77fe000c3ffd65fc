"""What falls due without anybody's act: presence that lapsed, reviews whose day has come."""

from celery import shared_task

from governance.actions.due import due_assemblies, due_reviews, review_due
from governance.actions.presence import sweep


@shared_task(time_limit=60)
def close_due() -> dict[str, int]:
    """Record lapses of presence and open the reviews that are due; safe to repeat."""
    lapses = sum(sweep(assembly_id=assembly_id) for assembly_id in due_assemblies())
    reviews = sum(review_due(session_id=session_id) for session_id in due_reviews())
    return {"lapses": lapses, "reviews": reviews}
