// @ts-check
/** Numbers as the server writes them (templatetags/ops.py). */

export const MINUS = "−";
export const ABSENT = "–";
const NARROW = "\u202f";

/**
 * `+1,204.10 USDT`: the sign always shown, two places, or up to eight of what is small: below 1,
 * or in a currency that has cents, below one of them.
 * @param {string | number | null} amount
 * @param {string} [currency]
 */
export function money(amount, currency = "") {
  const number = amount === null || amount === "" ? NaN : Number(amount);
  if (!Number.isFinite(number)) return ABSENT;
  const sign = number > 0 ? "+" : number < 0 ? MINUS : "";
  return `${sign}${places(Math.abs(number), currency)}${currency ? NARROW + currency : ""}`;
}

// Made once: a formatter for each number would cost more than the number's chart.
const [EVERYDAY, SMALL, WHOLE] = [2, 8, 3].map((most) => new Intl.NumberFormat("en-US", { minimumFractionDigits: most === 3 ? 0 : 2, maximumFractionDigits: most }));

const WITH_CENTS = new Set(["USD", "USDT", "USDC", "FDUSD", "DAI", "EUR", "GBP", "CHF", "AUD", "CAD"]);

/** @param {number} number @param {string} currency */
function places(number, currency) {
  return (number === 0 || number >= (WITH_CENTS.has(currency) ? 0.01 : 1) ? EVERYDAY : SMALL).format(number);
}

const QUANTITY = new Intl.NumberFormat("en-US", { maximumFractionDigits: 8 });
const PRICE = new Intl.NumberFormat("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 8 });

/** @param {string | number | null | undefined} amount @returns {string} up to eight places, no needless zeros */
export const quantity = (amount) => (amount === null || amount === undefined ? ABSENT : minus(QUANTITY.format(Number(amount))));

/** @param {string | number | null | undefined} amount @returns {string} with two places at least: prices stand below each other */
export const price = (amount) => (amount === null || amount === undefined ? ABSENT : minus(PRICE.format(Number(amount))));

/** @param {number | null} value a share of one @param {number} [digits] @returns {string} `−5.3 %` */
export function ratio(value, digits = 1) {
  if (value === null || !Number.isFinite(value)) return ABSENT;
  const text = (value * 100).toFixed(digits);
  return `${Number(text) === 0 ? text.replace("-", "") : minus(text)}${NARROW}%`;
}

/** @param {string | number | null} amount @returns {"profit" | "loss" | ""} the class that colours it */
export function gain(amount) {
  const number = Number(amount ?? 0);
  return number > 0 ? "profit" : number < 0 ? "loss" : "";
}

/** @param {number} count @returns {string} `1,204` */
export const whole = (count) => WHOLE.format(count);

const PERCENT = new Set(["current_drawdown", "max_drawdown"]);
const minus = (/** @type {string} */ text) => text.replace("-", MINUS);
const significant = (/** @type {number} */ value, /** @type {number} */ digits) =>
  value.toLocaleString("en-US", { maximumSignificantDigits: digits });
/** Digits that mean something, or whole from `limit` on. @param {number} value @param {number} limit @param {number} digits */
const large = (value, limit, digits) =>
  Math.abs(value) < limit ? significant(value, digits) : Math.round(value).toLocaleString("en-US");

/**
 * A sample with the unit that the name of its metric implies.
 * @param {number | null} value
 * @param {string} metric
 */
export function measure(value, metric) {
  if (value === null || !Number.isFinite(value)) return "no data";
  if (metric.endsWith("_ratio") || PERCENT.has(metric)) return ratio(value, Math.abs(value) < 0.1 ? 2 : 1);
  if (metric.endsWith("_percent") || metric.endsWith("_pct")) return `${minus(value.toFixed(1))}${NARROW}%`;
  if (metric.endsWith("_seconds") || metric.endsWith("latency")) return `${minus(large(value, 1_000, 3))}${NARROW}s`;
  return minus(large(value, 1e6, 6));
}
