// @ts-check
/** The count of firing alerts: in the navigation, the tabs, the title and the favicon. */
import { subscribe } from "./live.js";

const WORST = ["critical", "warning", "info"];
const PAUSE_MS = 500;
const MOST_COUNTED = 10_000; // as the server counts
let due = 0;

/** @param {number} number */
function counted(number) {
  return number >= MOST_COUNTED ? "10,000+" : String(number);
}

/** @param {Record<string, number>} bySeverity firing alerts per severity */
export function setAttention(bySeverity) {
  const count = Object.values(bySeverity).reduce((sum, n) => sum + n, 0);
  const worst = WORST.find((name) => bySeverity[name]) ?? "";
  const title = document.title.replace(/^\([\d,]+\+?\) /, "");
  document.title = count ? `(${counted(count)}) ${title}` : title;
  const badge = document.getElementById("nav-alerts");
  if (badge?.firstChild) {
    badge.firstChild.nodeValue = counted(count);
    badge.className = worst ? `count solid-${worst}` : "count";
    badge.hidden = count === 0;
  }
  const icon = document.getElementById("favicon");
  if (icon instanceof HTMLLinkElement) {
    const address = new URL(icon.href);
    address.search = new URLSearchParams({ n: String(count), severity: worst }).toString();
    if (icon.href !== address.href) icon.href = address.href;
  }
}

async function count() {
  const here = location.pathname === "/alerts/" ? location.search : "";
  const response = await fetch(`/alerts/counts/${here}`, { headers: { Accept: "application/json" } });
  if (!response.ok) return;
  const { tabs, firing } = await response.json();
  setAttention(firing);
  for (const [tab, number] of Object.entries(tabs)) {
    const shown = document.querySelector(`[data-tab="${tab}"] > .count`);
    if (shown) shown.textContent = counted(number);
  }
}

/** Count again soon after any alert changed, however many did. */
export function startAttention() {
  if (!document.getElementById("nav-alerts")) return;
  subscribe("alerts", () => {
    clearTimeout(due);
    due = setTimeout(count, PAUSE_MS);
  });
}
