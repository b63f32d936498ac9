// @ts-check
/** What is drawn beside the lines: firing bands behind them, the threshold and its word over them. */

/** @typedef {{value: number, label: string, tone?: string}} Threshold */
/** @typedef {{from: number, to: number | null, tone?: string, label?: string}} Band to null: still going on */

const BAND_HEAD = 3; // a solid edge on top, so that a band does not rest on its tint alone

/**
 * @param {(name: string) => string} color a CSS variable's value
 * @param {{threshold: Threshold | null, bands: Band[]}} drawn
 */
export function marks(color, drawn) {
  return {
    id: "marks",
    /** @param {any} chart */
    beforeDatasetsDraw(chart) {
      const { ctx, chartArea: area, scales } = chart;
      for (const band of drawn.bands) {
        const left = Math.max(area.left, scales.x.getPixelForValue(band.from));
        const right = Math.min(area.right, band.to === null ? area.right : scales.x.getPixelForValue(band.to));
        if (right <= left) continue;
        const tone = band.tone ?? "critical";
        ctx.fillStyle = color(`--${tone}-tint`);
        ctx.fillRect(left, area.top, Math.max(2, right - left), area.height);
        ctx.fillStyle = color(`--${tone}`);
        ctx.fillRect(left, area.top, Math.max(2, right - left), BAND_HEAD);
      }
    },
    /** @param {any} chart */
    afterDatasetsDraw(chart) {
      const { ctx, chartArea: area, scales } = chart;
      const { threshold } = drawn;
      if (!threshold) return;
      const y = scales.y.getPixelForValue(threshold.value);
      if (y < area.top || y > area.bottom) return;
      const tone = color(`--${threshold.tone ?? "critical"}`);
      ctx.save();
      ctx.strokeStyle = tone;
      ctx.setLineDash([6, 4]);
      ctx.beginPath();
      ctx.moveTo(area.left, y);
      ctx.lineTo(area.right, y);
      ctx.stroke();
      write(ctx, threshold.label, area, y, tone, color("--surface"));
      ctx.restore();
    },
  };
}

/**
 * @param {CanvasRenderingContext2D} ctx
 * @param {string} text
 * @param {{right: number, top: number}} area
 * @param {number} y
 * @param {string} ink
 * @param {string} paper
 */
function write(ctx, text, area, y, ink, paper) {
  ctx.font = `600 12px ${getComputedStyle(document.documentElement).fontFamily}`;
  ctx.textAlign = "right";
  ctx.textBaseline = "bottom";
  const width = ctx.measureText(text).width;
  const base = y - 3 < area.top + 14 ? y + 17 : y - 3;
  ctx.fillStyle = paper;
  ctx.fillRect(area.right - width - 6, base - 14, width + 6, 14);
  ctx.fillStyle = ink;
  ctx.fillText(text, area.right - 3, base);
}
