// @ts-check
/** The count of firing alerts: in the navigation, the title and the favicon. */

const WORST = ["critical", "warning", "info"];

/** @param {Record<string, number>} bySeverity firing alerts per severity */
export function setAttention(bySeverity) {
  const count = Object.values(bySeverity).reduce((sum, n) => sum + n, 0);
  const worst = WORST.find((name) => bySeverity[name]) ?? "";
  const title = document.title.replace(/^\(\d+\) /, "");
  document.title = count ? `(${count}) ${title}` : title;
  const badge = document.getElementById("nav-alerts");
  if (badge?.firstChild) {
    badge.firstChild.nodeValue = String(count);
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
