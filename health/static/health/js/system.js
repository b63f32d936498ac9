// @ts-check
/** The system page: state from the server, frames on top, silence judged here every second. */
import { onReset, subscribe } from "../../ops_portal/js/live.js";
import { now as serverNow, rewordAll, setServerTime } from "../../ops_portal/js/time.js";
import { icon } from "./dom.js";
import { component, dependency, errorGroup, judged, lane, portalProcess, stream } from "./rows.js";

/** @typedef {Record<string, any>} Row */
const page = /** @type {HTMLElement} */ (document.getElementById("system-page"));
const REFRESH = 15_000;
const ERRORS_SHOWN = 20;
const LANES = ["feeds", "signals", "risk", "execution"];

/** @type {Map<string, Row>} rows by key of the live feed */
let rows = new Map();
/** @type {Row[]} */
let dependencies = [];
let waiting = 0; // the animation frame that will draw
/** @type {WeakMap<Element, string>} what an element was drawn from */
const drawn = new WeakMap();

const now = () => serverNow() / 1000;

/** @param {any} state */
function take(state) {
  setServerTime(state.now * 1000);
  rows = new Map(Object.entries(state.rows));
  for (const group of state.errors) rows.set(`error:${group.id}`, group);
  dependencies = state.dependencies;
  draw();
}

/** @param {string} key @param {any} row */
function apply(key, row) {
  if (row === null) rows.delete(key);
  else rows.set(key, row);
  if (!waiting) waiting = requestAnimationFrame(draw);
}

/** @param {string} prefix @returns {[string, Row][]} */
const of = (prefix) => [...rows].filter(([key]) => key.startsWith(prefix));

/**
 * Redraw what changed: an element whose row and verdict are the same stays as it is.
 * @param {string} id @param {[string, Row][]} wanted @param {(row: Row, now: number) => Element} make
 */
function fill(id, wanted, make) {
  const box = /** @type {HTMLElement} */ (document.getElementById(id));
  wanted.forEach(([key, row], index) => {
    const print = `${key} ${judged(row, now())} ${JSON.stringify(row)}`;
    const current = box.children[index];
    if (current && drawn.get(current) === print) return;
    const made = make(row, now());
    drawn.set(made, print);
    if (current) current.replaceWith(made);
    else box.append(made);
    rewordAll(made);
  });
  while (box.children.length > wanted.length) box.lastElementChild?.remove();
  const empty = document.getElementById(`${id}-empty`);
  if (empty) empty.hidden = wanted.length > 0;
  const table = document.getElementById(`${id}-table`);
  if (table) table.hidden = wanted.length === 0;
}

/** @param {[string, Row][]} found @param {string} name */
const byName = (found, name) => found.sort(([, a], [, b]) => String(a[name]).localeCompare(String(b[name])));

function draw() {
  waiting = 0;
  const lanes = LANES.map((key) => rows.get(`lane:${key}`)).filter((row) => row !== undefined);
  fill("lanes", lanes.map((row) => [row.key, row]), lane);
  fill("components", byName(of("component:"), "name"), component);
  fill("streams", byName(of("stream:"), "stream"), stream);
  fill("processes", byName(of("process:"), "kind"), portalProcess);
  fill("dependencies", dependencies.map((row) => [row.name, row]), dependency);
  const errors = of("error:").sort(([, a], [, b]) => b.last_seen - a.last_seen);
  fill("errors", errors.slice(0, ERRORS_SHOWN), errorGroup);
  drawVerdict(lanes);
  drawDeadLetters();
}

/** @param {Row[]} lanes */
function drawVerdict(lanes) {
  const box = /** @type {HTMLElement} */ (document.getElementById("verdict"));
  const portal = rows.get("lane:system");
  const judgements = [...lanes, ...(portal ? [portal] : [])].map((row) => ({ row, state: judged(row, now()) }));
  const amiss = judgements.filter(({ state }) => state !== "up" && state !== "absent");
  const absent = judgements.filter(({ state }) => state === "absent");
  const down = amiss.some(({ state }) => state === "down");
  const words = amiss.length
    ? amiss.map(({ row, state }) => `${row.name}: ${row.key === "system" ? row.note : state}`).join(" · ")
    : absent.length
      ? `No data: ${absent.map(({ row }) => row.name).join(", ")}.`
      : "All four lanes report and the portal runs.";
  const tone = down ? "critical" : amiss.length ? "warning" : absent.length ? "quiet" : "ok";
  if (drawn.get(box) === tone + words) return;
  drawn.set(box, tone + words);
  box.className = `verdict tone-${tone}`;
  const text = document.createElement("p");
  text.textContent = words;
  box.replaceChildren(icon(tone === "quiet" ? "nodata" : tone === "ok" ? "ok" : tone), text);
}

function drawDeadLetters() {
  const link = /** @type {HTMLAnchorElement} */ (document.getElementById("dead-letters"));
  const waiting = Object.values(rows.get("dead_letters") ?? {}).reduce((sum, count) => sum + count, 0);
  link.hidden = waiting === 0;
  link.textContent = `${waiting.toLocaleString("en")} refused ${waiting === 1 ? "entry waits" : "entries wait"} for a look`;
  if (page.dataset.deadLetters) link.href = page.dataset.deadLetters;
}

/** @returns {Promise<string>} the stream id that the state speaks of */
async function refetch() {
  const answer = await fetch(page.dataset.stateUrl ?? "", { headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error(`the state answered ${answer.status}`);
  const state = await answer.json();
  take(state);
  return state.seq;
}

take(JSON.parse(document.getElementById("system-state")?.textContent ?? "{}"));
subscribe("system", apply);
onReset(refetch);
setInterval(() => {
  if (!document.hidden) draw();
}, 1000);
setInterval(() => {
  if (!document.hidden) measure();
}, REFRESH);

/** Only the round trips are asked for: the rows come by the socket. */
async function measure() {
  const answer = await fetch(page.dataset.stateUrl ?? "", { headers: { Accept: "application/json" } }).catch(() => null);
  if (!answer?.ok) return; // ages go on counting, and the pill says that the portal is away
  dependencies = (await answer.json()).dependencies;
  draw();
}
