// @ts-check
/** What the performance page shows last: moving windows, and strategies beside each other. */
import { onReset, subscribe } from "../../ops_portal/js/live.js";
import { gain, MINUS, money, ratio, whole } from "../../ops_portal/js/format.js";
import { lineChart } from "./charts.js";
import { showFigures } from "./figure-list.js";

/** @typedef {{value: number | string | null, reason?: string, low_sample?: boolean, n?: number}} Told */
/** @typedef {{strategy: string, curve: [number, number][]} & Record<string, Told>} Line */
/** @typedef {{points: [number, number | null][], reason?: string}} Curve */

const SOON_MS = 5_000; // many frames, one fetch
const COLORS = 7;
const box = /** @type {HTMLElement} */ (document.getElementById("rolling"));
const picker = /** @type {HTMLSelectElement} */ (document.getElementById("window"));
const held = /** @type {HTMLSelectElement} */ (document.getElementById("benchmark"));
const plain = (/** @type {number} */ value) => value.toFixed(2).replace("-", MINUS);
/** @param {string} id */
const canvas = (id) => /** @type {HTMLCanvasElement} */ (document.getElementById(id));
const moving = /** @type {[string, string, import("./charts.js").LineChart][]} */ ([
  ["win", "win_rate", lineChart(canvas("win-chart"), { title: "Win rate", series: [{ label: "Win rate", points: [] }], format: (y) => ratio(y), about: [0.4, 0.6] })],
  ["factor", "profit_factor", lineChart(canvas("factor-chart"), { title: "Profit factor", series: [{ label: "Profit factor", points: [], color: "--series-3" }], format: plain, about: [0.9, 1.1] })],
  ["sharpe", "sharpe", lineChart(canvas("sharpe-chart"), { title: "Sharpe", series: [{ label: "Sharpe", points: [], color: "--series-4" }], format: plain, zero: true })],
]); // prettier-ignore
/** @type {import("./charts.js").LineChart | null} */
let beside = null;
let words = /** @type {Record<string, string>} */ ({}); // why a figure has no value
let drawn = "";
let waiting = 0;
let env = "";

/** @param {string} id @param {Curve} curve */
function tellWhy(id, { points, reason }) {
  const note = document.getElementById(`no-${id}`);
  const chart = canvas(`${id}-chart`).parentElement;
  if (note) [note.hidden, note.textContent] = [points.length > 0, words[reason ?? ""] ?? ""];
  if (chart) chart.hidden = !points.length;
}

/** @param {Line[]} lines */
function showCurves(lines) {
  const names = JSON.stringify(lines.map(({ strategy }) => strategy));
  if (names !== drawn) {
    beside?.destroy();
    beside = lineChart(canvas("strategies-chart"), {
      series: lines.map(({ strategy }, place) => ({ label: strategy || "without strategy", color: `--series-${(place % COLORS) + 1}`, points: [] })),
      format: (y) => money(y),
      zero: true,
    });
    drawn = names;
    document.getElementById("strategies-legend")?.replaceChildren(
      ...lines.map(({ strategy }, place) => {
        const item = document.createElement("span");
        const mark = Object.assign(document.createElement("span"), { className: `legend-mark box mark-${(place % COLORS) + 1}` });
        item.append(mark, strategy || "without strategy");
        return item;
      }),
    );
  }
  lines.forEach(({ curve }, place) => beside?.replace(place, curve));
  beside?.draw();
}

/** A figure, or why there is none. @param {Told} told @param {(value: any) => string} word @param {boolean} [signed] */
function cell({ value, reason, low_sample: few, n }, word, signed = false) {
  const made = document.createElement("td");
  made.className = `num ${signed && value !== null ? gain(value) : ""}`;
  made.textContent = value === null ? "–" : word(value);
  if (value === null) made.title = words[reason ?? ""] ?? "";
  else if (few) made.title = `from only ${n} values`;
  return made;
}

/** @param {Line} line @param {string} currency */
function row(line, currency) {
  const made = document.createElement("tr");
  const head = Object.assign(document.createElement("th"), { scope: "row", textContent: line.strategy || "–" });
  made.append(
    head, cell(line.net_pnl, (value) => money(value, currency), true), cell(line.trades, whole), cell(line.win_rate, ratio),
    cell(line.profit_factor, plain), cell(line.expectancy, (value) => money(value), true), cell(line.sharpe, plain),
    cell(line.max_drawdown, (value) => ratio(value, 2)), cell(line.max_drawdown_money, (value) => money(value).replace("+", "")),
  ); // prettier-ignore
  return made;
}

/** @param {{groups: {figures: import("./figure-list.js").Figure[]}[] | null, benchmark: string, benchmarks: string[], most: number}} closer */
function showCloser({ groups, benchmark, benchmarks, most }) {
  const note = document.getElementById("no-closer");
  if (note) [note.hidden, note.textContent] = [groups !== null, `These are read from single trades, at most ${whole(most)}: choose a shorter range.`];
  const grid = /** @type {HTMLElement} */ (document.getElementById("closer-groups"));
  grid.hidden = groups === null;
  const lists = [...grid.querySelectorAll("dl")];
  (groups ?? []).forEach(({ figures }, place) => showFigures(lists[place], figures, box.dataset.formulas ?? ""));
  held.hidden = benchmarks.length < 2;
  held.replaceChildren(...benchmarks.map((one) => new Option(one, one, one === benchmark, one === benchmark)));
}

async function refetch() {
  clearTimeout(waiting);
  waiting = 0;
  const asked = new URLSearchParams(location.search);
  asked.set("window", picker.value);
  if (held.value) asked.set("benchmark", held.value);
  const answer = await fetch(`${box.dataset.more}?${asked}`, { headers: { Accept: "application/json" } });
  if (!answer.ok) throw new TypeError(`the rest of the page answered ${answer.status}`);
  const { scope, rolling, strategies, closer, ...rest } = await answer.json();
  showCloser(closer);
  words = rest.words;
  env = scope.env;
  for (const [id, name, chart] of moving) {
    tellWhy(id, rolling[name]);
    chart.replace(0, rolling[name].points);
    chart.draw(); // below the fold too
  }
  const days = document.getElementById("sharpe-days");
  if (days) days.textContent = picker.value.endsWith("d") ? picker.value.slice(0, -1) : "30";
  const card = document.getElementById("strategies-card");
  if (card) card.hidden = strategies.length < 2;
  if (strategies.length > 1) showCurves(strategies);
  /** @type {HTMLTableElement} */ (document.getElementById("strategies")).tBodies[0].replaceChildren(...strategies.map((/** @type {Line} */ line) => row(line, scope.currency)));
  box.dataset.ready = "1";
}

const failed = (/** @type {unknown} */ error) => console.warn("not fetched", error);

subscribe("trading", (key) => {
  const [kind, of] = key.split(":");
  if (kind === "figures" && of === env && !waiting && !document.hidden) waiting = setTimeout(() => refetch().catch(failed), SOON_MS);
});
onReset(refetch);
picker.value = new URLSearchParams(location.search).get("window") ?? picker.value;
const asked = new URLSearchParams(location.search).get("benchmark");
if (asked) held.replaceChildren(new Option(asked));
if (!picker.value) picker.selectedIndex = 0;
/** The address and the files follow what was chosen. @param {string} name @param {string} value @param {string} sheet */
function choose(name, value, sheet) {
  const address = new URL(location.href);
  address.searchParams.set(name, value);
  history.replaceState(null, "", address);
  for (const link of /** @type {NodeListOf<HTMLAnchorElement>} */ (document.querySelectorAll(`a[href*="/export/${sheet}."]`))) {
    const file = new URL(link.href);
    file.searchParams.set(name, value);
    link.href = file.href;
  }
  refetch().catch(failed);
}
picker.addEventListener("change", () => choose("window", picker.value, "window"));
held.addEventListener("change", () => choose("benchmark", held.value, "figures"));
refetch().catch(failed);
