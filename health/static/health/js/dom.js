// @ts-check
/** Elements from values: text is always text, never markup. */

const icons = document.getElementById("system-page")?.dataset.icons ?? "";
const SVG = "http://www.w3.org/2000/svg";

/** @typedef {Node | string | number | null} Child */

/**
 * @param {string} tag
 * @param {Record<string, string>} attributes
 * @param {Child[]} children
 */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) if (value !== "") made.setAttribute(name, value);
  made.append(...children.filter((child) => child !== null).map((child) => (child instanceof Node ? child : String(child))));
  return made;
}

/**
 * @param {string} tag
 * @param {Record<string, string | number>} attributes
 * @param {Node[]} children
 */
export function drawing(tag, attributes, ...children) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, String(value));
  made.append(...children);
  return made;
}

/** @param {string} name */
export const icon = (name) =>
  drawing("svg", { class: "icon", "aria-hidden": "true" }, drawing("use", { href: `${icons}#${name}` }));

/** @type {Record<string, [tone: string, icon: string, word: string]>} */
const STATES = {
  up: ["ok", "ok", "Up"],
  degraded: ["warning", "degraded", "Degraded"],
  late: ["warning", "degraded", "Late"],
  down: ["critical", "down", "Down"],
  stale: ["quiet", "nodata", "Stale"],
  absent: ["quiet", "nodata", "No data"],
  stopped: ["quiet", "nodata", "Stopped"],
  critical: ["critical", "critical", "Critical"],
  warning: ["warning", "warning", "Warning"],
  info: ["info", "info", "Info"],
};

/** @param {string} state */
export function chip(state) {
  const [tone, shape, word] = STATES[state] ?? STATES.absent;
  return element("span", { class: `chip tone-${tone}` }, icon(shape), element("span", {}, word));
}

/** @param {number | null} at epoch seconds @param {string} form */
export function time(at, form = "ago") {
  if (at === null) return element("span", { class: "muted" }, "never");
  return element("time", { datetime: new Date(at * 1000).toISOString(), "data-form": form });
}

/** @param {number | null | undefined} value @param {string} unit @param {number} places */
export function figure(value, unit = "", places = 0) {
  if (value === null || value === undefined) return element("span", { class: "muted" }, "–");
  const text = value.toLocaleString("en", { minimumFractionDigits: 0, maximumFractionDigits: places });
  return element("span", {}, unit ? `${text}\u202f${unit}` : text);
}

/** @param {string} label shown on the phone, where the table has no head @param {Child[]} children */
export const cell = (label, ...children) => element("td", { "data-label": label }, ...children);

/** @param {string} label @param {Child[]} children */
export const number = (label, ...children) => element("td", { class: "num", "data-label": label }, ...children);
