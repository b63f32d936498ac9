// @ts-check
/** A time axis on a linear scale: round steps in the zone that the page shows, and their words. */
import { shownZone } from "../../ops_portal/js/time.js";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const STEPS = [1, 2, 5, 10, 15, 30]
  .map((n) => n * SECOND)
  .concat([1, 2, 5, 10, 15, 30].map((n) => n * MINUTE))
  .concat([1, 2, 3, 6, 12].map((n) => n * HOUR))
  .concat([1, 2, 7, 14, 30, 91, 182, 365, 730].map((n) => n * DAY));

/** @type {Map<string, Intl.DateTimeFormat>} */
const formats = new Map();

/** @param {Intl.DateTimeFormatOptions} options */
function format(options) {
  const zone = shownZone();
  const name = zone + JSON.stringify(options);
  let found = formats.get(name);
  if (!found) formats.set(name, (found = new Intl.DateTimeFormat("en-GB", { ...options, timeZone: zone })));
  return found;
}

/** @param {number} at @returns {number} how far the shown zone is ahead of UTC, in ms */
export function offset(at) {
  const parts = format({ year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric", second: "numeric", hourCycle: "h23" }).formatToParts(at);
  const part = (/** @type {string} */ type) => Number(parts.find((one) => one.type === type)?.value);
  const local = Date.UTC(part("year"), part("month") - 1, part("day"), part("hour"), part("minute"), part("second"));
  return local - Math.floor(at / SECOND) * SECOND;
}

/**
 * @param {number} from @param {number} to milliseconds
 * @param {number} count how many there is room for
 * @returns {number[]}
 */
export function ticks(from, to, count) {
  const step = STEPS.find((one) => (to - from) / one <= count) ?? STEPS[STEPS.length - 1];
  const shift = offset(from);
  const found = [];
  for (let at = Math.ceil((from + shift) / step) * step - shift; at <= to; at += step) found.push(at);
  return found;
}

/**
 * @param {number} at
 * @param {number} step between ticks
 */
export function word(at, step) {
  const midnight = (at + offset(at)) % DAY === 0;
  if (step >= 91 * DAY) return format({ month: "short", year: "numeric" }).format(at);
  if (step >= DAY || midnight) return format({ day: "numeric", month: "short" }).format(at);
  if (step >= MINUTE) return format({ hour: "2-digit", minute: "2-digit" }).format(at);
  return format({ hour: "2-digit", minute: "2-digit", second: "2-digit" }).format(at);
}

/** @param {number} at the whole moment, for tooltips and tables */
export const moment = (at) =>
  format({ day: "2-digit", month: "short", hour: "2-digit", minute: "2-digit", second: "2-digit" }).format(at);
