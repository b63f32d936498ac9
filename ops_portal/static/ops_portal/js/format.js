// @ts-check
/** Numbers as the server's template filters write them (ops_portal/templatetags/ops.py). */

const MINUS = "−";
const NARROW = "\u202f";
const PERCENT = new Set(["current_drawdown", "max_drawdown"]);

/** @param {string} text */
const minus = (text) => text.replace("-", MINUS);

/** @param {number} value @param {number} digits @returns {string} as Python's `.6g` with thousands */
function significant(value, digits) {
  const rounded = Number(value.toPrecision(digits));
  return rounded.toLocaleString("en-US", { maximumSignificantDigits: digits });
}

/** @param {number | null} value @param {number} [places] @returns {string} `−5.3 %` of -0.053 */
export function ratio(value, places = 1) {
  if (value === null || !Number.isFinite(value)) return "–";
  return `${minus((value * 100).toFixed(places))}${NARROW}%`;
}

/**
 * A sample with the unit that the name of its metric implies.
 * @param {number | null} value
 * @param {string} metric
 */
export function measure(value, metric) {
  if (value === null || !Number.isFinite(value)) return "no data";
  if (metric.endsWith("_ratio") || PERCENT.has(metric)) return ratio(value, Math.abs(value) < 0.1 ? 2 : 1);
  if (metric.endsWith("_percent") || metric.endsWith("_pct")) return `${minus(value.toFixed(1))}${NARROW}%`;
  if (metric.endsWith("_seconds") || metric.endsWith("latency")) return `${minus(significant(value, 3))}${NARROW}s`;
  return minus(Math.abs(value) < 1e6 ? significant(value, 6) : Math.round(value).toLocaleString("en-US"));
}

/**
 * `+1,204.10 USDT`: the sign always shown, two to eight places.
 * @param {string | number | null} amount
 * @param {string} [currency]
 */
export function money(amount, currency = "") {
  const number = amount === null || amount === "" ? NaN : Number(amount);
  if (!Number.isFinite(number)) return "–";
  const size = Math.abs(number);
  const places = size === 0 || size >= 1 ? 2 : 8;
  const text = size.toLocaleString("en-US", { minimumFractionDigits: 2, maximumFractionDigits: places });
  const sign = number > 0 ? "+" : number < 0 ? MINUS : "";
  return `${sign}${text}${currency ? NARROW + currency : ""}`;
}
