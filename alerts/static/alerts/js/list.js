// @ts-check
/** The alerts list: frames patch it row by row, but never under the hands of a person. */
import { onReset, subscribe } from "../../ops_portal/js/live.js";
import { rewordAll } from "../../ops_portal/js/time.js";
import { startHands } from "./hands.js";
import { fillRow, makeRow, order, tabOf } from "./row.js";

/** @typedef {import("./row.js").Summary} Summary */

const PAGE = 50;
const LINGER_MS = 4000; // a row that left the tab stays readable that long
const list = /** @type {HTMLElement} */ (document.getElementById("alerts"));
const rows = /** @type {HTMLElement} */ (document.getElementById("rows"));
/** @type {Map<number, Summary>} what came while somebody was busy */
const queued = new Map();
/** @type {Map<string, Summary>} what frames said of the rows that are shown */
const known = new Map();
let refetching = 0;

const hands = startHands(rows, { patched: apply, idle: showQueued });

/** @param {Summary} alert */
function apply(alert) {
  const row = rowOf(alert.id);
  const belongs = tabOf(alert) === list.dataset.tab;
  if (row) {
    fillRow(row, alert);
    known.set(String(alert.id), alert);
    if (!belongs) leave(row);
    else row.classList.remove("is-leaving");
  } else if (list.dataset.frozen) {
    refetchSoon();
  } else if (belongs && hands.busy()) {
    queued.set(alert.id, alert);
    offer();
  } else if (belongs) {
    insert(alert);
  }
}

/** @param {Summary} alert */
function insert(alert) {
  const row = makeRow(alert);
  known.set(String(alert.id), alert);
  const next = [...rows.children].find((other) => before(order(alert), orderOf(other)));
  rows.insertBefore(row, next ?? null);
  if (alert.severity === "critical") row.classList.add("is-new");
  setTimeout(() => row.classList.remove("is-new"), 2000);
  if (rows.children.length > PAGE) rows.lastElementChild?.remove();
  showEmptiness();
}

/** @param {Element} row @returns {[number, number, number]} */
function orderOf(row) {
  const element = /** @type {HTMLElement} */ (row);
  const severity = element.querySelector('[data-part="severity"] use')?.getAttribute("href")?.split("#")[1] ?? "";
  const since = element.querySelector('[data-part="since"] time')?.getAttribute("datetime") ?? "";
  const started_at = known.get(element.dataset.id ?? "")?.started_at ?? Date.parse(since) / 1000;
  return order(/** @type {Summary} */ ({ id: Number(element.dataset.id), severity, started_at }));
}

/** @param {number[]} one @param {number[]} other */
function before(one, other) {
  for (let i = 0; i < one.length; i++) if (one[i] !== other[i]) return one[i] < other[i];
  return false;
}

/** @param {HTMLElement} row */
function leave(row) {
  row.classList.add("is-leaving");
  const remove = () => {
    if (!row.classList.contains("is-leaving")) return;
    if (hands.busy()) setTimeout(remove, LINGER_MS);
    else row.remove();
    showEmptiness();
  };
  setTimeout(remove, LINGER_MS);
}

/** @param {number} id @returns {HTMLElement | null} */
const rowOf = (id) => rows.querySelector(`tr[data-id="${id}"]`);

function offer() {
  const box = /** @type {HTMLElement} */ (list.querySelector(".queued"));
  box.hidden = queued.size === 0;
  const button = box.querySelector("button");
  if (button) button.textContent = `${queued.size} new – show`;
}

function showQueued() {
  const waiting = [...queued.values()];
  queued.clear();
  for (const alert of waiting) insert(alert);
  offer();
}

function showEmptiness() {
  const none = rows.children.length === 0;
  for (const box of list.querySelectorAll("[data-empty]")) /** @type {HTMLElement} */ (box).hidden = !none;
  for (const box of list.querySelectorAll(".table-box")) /** @type {HTMLElement} */ (box).hidden = none;
}

function refetchSoon() {
  clearTimeout(refetching);
  refetching = setTimeout(() => (hands.busy() ? refetchSoon() : refetch()), 500);
}

/** The page as the server sees it now. @returns {Promise<string | undefined>} its place in the feed */
async function refetch() {
  const response = await fetch(location.href, { headers: { Accept: "text/html" } });
  if (!response.ok) return undefined;
  const fresh = new DOMParser().parseFromString(await response.text(), "text/html");
  rows.replaceChildren(...(fresh.getElementById("rows")?.children ?? []));
  known.clear();
  queued.clear();
  offer();
  showEmptiness();
  rewordAll(rows);
  return fresh.getElementById("alerts")?.dataset.seq;
}

list.querySelector("[data-show]")?.addEventListener("click", showQueued);
subscribe("alerts", (_key, /** @type {Summary} */ alert) => apply(alert));
onReset(refetch);
