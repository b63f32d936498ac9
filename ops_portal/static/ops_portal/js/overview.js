// @ts-check
/** The front page: figures and strips move by frames; what frames do not tell is fetched anew. */
import { lineChart } from "../../analytics/js/charts.js";
import { startAck } from "../../alerts/js/ack.js";
import { strip } from "../../health/js/strip.js";
import { measure, money } from "./format.js";
import { onReset, subscribe } from "./live.js";
import { refetchParts, soon } from "./parts.js";
import { now, setTime } from "./time.js";

const PARTS = ["verdict", "lanes", "attention", "changes"];

/** @param {string} id */
const values = (id) => JSON.parse(document.getElementById(id)?.textContent ?? "null");

const day = values("day-values");
const watched = values("drawdown-series");
/** @type {Map<number, number>} */
const minutes = new Map(day.minutes.map((/** @type {[number, string]} */ [at, pnl]) => [at, Number(pnl)]));
/** @type {Map<string, any>} */
const components = new Map(values("beats-values").map((/** @type {any} */ row) => [`${row.env}/${row.name}`, row]));
const digits = (/** @type {number} */ y) => y.toLocaleString("en-US", { maximumFractionDigits: 2 });

const canvas = document.getElementById("day");
const chart = canvas instanceof HTMLCanvasElement ? lineChart(canvas, {
  series: [{ label: day.currency, color: "--series-1", points: day.points, area: true, stepped: true }],
  bands: day.bands,
  format: digits,
  range: { from: day.start, to: Math.max(now(), day.start + 3_600_000) },
}) : null;

async function refetch() {
  const fresh = await refetchParts(PARTS);
  if (!fresh) return undefined;
  showStrips();
  const said = fresh.getElementById("day-values")?.textContent;
  if (said) chart?.setBands(JSON.parse(said).bands);
  return fresh.getElementById("overview")?.dataset.seq;
}
const refetchIn = soon(refetch);

/** @param {string} key @returns {Element | null} */
const figure = (key) => document.querySelector(`[data-figure="${key}"]`);

/** @param {number} at ms of the minute @param {string} pnl of the trades closed in it */
function putMinute(at, pnl) {
  if (at < day.start || at >= day.end) return;
  minutes.set(at, Number(pnl));
  let total = 0;
  for (const minute of [...minutes.keys()].sort((a, b) => a - b)) {
    total += minutes.get(minute) ?? 0;
    if (minute >= at) chart?.put(0, minute, day.before + total);
  }
  chart?.setRange({ from: day.start, to: Math.max(now(), day.start + 3_600_000) });
  const shown = figure("pnl");
  if (!shown) return;
  shown.textContent = money(total, day.currency);
  shown.className = total > 0 ? "profit" : total < 0 ? "loss" : "";
}

/** @param {string} key of the lane @param {any} row */
function putLane(key, row) {
  const lane = /** @type {HTMLElement | null} */ (document.querySelector(`[data-lane="${key}"]`));
  if (!lane) return;
  const firing = ["critical", "warning", "info"].includes(lane.dataset.state ?? "");
  if (!firing && lane.dataset.state !== row.state) refetchIn(500);
  if (row.last_event) setTime(lane.querySelector("[data-seen] time"), row.last_event * 1000);
}

/** @param {any} row */
function putComponent(row) {
  const name = `${row.env}/${row.name}`;
  if (!components.has(name)) return;
  components.set(name, row);
  showStrip(name);
}

/** @param {string} name */
function showStrip(name) {
  const row = components.get(name);
  for (const item of document.querySelectorAll("#beats li[data-component]")) {
    const { component, env } = /** @type {HTMLElement} */ (item).dataset;
    if (`${env}/${component}` === name) item.querySelector("[data-strip]")?.replaceChildren(strip(row.beats, row.allowed, now() / 1000));
  }
}

function showStrips() {
  for (const name of components.keys()) showStrip(name);
}

showStrips();
setInterval(() => document.hidden || showStrips(), 5000);
startAck(document.body, () => refetchIn(0));
subscribe("alerts", () => refetchIn(300));
subscribe("system", (key, row) => {
  if (key.startsWith("lane:")) putLane(key.slice(5), row);
  else if (key.startsWith("component:")) putComponent(row);
});
subscribe("trading", (key, data) => {
  if (!chart) return location.reload(); // the first trade ever
  const [kind, env, currency, minute] = key.split(":");
  if (env !== day.env || currency !== day.currency) return;
  if (kind === "pnl") putMinute(Number(minute) * 1000, data.pnl);
  if (kind === "figures") refetchIn(5000);
});
subscribe("samples", (key, [value]) => {
  const [series] = key.split(":");
  const shown = figure("drawdown");
  if (Number(series) === watched && shown) shown.textContent = measure(value, "current_drawdown");
});
onReset(refetch);
