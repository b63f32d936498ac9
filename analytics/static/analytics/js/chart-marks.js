// @ts-check
/**
 * What is drawn beside the lines: firing bands behind them; thresholds with their words, and where
 * trades began and ended, over them.
 */

/** @typedef {{value: number, label: string, tone?: string}} Threshold */
/** @typedef {{from: number, to: number | null, tone?: string, label?: string, href?: string}} Band to null: still going on */
/** @typedef {{id: number, closed: number, opened: number | null, pnl: number, symbol: string, side: string}} TradeMark */
/** @typedef {{thresholds: Threshold[], bands: Band[], trades: TradeMark[]}} Drawn */
/** @typedef {{left: number, right: number, top: number, bottom: number, height: number}} Area */

const BAND_HEAD = 3; // a solid edge on top, so that a band does not rest on its tint alone
const WORD_HEIGHT = 16;
const [LARGE, SMALL, ROOM] = [5, 3.5, 12]; // half a mark's width, large where each has so many pixels
const NEAR = 6; // pixels between the pointer and what it points at

/**
 * @param {(name: string) => string} color a CSS variable's value
 * @param {Drawn} drawn
 * @param {(at: number) => number | null} level of the first line at a time
 */
export function marks(color, drawn, level) {
  return {
    id: "marks",
    /** @param {any} chart */
    beforeDatasetsDraw({ ctx, chartArea: area, scales }) {
      for (const band of drawn.bands) {
        const left = Math.max(area.left, scales.x.getPixelForValue(band.from));
        const right = Math.min(area.right, band.to === null ? area.right : scales.x.getPixelForValue(band.to));
        if (right < left) continue;
        const tone = band.tone ?? "critical";
        ctx.fillStyle = color(`--${tone}-tint`);
        ctx.fillRect(left, area.top, Math.max(2, right - left), area.height);
        ctx.fillStyle = color(`--${tone}`);
        ctx.fillRect(left, area.top, Math.max(2, right - left), BAND_HEAD);
      }
    },
    /** @param {any} chart */
    afterDatasetsDraw({ ctx, chartArea: area, scales }) {
      drawThresholds(ctx, area, scales.y, drawn.thresholds, color);
      drawTrades(ctx, area, scales, drawn.trades, { color, level });
    },
  };
}

/** @param {CanvasRenderingContext2D} ctx @param {Area} area @param {any} scale @param {Threshold[]} thresholds @param {(name: string) => string} color */
function drawThresholds(ctx, area, scale, thresholds, color) {
  /** @type {number[]} where words stand already */
  const taken = [];
  ctx.save();
  ctx.setLineDash([6, 4]);
  for (const { value, label, tone } of thresholds.toReversed()) {
    const y = scale.getPixelForValue(value);
    if (y < area.top || y > area.bottom) continue;
    const ink = color(`--${tone ?? "critical"}`);
    ctx.strokeStyle = ink;
    ctx.beginPath();
    ctx.moveTo(area.left, y);
    ctx.lineTo(area.right, y);
    ctx.stroke();
    if (taken.some((other) => Math.abs(other - y) < WORD_HEIGHT)) continue;
    taken.push(y);
    write(ctx, label, area, y, ink, color);
  }
  ctx.restore();
}

/** @param {CanvasRenderingContext2D} ctx @param {Area} area @param {any} scales @param {TradeMark[]} trades @param {{color: (name: string) => string, level: (at: number) => number | null}} how */
function drawTrades(ctx, area, scales, trades, { color, level }) {
  const half = trades.length * ROOM > area.right - area.left ? SMALL : LARGE;
  ctx.save();
  ctx.lineWidth = 1;
  const mark = (/** @type {number} */ at, /** @type {(x: number, y: number) => void} */ shape) => {
    const [x, value] = [scales.x.getPixelForValue(at), level(at)];
    if (value === null || x < area.left || x > area.right) return;
    ctx.beginPath();
    shape(x, scales.y.getPixelForValue(value));
  };
  ctx.strokeStyle = color("--muted");
  for (const { opened } of trades) {
    if (opened !== null) mark(opened, (x, y) => (ctx.arc(x, y, half - 1, 0, 2 * Math.PI), ctx.stroke()));
  }
  ctx.strokeStyle = color("--surface");
  for (const { closed, pnl } of trades) {
    const up = pnl < 0 ? -1 : 1;
    ctx.fillStyle = color(pnl < 0 ? "--loss" : "--profit");
    mark(closed, (x, y) => {
      ctx.moveTo(x, y - up * half);
      ctx.lineTo(x + half, y + up * half);
      ctx.lineTo(x - half, y + up * half);
      ctx.closePath();
      ctx.fill();
      ctx.stroke();
    });
  }
  ctx.restore();
}

/** @param {Drawn} drawn @param {any} scale of the x axis @param {number} at @returns {{bands: Band[], trades: TradeMark[]}} what a pointer at this time points at */
export function under(drawn, scale, at) {
  const x = scale.getPixelForValue(at);
  return {
    bands: drawn.bands.filter(({ from, to }) => from <= at && (to === null || at <= to)),
    trades: drawn.trades.filter(({ closed }) => Math.abs(scale.getPixelForValue(closed) - x) < NEAR),
  };
}

/** @param {CanvasRenderingContext2D} ctx @param {string} text @param {Area} area @param {number} y @param {string} ink @param {(name: string) => string} color */
function write(ctx, text, area, y, ink, color) {
  ctx.font = `600 12px ${color("font-family")}`;
  ctx.textAlign = "right";
  ctx.textBaseline = "bottom";
  const width = ctx.measureText(text).width;
  const base = y - 3 < area.top + 14 ? y + 17 : y - 3;
  ctx.fillStyle = color("--surface");
  ctx.fillRect(area.right - width - 6, base - 14, width + 6, 14);
  ctx.fillStyle = ink;
  ctx.fillText(text, area.right - 3, base);
}
