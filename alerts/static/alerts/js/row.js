// @ts-check
/** One row of the alerts list: the same markup whether the server or a frame filled it. */
import { measure } from "../../ops_portal/js/format.js";
import { setTime } from "../../ops_portal/js/time.js";

/**
 * @typedef {{id: number, title: string, severity: string, state: string, condition: string,
 *   value: number | null, threshold: number | null, started_at: number, labels: Record<string, string>,
 *   acknowledged_by: string | null, note: string, next_step_at: number | null, version: number,
 *   suppressed_by: {name: string}[], assignee: string | null, assignee_id: number | null, snoozed_until: number | null, unit?: string}} Summary times in epoch seconds
 */

const RANKS = ["critical", "warning", "info"];

/** @param {Summary} alert @returns {string} the tab that shows it */
export function tabOf(alert) {
  if (alert.state !== "firing") return alert.state;
  if (alert.suppressed_by.length) return "quiet";
  return alert.condition === "nodata" ? "nodata" : "firing";
}

/** @param {Summary} alert @returns {[number, number, number]} worst, then newest first */
export const order = (alert) => [RANKS.indexOf(alert.severity), -alert.started_at, -alert.id];

/** @param {Summary} alert @returns {HTMLTableRowElement} */
export function makeRow(alert) {
  const template = /** @type {HTMLTemplateElement} */ (document.getElementById("alert-row"));
  const row = /** @type {HTMLTableRowElement} */ (template.content.querySelector("tr")?.cloneNode(true));
  row.dataset.id = String(alert.id);
  row.dataset.version = "0";
  for (const link of row.querySelectorAll("a")) link.href = link.href.replace(/\/0\//, `/${alert.id}/`);
  const box = row.querySelector("input");
  if (box) {
    box.value = String(alert.id);
    box.setAttribute("aria-label", `Select alert ${alert.id}`);
  }
  fillRow(row, alert);
  return row;
}

/**
 * @param {HTMLElement} row
 * @param {Summary} alert older versions than the row shows are ignored
 */
export function fillRow(row, alert) {
  if (alert.version < Number(row.dataset.version)) return;
  row.dataset.version = String(alert.version);
  const unit = (row.dataset.unit = alert.unit ?? row.dataset.unit ?? "");
  fillSeverity(part(row, "severity"), alert.severity);
  say(part(row, "title"), alert.title);
  fillLabels(part(row, "labels"), alert.labels);
  say(part(row, "value"), measure(alert.value, unit));
  say(part(row, "limit"), alert.threshold === null ? "" : `limit ${measure(alert.threshold, unit)}`);
  setTime(row.querySelector('[data-part="since"] time'), alert.started_at * 1000);
  fillStatus(row, alert);
}

/** @param {HTMLElement} row @param {Summary} alert */
function fillStatus(row, alert) {
  const firing = alert.state === "firing";
  const quiet = alert.suppressed_by.length > 0;
  /** @type {Record<string, boolean>} */
  const shown = {
    acknowledged: alert.state === "acknowledged",
    snoozed: alert.state === "acknowledged" && alert.snoozed_until !== null,
    assigned: alert.assignee !== null && alert.state !== "resolved",
    nodata: alert.condition === "nodata" && alert.state !== "resolved",
    resolved: alert.state === "resolved",
    quiet: firing && quiet,
    step: firing && !quiet && alert.next_step_at !== null,
    open: firing && !quiet && alert.next_step_at === null,
  };
  for (const element of row.querySelectorAll("[data-when]")) {
    const when = /** @type {HTMLElement} */ (element);
    when.hidden = !shown[when.dataset.when ?? ""];
  }
  say(part(row, "quiet"), `Kept quiet: ${alert.suppressed_by.map((why) => why.name).join(", ")}`);
  say(part(row, "by"), `${alert.snoozed_until === null ? "Acked" : "Snoozed"} by ${alert.acknowledged_by ?? ""}`);
  say(part(row, "assignee"), `Assigned to ${alert.assignee ?? ""}`);
  row.dataset.assignee = String(alert.assignee_id ?? "");
  if (alert.snoozed_until !== null) setTime(row.querySelector('[data-part="again"] time'), alert.snoozed_until * 1000);
  if (alert.next_step_at !== null) setTime(row.querySelector('[data-part="step"] time'), alert.next_step_at * 1000);
  const note = part(row, "note");
  say(note, alert.note);
  note.hidden = !alert.note;
  for (const [control, useful] of Object.entries({ "[data-ack]": firing, input: alert.state !== "resolved" })) {
    const element = /** @type {HTMLElement | null} */ (row.querySelector(control));
    if (element) element.hidden = !useful;
  }
}

/** @param {HTMLElement} cell @param {string} severity */
function fillSeverity(cell, severity) {
  const chip = cell.querySelector(".chip");
  const use = cell.querySelector("use");
  if (!chip || !use?.parentElement) return;
  chip.className = `chip tone-${severity}`;
  use.setAttribute("href", (use.getAttribute("href") ?? "").replace(/#.*/, `#${severity}`));
  chip.replaceChildren(use.parentElement, severity[0].toUpperCase() + severity.slice(1));
}

/** @param {HTMLElement} box @param {Record<string, string>} labels */
function fillLabels(box, labels) {
  box.replaceChildren();
  for (const [name, value] of Object.entries(labels).sort()) {
    if (name === "env" && value === "live") continue;
    const chip = document.createElement("span");
    chip.className = "chip label";
    chip.textContent = `${name}=${value}`;
    box.append(chip);
  }
}

/** @param {HTMLElement} row @param {string} name */
const part = (row, name) => /** @type {HTMLElement} */ (row.querySelector(`[data-part="${name}"]`));

/** @param {HTMLElement} element @param {string} text */
function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
