// @ts-check
/** What the trading page shows below its charts: open positions, and the way from signals to trades. */
import { onReset, subscribe } from "../../ops_portal/js/live.js";
import { gain, measure, money, price, quantity, ratio, whole } from "../../ops_portal/js/format.js";
import { reword, span } from "../../ops_portal/js/time.js";

/** @typedef {{symbol: string, strategy: string, side: string, quantity: string, entry: string | null, mark: string | null, mark_at: number | null, mark_of: string, unrealized: string | null, reason: string, opened_at: string, count: number}} Held */
/** @typedef {{value: number | null, reason?: string}} Told */
/** @typedef {{stage: string, count: number, of_previous: Told, of_first: Told, seconds: Record<string, Told>}} Stage */

const SOON_MS = 3_000; // many frames, one fetch
const AGAIN_MS = 30_000; // prices move without a frame
const REASONS = /** @type {Record<string, string>} */ ({ no_price: "no price is known", stale: "its price is old", no_data: "none came so far" });
const WORDS = /** @type {Record<string, string>} */ ({ signal: "Signals", decision: "Approved", order: "Orders", trade: "Trades" });
const box = /** @type {HTMLElement} */ (document.getElementById("more"));
let waiting = 0;
let env = "";

/** @param {string} text @param {string} [kind] @param {string} [title] */
function cell(text, kind = "", title = "") {
  const made = document.createElement("td");
  made.textContent = text;
  made.className = kind;
  if (title) made.title = title;
  return made;
}

/** @param {number} seconds */
const wait = (seconds) => (seconds < 60 ? measure(seconds, "wait_seconds") : span(seconds));

/** A figure, or why there is none. @param {Told} told @param {(value: number) => string} word */
const figure = ({ value, reason }, word) => (value === null ? cell("–", "num", REASONS[reason ?? ""] ?? "") : cell(word(value), "num"));

/** @param {string} id @param {HTMLElement[][]} lines @param {string} otherwise */
function fill(id, lines, otherwise) {
  const table = /** @type {HTMLTableElement} */ (document.getElementById(id));
  const none = document.getElementById(`no-${id}`);
  const around = document.getElementById(`${id}-box`);
  if (around) around.hidden = !lines.length;
  if (none) [none.hidden, none.textContent] = [lines.length > 0, otherwise];
  table.tBodies[0].replaceChildren(
    ...lines.map((cells) => {
      const row = document.createElement("tr");
      row.append(...cells);
      return row;
    }),
  );
}

/** @param {string} iso */
function since(iso) {
  const made = cell("");
  const time = document.createElement("time");
  time.dateTime = iso;
  time.dataset.form = "ago";
  reword(time);
  made.append(time);
  return made;
}

/** @param {Held} held @param {string} currency */
function position({ symbol, strategy, side, quantity: size, entry, mark, mark_of: of, unrealized, reason, opened_at: opened, count }, currency) {
  const many = count > 1 ? `, ${whole(count)} positions` : "";
  const value = unrealized === null ? cell(REASONS[reason] ?? reason, "num muted small") : cell(money(unrealized, currency), `num ${gain(unrealized)}`);
  return [
    cell(symbol), cell(strategy || "–"), cell(`${side === "long" ? "▲" : "▼"} ${side} ${quantity(size)}${many}`, "num"),
    cell(price(entry), "num"), cell(price(mark), "num", mark === null ? "" : `as the newest ${of} told it`), value, since(opened),
  ]; // prettier-ignore
}

/** @param {Stage} stage @param {number} most */
function stage({ stage: name, count, of_previous: before, of_first: first, seconds }, most) {
  const head = Object.assign(document.createElement("th"), { scope: "row", textContent: WORDS[name] ?? name });
  const meter = document.createElement("meter");
  [meter.max, meter.value, meter.ariaLabel] = [Math.max(1, most), count, ratio(first.value)];
  const bar = cell("");
  bar.append(meter);
  const waits = name === "signal" ? [cell("", "num"), cell("", "num")] : [figure(seconds.p50, wait), figure(seconds.p95, wait)];
  const shares = name === "signal" ? [cell("", "num"), cell("", "num")] : [figure(before, ratio), figure(first, ratio)];
  return [head, bar, cell(whole(count), "num"), ...shares, ...waits];
}

async function refetch() {
  clearTimeout(waiting);
  waiting = 0;
  const answer = await fetch(`${box.dataset.more}${location.search}`, { headers: { Accept: "application/json" } });
  if (!answer.ok) throw new TypeError(`the rest of the page answered ${answer.status}`);
  const { scope, positions, funnel } = await answer.json();
  env = scope.env;
  fill("positions", positions.map((/** @type {Held} */ one) => position(one, scope.currency)), "Nothing is open, as far as fills tell."); // prettier-ignore
  const signals = funnel?.[0]?.count ?? 0;
  const none = funnel === null ? "This range holds too many signals to follow each: choose a shorter one." : "No signal with an id came in this range.";
  fill("funnel", signals ? funnel.map((/** @type {Stage} */ one) => stage(one, signals)) : [], none);
  box.dataset.ready = "1";
}

function soon() {
  if (!waiting && !document.hidden) waiting = setTimeout(() => refetch().catch((error) => console.warn("not fetched", error)), SOON_MS);
}

subscribe("trading", (key) => {
  const [kind, of] = key.split(":");
  if (of === env && /^(orders|decisions|signals|figures)$/.test(kind)) soon();
});
onReset(refetch);
setInterval(soon, AGAIN_MS);
refetch().catch((error) => console.warn("not fetched", error));
