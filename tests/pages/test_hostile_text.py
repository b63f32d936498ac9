"""What comes from outside is text, whatever it looks like."""

from __future__ import annotations

import pytest
from django.utils import timezone

from alerts import actions
from health.models import ErrorGroup
from tests.browser import OpenPage, assert_clean, assert_no_trouble
from tests.factories import alert, person, policy, receiver, rule

pytestmark = pytest.mark.browser
SCRIPT = "window.pwned=1"
SHAPES = [
    f"<script>{SCRIPT}</script>",
    f"</script><script>{SCRIPT}</script>",
    f"<img src=x onerror={SCRIPT}>",
    f'"><img src=x onerror="{SCRIPT}">',
    f"'><svg onload={SCRIPT}>",
    f"<svg/onload={SCRIPT}>",
    f"<body onload={SCRIPT}>",
    f"<iframe src=javascript:{SCRIPT}></iframe>",
    f"<a href=javascript:{SCRIPT} id=pwned>x</a>",
    f"<details open ontoggle={SCRIPT}>",
    f"<input autofocus onfocus={SCRIPT}>",
    f"<video><source onerror={SCRIPT}></video>",
    f"<math><mtext></form><form><mglyph><style></math><img src onerror={SCRIPT}>",
    f"<template id=pwned><img src=x onerror={SCRIPT}></template>",
    f"<base href=javascript:{SCRIPT}//>",
    f"<object data=javascript:{SCRIPT}>",
    f"--><script>{SCRIPT}</script>",
    f"]]><script>{SCRIPT}</script>",
    f"</title><script>{SCRIPT}</script>",
    f"</textarea><script>{SCRIPT}</script>",
    f"{{{{constructor.constructor('{SCRIPT}')()}}}}",
    f"{{% now '{SCRIPT}' %}}",
    f"${{{SCRIPT}}}",
    f"javascript:{SCRIPT}",
    f"data:text/html,<script>{SCRIPT}</script>",
    f'" onmouseover="{SCRIPT}" id="pwned',
    f"' onfocus='{SCRIPT}' autofocus='",
    "\u202e\u2066 right to left \u2069",
    "<b id=pwned>bold</b>",
    "&lt;script&gt;&#60;script&#62;",
    "%3Cscript%3E",
    "\\u003cscript\\u003e",
    "<!--<script>",
    "<style>*{display:none}</style>",
    "<link rel=stylesheet href=//evil.example>",
    "<meta http-equiv=refresh content=0;url=//evil.example>",
    "<form action=//evil.example><button>",
    "<plaintext>",
    "<xmp>",
    "<noscript><p title='</noscript><img src=x onerror=window.pwned=1>'>",
]


def test_forty_hostile_texts_stay_text(open_page: OpenPage) -> None:
    alice = person("alice", first_name=SHAPES[0])
    for number, text in enumerate(SHAPES):
        made = alert(title=text, labels={"n": str(number), "symbol": text}, description=text)
        if number % 4 == 0:
            actions.comment(made.pk, by=alice, note=text, now=timezone.now())
    newest = made.pk

    for path in ("/alerts/", f"/alerts/{newest}/", f"/alerts/{newest - 39}/", "/"):
        page = open_page(path, by=alice)
        page.wait_for_selector("#live[data-state=live]")

        assert page.evaluate("window.pwned") is None
        assert (
            page.locator("#pwned, main script:not([type]), main iframe, main object").count() == 0
        )
        assert_clean(page)
    assert len(SHAPES) == 40


@pytest.mark.slow
def test_forty_hostile_texts_stay_text_in_the_admin(open_page: OpenPage) -> None:
    erin, pages = person("erin", first_name=SHAPES[0]), list[str]()
    for number, text in enumerate(SHAPES):
        made = rule(f"r{number}", title=text[:120], description=text, labels={"team": text})
        fired = alert(rule=made, title=text, labels={"n": str(number), "symbol": text})
        to = receiver(f"{number} {text}"[:80])
        told = policy(f"{number} {text}"[:80], steps=[(0, [to])])
        ErrorGroup.objects.create(
            component=text[:60],
            error_type=text[:60],
            message=text,
            fingerprint=str(number),
            severity="critical",
            first_seen_at=timezone.now(),
            last_seen_at=timezone.now(),
        )
        if number % 8 == 0:
            pages += [f"alerts/rule/{made.pk}/change/", f"alerts/rule/{made.pk}/history/"]
            pages += [f"alerts/alert/{fired.pk}/change/", f"alerts/receiver/{to.pk}/change/"]
            pages += [f"alerts/policy/{told.pk}/change/"]
    pages += ["alerts/rule/", "alerts/alert/", "alerts/receiver/", "alerts/policy/"]
    page = open_page("/admin/", by=erin)

    for path in [*pages, "health/errorgroup/", ""]:
        page.goto(f"/admin/{path}")

        assert page.evaluate("window.pwned") is None, path
        assert page.locator("#pwned, iframe, object, base, plaintext, xmp").count() == 0, path
    assert_no_trouble(page)
