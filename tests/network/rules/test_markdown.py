"""What members write is shown; what would act is not."""

import pytest

from network.rules.markdown import clean_html, plain_text, to_html

HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<a href='javascript:alert(1)'>x</a>",
    "<a href='data:text/html,x'>x</a>",
    "<p style='position:fixed'>x</p>",
    "<iframe src='https://b.example'></iframe>",
    "<svg><script>alert(1)</script></svg>",
    "<form action='https://b.example'><input name=q></form>",
    "<p onclick=alert(1)>x</p>",
    "<base href='https://b.example'>",
    "<a href='  jAvAsCrIpT:alert(1)'>x</a>",
]
FORBIDDEN = (
    "<script",
    "<img",
    "javascript:",
    "data:",
    "style=",
    "<iframe",
    "<svg",
    "<form",
    "<input",
    "onclick",
    "<base",
)


@pytest.mark.parametrize("html", HOSTILE)
def test_nothing_that_acts_passes(html):
    shown = clean_html(html).lower()
    assert not [word for word in FORBIDDEN if word in shown]
    assert clean_html(shown) == shown


@pytest.mark.parametrize("source", [*HOSTILE, "[x](javascript:alert(1))", "![x](https://b.example/i.png)"])
def test_markdown_brings_no_html_in(source):
    shown = to_html(source)
    assert "<img" not in shown
    assert 'href="javascript' not in shown
    assert "<script" not in shown


def test_what_a_description_needs():
    html = to_html("# Titre\n\n*un* **deux** `trois`\n\n- a\n- b\n\n> dit\n\n[lien](https://a.example)")
    for part in ("<h3>Titre</h3>", "<em>un</em>", "<strong>deux</strong>", "<li>a</li>", "<blockquote>"):
        assert part in html
    assert '<a href="https://a.example" rel="nofollow noopener noreferrer ugc">lien</a>' in html


def test_plain_words():
    assert plain_text("<p>Un</p><p>deux <b>trois</b></p><script>x</script>") == "Un deux trois"


def test_emphasis_parts_no_words():
    assert plain_text(to_html("On *répare*. [Venez](https://a.example) !\n\n- **micro**forêt\n- `x`,")) == (
        "On répare. Venez ! microforêt x,"
    )
    assert plain_text("<P>Un</P><UL><LI>d<B>eux</B></LI><LI>trois</LI></UL>quatre<br>cinq") == (
        "Un deux trois quatre cinq"
    )
