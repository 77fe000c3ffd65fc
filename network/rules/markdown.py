"""Markdown of members into HTML, and HTML of other nodes into less: only what a description needs."""

import re

import nh3
from markdown_it import MarkdownIt

__all__ = ["clean_html", "plain_lines", "plain_text", "to_html"]

TAGS = frozenset({"p", "br", "strong", "em", "ul", "ol", "li", "blockquote", "code", "pre", "a", "h3", "h4", "hr"})
ATTRIBUTES = {"a": {"href"}, "ol": {"start"}}
SCHEMES = frozenset({"http", "https", "mailto"})
REL = "nofollow noopener noreferrer ugc"
HEADINGS = {"h1": "h3", "h2": "h4", "h5": "h4", "h6": "h4"}  # the page's own headings stay above
DROPPED_WHOLE = frozenset({"script", "style", "iframe", "object", "svg", "math", "template", "noscript"})
BETWEEN_WORDS = re.compile(  # elements that part words; those inside of a line do not
    r"<(?!/?(?:a|abbr|b|cite|code|del|em|i|ins|kbd|mark|q|s|small|span|strong|sub|sup|u)\b)", re.IGNORECASE
)
ENDS_LINE = re.compile(r"<(?:br|[uo]l)\b[^>]*>|</li>")
ENDS_PART = re.compile(r"</(?:p|[uo]l|blockquote|pre|h[34])>|<hr\b[^>]*>")

_markdown = MarkdownIt("commonmark", {"html": False, "linkify": False}).disable("image")


def to_html(source: str) -> str:
    r"""Return the HTML of a Markdown text: paragraphs, emphasis, lists, quotes, code, links; no HTML of its own.

    >>> to_html("# Bonjour\n*vous* <script>alert(1)</script>")
    '<h3>Bonjour</h3>\n<p><em>vous</em> &lt;script&gt;alert(1)&lt;/script&gt;</p>\n'
    """
    tokens = _markdown.parse(source)
    for token in tokens:
        token.tag = HEADINGS.get(token.tag, token.tag)
    return clean_html(str(_markdown.renderer.render(tokens, _markdown.options, {})))


def clean_html(html: str) -> str:
    """Return HTML that is safe to show: a short list of elements, links to http, https and mail only.

    >>> clean_html('<p onclick="x()">Bon <a href="javascript:x()">a</a><img src="x"></p><style>p{}</style>')
    '<p>Bon <a rel="nofollow noopener noreferrer ugc">a</a></p>'
    """
    return nh3.clean(
        html,
        tags=set(TAGS),
        attributes=ATTRIBUTES,
        url_schemes=set(SCHEMES),
        link_rel=REL,
        clean_content_tags=set(DROPPED_WHOLE),
    )


def plain_text(html: str) -> str:
    """Return the words of some HTML, without elements; entities stay escaped, so that it is safe HTML too.

    >>> plain_text("<p>Un <b>site</b>.</p><p>&amp; plus</p>")
    'Un site. &amp; plus'
    """
    spaced = BETWEEN_WORDS.sub(" <", html)
    return " ".join(nh3.clean(spaced, tags=set(), clean_content_tags=set(DROPPED_WHOLE)).split())


def plain_lines(html: str) -> str:
    r"""Return the words of clean HTML as `plain_text` does, in the lines and paragraphs that it shows.

    >>> plain_lines("<p>Un<br>deux\n<b>mots</b></p><ul><li>a</li><li>b &amp; c</li></ul>")
    'Un\ndeux mots\n\na\nb &amp; c'
    """
    marked = ENDS_PART.sub("\n\n", ENDS_LINE.sub("\n", " ".join(html.split())))
    lines = "\n".join(plain_text(line) for line in marked.split("\n"))
    return re.sub(r"\n{3,}", "\n\n", lines).strip()
