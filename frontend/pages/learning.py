"""Pages that teach: the glossary, and how to hold an assembly step by step. Public, the same for everybody."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from frontend.doors import for_everybody, show
from frontend.glossary import GLOSSARY
from frontend.guide import STEPS


@require_safe
def glossary(request: HttpRequest) -> HttpResponse:
    """Explain the words of assemblies, consent and trust."""
    return for_everybody(request, show(request, "learning/glossary.html", {"words": GLOSSARY}))


@require_safe
def guide(request: HttpRequest) -> HttpResponse:
    """Show how to hold an assembly, step by step."""
    return for_everybody(request, show(request, "learning/guide.html", {"steps": STEPS}))
