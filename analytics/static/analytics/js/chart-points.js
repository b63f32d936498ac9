// @ts-check
/** The points of one line: sorted by time, one per time, bounded. */

/** @typedef {{x: number, y: number | null, low?: number | null, high?: number | null}} Point */
/** @typedef {([number, number | null] | [number, number | null, number | null, number | null])[]} Rows ms and value, or ms, min, max, last */

const LIMIT = 2_000;

export class Points {
  /** @param {Rows} rows oldest first */
  constructor(rows = []) {
    /** @type {Point[]} what Chart.js draws */
    this.list = [];
    this.replace(rows);
  }

  /** @param {Rows} rows oldest first */
  replace(rows) {
    this.list.length = 0;
    for (const row of rows.slice(-LIMIT)) {
      this.list.push(row.length === 4 ? { x: row[0], y: row[3], low: row[1], high: row[2] } : { x: row[0], y: row[1] });
    }
  }

  /**
   * Add a point, or give the point of this time another value.
   * @param {number} x milliseconds
   * @param {number | null} y null is a gap
   */
  put(x, y) {
    const { list } = this;
    const at = this.find(x);
    if (list[at]?.x === x) list[at] = { x, y };
    else if (at === list.length) list.push({ x, y });
    else list.splice(at, 0, { x, y });
    if (list.length > LIMIT) list.splice(0, list.length - LIMIT);
  }

  /** @param {number} x forget what is older, but keep one point for the line to come from */
  trim(x) {
    const at = this.find(x);
    if (at > 1) this.list.splice(0, at - 1);
  }

  /** @param {number} x @returns {number | null} the value that holds at x: of the newest point until then */
  level(x) {
    const at = this.find(x + 1) - 1;
    return this.list[at]?.y ?? null;
  }

  /** @param {number} x @returns {number} index of the first point at or after x */
  find(x) {
    const { list } = this;
    if (!list.length || list[list.length - 1].x < x) return list.length;
    let low = 0;
    let high = list.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (list[middle].x < x) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/**
 * What the axis must show beside the lines: the thresholds that are not too far away.
 * @param {Points[]} lines
 * @param {{value: number}[]} thresholds
 * @param {{about?: [number, number], far?: number}} options as of charts.js
 * @returns {[number | undefined, number | undefined]}
 */
export function reach(lines, thresholds, { about, far = 1 }) {
  if (!thresholds.length) return about ?? [undefined, undefined];
  let [low, high] = about ?? [Infinity, -Infinity];
  for (const { list } of lines) {
    for (const { y } of list) if (y !== null) [low, high] = [Math.min(low, y), Math.max(high, y)];
  }
  if (high < low) return [undefined, undefined];
  const away = far * (high - low);
  const near = thresholds.map(({ value }) => value).filter((value) => value >= low - away && value <= high + away);
  return [Math.min(low, ...near), Math.max(high, ...near)];
}
