// @ts-check
/**
 * Makes the admin's markup work with the CSP build of Alpine, whose expressions know neither
 * statements nor template literals nor globals. A classic script: it must run before Alpine does.
 */
(() => {
  /** Unfold's expression -> the same for the CSP build. */
  const exact = new Map([
    ["`width: ${sidebarWidth}px`", "{width: sidebarWidth + 'px'}"],
    ["'width: ' + changeListWidth + 'px'", "{width: changeListWidth + 'px'}"],
    [
      "if (!$event.target.closest('a')) { openUserLinks = !openUserLinks }",
      "inLink($event) || (openUserLinks = !openUserLinks)",
    ],
    [
      "if (!$event.target.closest('a')) { rowOpen = !rowOpen }",
      "inLink($event) || (rowOpen = !rowOpen)",
    ],
    [
      "['h3', 'strong'].includes($event.target.tagName.toLowerCase()) && (openRow = !openRow)",
      "onHeading($event) && (openRow = !openRow)",
    ],
  ]);
  const unlessMeta = "if (!$event.metaKey && !$event.ctrlKey) ";
  const drag = "sidebarWidth = dragWidth(resizing, sidebarWidth, min, max, $event)";

  /** @param {Attr} attribute @returns {string | undefined} */
  function rewritten({ name, value }) {
    const expression = value.trim();
    if (exact.has(expression)) return exact.get(expression);
    if (name === "x-bind:action" && expression.includes("window.location")) return "formAction(activeTab)";
    if (name.startsWith("x-on:mousemove") && expression.startsWith("if (resizing)")) return drag;
    if (expression.startsWith(unlessMeta)) {
      return `$event.metaKey || $event.ctrlKey || ${expression.slice(unlessMeta.length)}`;
    }
    return undefined;
  }

  /** @param {ParentNode} root */
  function rewrite(root) {
    for (const element of root.querySelectorAll("*")) {
      for (const attribute of [...element.attributes]) {
        const fitting = rewritten(attribute);
        if (fitting !== undefined) element.setAttribute(attribute.name, fitting);
      }
    }
  }

  /** Arrow functions on purpose: the CSP build refuses values that are globals themselves. */
  const helpers = {
    /** @type {(event: Event) => boolean} */
    inLink: (event) => event.target instanceof Element && event.target.closest("a") !== null,
    /** @type {(event: Event) => boolean} */
    onHeading: (event) => event.target instanceof Element && ["H3", "STRONG"].includes(event.target.tagName),
    getCurrentTab: () => window["getCurrentTab"](),
    /** @type {(event: unknown) => void} */
    sortRecords: (event) => window["sortRecords"](event),
    /** @type {(event: unknown) => unknown} */
    // @ts-expect-error: a constant of Unfold's app.js, which is no property of window
    moveRecords: (event) => moveRecords(event),
    /** @type {(tab: string) => string} */
    formAction: (tab) => location.pathname + location.search + (tab && tab !== "general" ? `#${tab}` : ""),
    /** @type {(on: boolean, width: number, min: number, max: number, event: MouseEvent) => number} */
    dragWidth: (on, width, min, max, event) => {
      if (!on) return width;
      const next = Math.min(max, Math.max(min, event.clientX));
      localStorage.setItem("sidebarWidth", String(next));
      return next;
    },
  };

  /** The portal's theme cookie is the one memory of the choice, here as on the pages. */
  function themeOfCookie() {
    const found = /(?:^|; )theme=(light|dark)/.exec(document.cookie);
    return found ? found[1] : "auto";
  }

  /** @param {string} theme */
  function keepTheme(theme) {
    const chosen = theme === "auto" ? "; max-age=0" : "; max-age=31536000";
    document.cookie = `theme=${theme}; path=/; samesite=lax${chosen}`;
  }

  document.addEventListener("alpine:init", () => {
    rewrite(document);
    const { Alpine, theme, searchCommand } = /** @type {any} */ (window);
    Alpine.data("theme", () => {
      const state = theme("auto");
      const watch = state.init;
      return Object.assign(state, helpers, {
        adminTheme: themeOfCookie(),
        init() {
          watch.call(this);
          this.$watch("adminTheme", keepTheme);
        },
      });
    });
    Alpine.data("searchCommand", searchCommand);
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.target instanceof Element) rewrite(event.target);
  });
})();
