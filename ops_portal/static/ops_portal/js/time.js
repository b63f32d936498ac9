// @ts-check
/** One timer re-words every `<time datetime data-form>` of the page, by the server's clock. */
import { getCookie, setCookie } from "./cookie.js";

const root = document.documentElement;
const own = Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";
let skew = Number(root.dataset.now || Date.now()) - Date.now();
let zone = root.dataset.zone || "UTC";
/** @type {Map<string, Intl.DateTimeFormat>} */
const formats = new Map();

/** @returns {number} milliseconds since the epoch as the server counts them */
export const now = () => Date.now() + skew;

/** @param {number} milliseconds what the server's clock says at this moment */
export function setServerTime(milliseconds) {
  skew = milliseconds - Date.now();
}

/** @returns {string} the zone that times are shown in, an IANA name */
export const shownZone = () => zone;

/**
 * @param {number} at milliseconds
 * @param {Intl.DateTimeFormatOptions} options
 * @param {string} [inZone]
 */
function written(at, options, inZone = zone) {
  const key = inZone + JSON.stringify(options);
  let format = formats.get(key);
  if (!format) formats.set(key, (format = new Intl.DateTimeFormat("en-GB", { ...options, timeZone: inZone })));
  return format.format(at);
}

/** @param {number} at @returns {string} `14:02:11`, with the day when it is not today */
export function clock(at) {
  const time = written(at, { hour: "2-digit", minute: "2-digit", second: "2-digit" });
  const day = { day: "numeric", month: "short" };
  const date = written(at, /** @type {any} */ (day));
  return date === written(now(), /** @type {any} */ (day)) ? time : `${date}, ${time}`;
}

/** @param {number} at @returns {string} `18:00`, `Fri 18:00`, `3 Dec`: what is still to come */
export function hour(at) {
  const day = /** @type {any} */ ({ day: "numeric", month: "short" });
  const time = written(at, { hour: "2-digit", minute: "2-digit" });
  if (written(at, day) === written(now(), day)) return time;
  return at - now() < 6 * 86_400_000 ? `${written(at, { weekday: "short" })} ${time}` : written(at, day);
}

/** @param {number} at @returns {string} `23 Nov 2026, 14:02:11` */
export function full(at, inZone = zone) {
  return written(at, { dateStyle: "medium", timeStyle: "medium" }, inZone);
}

/** @param {number} seconds @returns {string} `4 min`, `2 h 5 min` */
export function span(seconds) {
  const s = Math.max(0, Math.floor(seconds));
  if (s < 60) return `${s} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min`;
  if (s < 86400) return `${Math.floor(s / 3600)} h ${Math.floor((s % 3600) / 60)} min`;
  return `${Math.floor(s / 86400)} d ${Math.floor((s % 86400) / 3600)} h`;
}

/** @param {number} seconds @returns {string} `1:12`, `1:02:03` */
export function countdown(seconds) {
  const s = Math.max(0, Math.ceil(seconds));
  const two = (/** @type {number} */ n) => String(n).padStart(2, "0");
  const tail = `${two(Math.floor(s / 60) % 60)}:${two(s % 60)}`;
  return s >= 3600 ? `${Math.floor(s / 3600)}:${tail}` : tail.replace(/^0/, "");
}

/** @type {Record<string, (at: number) => string>} */
const FORMS = {
  ago: (at) => (now() - at < 5000 ? "just now" : `${span((now() - at) / 1000)} ago`),
  age: (at) => (now() - at < 1000 ? "now" : span((now() - at) / 1000)),
  until: (at) => (at <= now() ? "due now" : `in ${countdown((at - now()) / 1000)}`),
  clock,
  hour,
  full: (at) => full(at),
};

/** @param {HTMLTimeElement} element */
export function reword(element) {
  const at = Date.parse(element.dateTime);
  const form = FORMS[element.dataset.form || ""];
  if (!form || Number.isNaN(at)) return;
  const text = form(at);
  if (element.textContent !== text) element.textContent = text;
  const title = own === "UTC" ? `${full(at, "UTC")} UTC` : `${full(at, own)} ${own}\n${full(at, "UTC")} UTC`;
  if (element.title !== title) element.title = title;
}

/** @param {ParentNode} [within] */
export function rewordAll(within = document) {
  for (const element of within.querySelectorAll("time[data-form]")) {
    reword(/** @type {HTMLTimeElement} */ (element));
  }
}

/**
 * Point a `<time>` at another moment.
 * @param {Element | null} element
 * @param {number | string} at milliseconds or ISO text
 */
export function setTime(element, at) {
  if (!(element instanceof HTMLTimeElement)) return;
  element.dateTime = new Date(at).toISOString();
  reword(element);
}

/** UTC or the person's own zone; charts listen to `zonechange`. */
export function switchZone() {
  zone = zone === "UTC" ? own : "UTC";
  setCookie("zone", zone === "UTC" ? "" : zone);
  root.dataset.zone = zone;
  for (const word of document.querySelectorAll("#zone [data-word]")) word.textContent = zone;
  rewordAll();
  root.dispatchEvent(new CustomEvent("zonechange", { bubbles: true, detail: zone }));
}

export function startTime() {
  if (getCookie("zone") && zone === "UTC") setCookie("zone", "");
  for (const button of document.querySelectorAll("#zone, [data-zone-switch]")) {
    button.addEventListener("click", switchZone);
  }
  rewordAll();
  setInterval(() => {
    if (!document.hidden) rewordAll();
  }, 1000);
  document.addEventListener("visibilitychange", () => rewordAll());
}
