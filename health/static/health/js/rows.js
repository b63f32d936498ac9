// @ts-check
/** How each kind of row of the system page looks. */
import { span } from "../../ops_portal/js/time.js";
import { cell, chip, element, figure, number, time } from "./dom.js";
import { strip } from "./strip.js";

/** @typedef {Record<string, any>} Row */

/** Seconds without a beat after which a process is late, then lost; as health/processes.py. */
const LATE = 15;
const LOST = 30;

/**
 * The state a row has now: what was up when it was told may have fallen silent since.
 * @param {Row} row @param {number} now epoch seconds @returns {string}
 */
export function judged(row, now) {
  if (row.kind !== undefined) {
    if (row.state === "stopped") return "stopped";
    const silent = now - row.last_beat;
    return silent > LOST ? "down" : silent > LATE ? "late" : "up";
  }
  const last = row.last_seen ?? row.last_event;
  if (row.allowed && last && now - last > row.allowed) return row.state === "down" ? "down" : "stale";
  return row.state;
}

/** @param {number | null | undefined} seconds */
const usual = (seconds) => (seconds ? `usually every ${seconds < 10 ? `${Number(seconds.toPrecision(2))} s` : span(seconds)}` : "");

/** @param {Row} row */
const usually = (row) => (row.interval ? element("span", { class: "muted small block" }, usual(row.interval)) : null);

/** @param {Row} row @param {number} now */
export function lane(row, now) {
  const state = judged(row, now);
  const absent = row.last_event === null;
  const evidence = (row.evidence ?? []).map((/** @type {Row} */ item) =>
    element("li", {}, element("span", {}, item.name), element("span", { class: "muted" }, item.state === "up" ? "" : `${item.state}, `, time(item.last))),
  );
  return element(
    "article",
    { class: `card lane tone-${state === "up" ? "ok" : state === "down" ? "critical" : state === "degraded" ? "warning" : "quiet"}` },
    element("div", { class: "card-head" }, element("h2", {}, row.name), chip(state)),
    element(
      "div",
      { class: "card-body" },
      element("p", { class: "lane-age" }, absent ? "Never reported" : time(row.last_event)),
      element("p", { class: "muted small" }, absent ? row.note : usual(row.interval) || "interval not known yet"),
      evidence.length ? element("ul", { class: "evidence small" }, ...evidence) : null,
    ),
  );
}

/** @param {Row} row @param {number} now */
export function component(row, now) {
  const state = judged(row, now);
  const metrics = row.metrics ?? {};
  const stale = state === "stale" ? "is-stale" : "";
  const name = row.env === "live" ? row.name : `${row.name} (${row.env})`;
  return element(
    "tr",
    { class: stale },
    element("th", { scope: "row" }, name),
    cell("State", chip(state)),
    cell("Reports", strip(row.beats, row.allowed, now)),
    cell("Last seen", time(row.last_seen), usually(row)),
    number("Health", figure(row.health, "%")),
    number("CPU", figure(metrics.cpu_percent, "%")),
    number("Memory", figure(metrics.memory_percent, "%")),
    number("Disk", figure(metrics.disk_percent, "%")),
    number("Data latency", figure(metrics.data_latency_seconds, "s", 3)),
  );
}

/** @param {Row} row @param {number} now */
export function stream(row, now) {
  const waits = row.lag === null ? element("span", { class: "muted" }, "–") : row.lag < 1 ? "nothing waits" : span(row.lag);
  return element(
    "tr",
    {},
    element("th", { scope: "row", class: "mono" }, row.stream),
    cell("State", chip(judged(row, now))),
    cell("Newest event", time(row.last_event), usually(row)),
    number("Waiting since", waits),
    number("Stored", figure(row.accepted)),
    number("Repeated", figure(row.duplicates)),
    element("td", { class: row.rejected ? "num attention" : "num", "data-label": "Refused" }, figure(row.rejected)),
    element("td", { class: row.lost ? "num attention" : "num", "data-label": "Lost" }, figure(row.lost)),
    cell("Read by", row.owner ? element("span", { class: "mono small" }, row.owner) : element("span", { class: "muted" }, "nobody")),
  );
}

/** @type {Record<string, string>} */
const KINDS = { live: "Live feed and pages", web: "Pages", engine: "Engine", worker: "Worker", beat: "Clock of the worker" };

/** @param {Row} row @param {number} now */
export function portalProcess(row, now) {
  const sockets = row.detail?.sockets;
  const detail = sockets === undefined ? row.name : `${row.name}, ${sockets} ${sockets === 1 ? "page" : "pages"} open`;
  return element(
    "tr",
    {},
    element("th", { scope: "row" }, KINDS[row.kind] ?? row.kind, element("span", { class: "muted small block" }, detail)),
    cell("State", chip(judged(row, now))),
    cell("Last beat", time(row.last_beat)),
    cell("Running for", time(row.started, "age")),
  );
}

/** @param {Row} row */
export function dependency(row) {
  const amiss = row.amiss.map((/** @type {string} */ words) => element("span", { class: "small block attention" }, words));
  const notes = (row.notes ?? []).map((/** @type {string} */ words) => element("span", { class: "muted small block" }, words));
  const answer = row.seconds === null ? element("span", { class: "muted" }, "no answer") : figure(row.seconds * 1000, "ms", 1);
  return element(
    "tr",
    {},
    element("th", { scope: "row" }, row.name, ...amiss, ...notes),
    cell("State", chip(row.state)),
    cell("Version", row.version || "–"),
    number("Answer", row.read === undefined ? answer : time(row.read)),
  );
}

/** @param {Row} row */
export function errorGroup(row) {
  return element(
    "tr",
    {},
    element("th", { scope: "row", class: "error-name" }, row.error_type || "Error", element("span", { class: "muted small block error-message" }, row.message)),
    cell("Severity", chip(row.severity)),
    cell("Component", row.component || "–"),
    number("Count", figure(row.count)),
    cell("First seen", time(row.first_seen)),
    cell("Last seen", time(row.last_seen)),
  );
}
