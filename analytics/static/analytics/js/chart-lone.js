// @ts-check
/** A reading between two gaps has no line: a dot shows it. */

const RADIUS = 2;

export const lone = {
  id: "lone",
  /** @param {any} chart @param {{index: number, meta: any}} drawn */
  afterDatasetDraw({ ctx, chartArea: area, scales }, { index, meta }) {
    const dataset = meta.controller.chart.data.datasets[index];
    if (meta.type !== "line" || dataset.span || dataset.stepped) return;
    const { data } = dataset;
    ctx.fillStyle = dataset.borderColor;
    data.forEach((/** @type {{x: number, y: number | null}} */ { x, y }, /** @type {number} */ at) => {
      if (y === null || (data[at - 1]?.y ?? null) !== null || (data[at + 1]?.y ?? null) !== null) return;
      const left = scales.x.getPixelForValue(x);
      if (left < area.left || left > area.right) return;
      ctx.beginPath();
      ctx.arc(left, scales.y.getPixelForValue(y), RADIUS, 0, 2 * Math.PI);
      ctx.fill();
    });
  },
};
