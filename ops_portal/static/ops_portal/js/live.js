// @ts-check
/**
 * The page's one socket. Modules subscribe to topics; the newest value of each key comes to them in
 * order. After a cut the server replays what was missed, or says `reset`: then the page fetches its
 * state again, and what arrives meanwhile is applied on top of it.
 */
import { countdown, setServerTime } from "./time.js";

/** @typedef {(key: string, data: any, ts: number, t: number) => void} Listener ts: epoch seconds of the value, t: server's clock in ms */
/** @typedef {() => Promise<string | void>} Refetch applies the state anew, gives its stream id */
/** @typedef {{type: string, seq: string, t: number, topic?: string, items: [string, string, number, any][]}} Message */

const VISIBLE_HZ = 5;
const HIDDEN_HZ = 1;
const SILENT_MS = 30_000; // the server pings every 15 s
const STALE_MS = 3_000;
const REFETCH_MS = 2_000;
const SPREAD_MS = 500; // a thousand pages do not ask at the same moment
const SLOWEST_S = 30;
const SIGNED_OUT = [4401, 4403];

/** @type {Map<string, Set<Listener>>} */
const listeners = new Map();
/** @type {Set<Refetch>} */
const refetches = new Set();
/** @type {Message[] | null} */
let held = null; // batches that came while the state is being fetched
const marked = /** @type {HTMLElement | null} */ (document.querySelector("[data-seq]"));
/** @type {string | null} null: the page shows no state; blank could not be read, and earns a reset */
let since = marked ? marked.dataset.seq || "unknown" : null;
/** @type {WebSocket | null} */
let socket = null;
let tries = 0;
let heard = Date.now();
let retry = 0;
let greeted = false; // by the server, at least once
let again = false; // another reset came while the state was being fetched

/**
 * @param {string} topic trading, samples, alerts or system
 * @param {Listener} listener
 */
export function subscribe(topic, listener) {
  const known = listeners.get(topic);
  if (known) known.add(listener);
  else listeners.set(topic, new Set([listener]));
  if (!socket) queueMicrotask(open);
  else if (!known) hello();
}

/** @param {Refetch} refetch called when what was missed is no longer known */
export function onReset(refetch) {
  refetches.add(refetch);
}

function open() {
  if (socket) return;
  clearTimeout(retry);
  const mine = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/ws/`);
  socket = mine;
  mine.addEventListener("open", hello);
  mine.addEventListener("message", (event) => mine === socket && receive(JSON.parse(event.data)));
  mine.addEventListener("close", (event) => mine === socket && lost(event.code));
}

/** @param {object} message */
function say(message) {
  if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message));
}

const pace = () => (document.hidden ? HIDDEN_HZ : VISIBLE_HZ);
const hello = () => say({ type: "hello", since, topics: [...listeners.keys()], hz: pace() });

/** @param {Message} message */
function receive(message) {
  heard = Date.now();
  greeted = true;
  tries = 0;
  if (message.t) setServerTime(message.t);
  if (message.type === "batch") held ? held.push(message) : apply(message);
  else if (message.type === "ping" && !held) since = message.seq;
  else if (message.type === "reset") refetch();
  show();
}

/** @param {Message} batch */
function apply(batch) {
  since = batch.seq;
  for (const [topic, key, ts, data] of batch.items) {
    for (const listener of listeners.get(topic) ?? []) listener(key, data, ts, batch.t);
  }
}

/** Fetch the state, then apply what came since that state was read. */
async function refetch() {
  again = held !== null;
  if (again) return;
  held = [];
  await new Promise((resolve) => setTimeout(resolve, Math.random() * SPREAD_MS));
  try {
    const seqs = await Promise.all([...refetches].map((fetchState) => fetchState()));
    const oldest = seqs.filter((seq) => typeof seq === "string").sort(order)[0];
    if (oldest) since = oldest;
    release(oldest ?? "0-0");
    if (again) refetch();
  } catch (error) {
    console.warn("the page's state could not be fetched, trying again", error);
    release("0-0");
    setTimeout(refetch, REFETCH_MS * (1 + Math.random()));
  }
}

/** @param {string} seq of the state; what is older is in it already */
function release(seq) {
  const batches = held ?? [];
  held = null;
  for (const batch of batches) if (order(batch.seq, seq) > 0) apply(batch);
}

/** @param {string} a @param {string} b stream ids */
export function order(a, b) {
  const [left, right] = [a.split("-").map(Number), b.split("-").map(Number)];
  return left[0] - right[0] || left[1] - right[1];
}

/** @param {number} code */
function lost(code) {
  socket = null;
  if (SIGNED_OUT.includes(code) && reloaded()) return;
  const seconds = code === 4429 ? SLOWEST_S : Math.min(SLOWEST_S, 2 ** tries++);
  clearTimeout(retry);
  retry = setTimeout(open, seconds * 1000 * (0.75 + Math.random() / 2));
  show();
}

/** Logged out or demoted: the server decides what this page may still show. Never in a loop. */
function reloaded() {
  const last = Number(sessionStorage.getItem("reloaded") ?? 0);
  if (Date.now() - last < 60_000) return false;
  sessionStorage.setItem("reloaded", String(Date.now()));
  location.reload();
  return true;
}

/** A line that is silent or cut without a word: try at once, do not wait for the timeout. */
function revive() {
  tries = 0;
  if (socket) {
    socket.close();
    socket = null;
  }
  open();
}

/** @returns {"connecting" | "live" | "reconnecting" | "stale"} */
export function state() {
  const silent = Date.now() - heard;
  const connected = socket?.readyState === WebSocket.OPEN && silent < SILENT_MS && navigator.onLine;
  if (connected && greeted) return "live";
  if (!connected && silent > STALE_MS) return "stale";
  return greeted ? "reconnecting" : "connecting";
}

const WORDS = { connecting: "Connecting", live: "Live", reconnecting: "Reconnecting" };

function show() {
  const pill = document.getElementById("live");
  const now = state();
  if (!pill) return;
  const word = pill.querySelector("[data-word]");
  const text = now === "stale" ? `Stale ${countdown((Date.now() - heard) / 1000)}` : WORDS[now];
  pill.hidden = false;
  if (pill.dataset.state !== now) {
    pill.dataset.state = now;
    document.dispatchEvent(new CustomEvent("livechange", { detail: now }));
  }
  if (word && word.textContent !== text) word.textContent = text;
}

setInterval(() => {
  if (!listeners.size) return;
  if (socket?.readyState === WebSocket.OPEN && Date.now() - heard > SILENT_MS) revive();
  show();
}, 1000);
addEventListener("online", revive);
addEventListener("offline", show);
document.addEventListener("visibilitychange", () => {
  say({ type: "pace", hz: pace() });
  if (!document.hidden && !socket && listeners.size) open();
});
