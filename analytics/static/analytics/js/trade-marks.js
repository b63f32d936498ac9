// @ts-check
/** The trades that are marked on a curve: the newest of its range, bounded in number. */

/** @typedef {import("./chart-marks.js").TradeMark} TradeMark */
/** @typedef {[number, number, number | null, number, string, string]} Row id, closed ms, opened ms, PnL, symbol, side */

export class TradeMarks {
  /** @param {{marks: Row[], most_marks: number}} told by the state, oldest first */
  constructor({ marks, most_marks: most }) {
    this.most = most;
    /** @type {Map<number, TradeMark>} */
    this.known = new Map(marks.map(([id, closed, opened, pnl, symbol, side]) => [id, { id, closed, opened, pnl, symbol, side }]));
  }

  /** @param {{id: number, closed_at: string, opened_at: string | null, pnl: string, symbol: string, side: string}} trade of the feed */
  put({ id, closed_at: closed, opened_at: opened, pnl, symbol, side }) {
    const began = opened === null ? null : Date.parse(opened);
    this.known.set(id, { id, closed: Date.parse(closed), opened: began, pnl: Number(pnl), symbol, side });
  }

  /** @param {number} from @param {number} to ms @returns {TradeMark[]} oldest first */
  within(from, to) {
    for (const { id, closed } of this.known.values()) if (closed < from) this.known.delete(id);
    return [...this.known.values()]
      .filter(({ closed }) => closed < to)
      .sort((a, b) => a.closed - b.closed || a.id - b.id)
      .slice(-this.most);
  }
}
