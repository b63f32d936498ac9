// Runs in a page of the portal: a dozen charts, each given a value ten times a second, and every
// frame that the browser had for them.
async ({ module, count, points, hz, seconds, stock }) => {
  const FRAME_MS = 1000 / 60;
  const { lineChart } = await import(module);
  const grid = document.createElement("div");
  Object.assign(grid.style, { display: "grid", gridTemplateColumns: "repeat(4, 1fr)", gap: "8px" });
  document.querySelector("main").replaceChildren(grid);
  const step = 1000 / hz;
  const begun = Date.now() - points * step;
  const value = (number, chart) => Math.sin(number / 40 + chart) + Math.sin(number / 7);
  const charts = Array.from({ length: count }, (_, chart) => {
    const box = document.createElement("div");
    box.className = "chart-box low";
    const canvas = document.createElement("canvas");
    box.append(canvas);
    grid.append(box);
    const rows = Array.from({ length: points }, (_, number) => [begun + number * step, value(number, chart)]);
    return stock ? asItComes(canvas, rows) : ours(canvas, rows);
  });

  function ours(canvas, rows) {
    const chart = lineChart(canvas, { title: "Bench", series: [{ label: "Value", points: rows }], threshold: { value: 1.5, label: "limit" } });
    chart.setBands([{ from: rows[100][0], to: rows[200][0] }]);
    return (at, y) => {
      chart.put(0, at, y);
      chart.setRange({ from: at - points * step, to: at });
    };
  }

  function asItComes(canvas, rows) {
    const data = rows.map(([x, y]) => ({ x, y }));
    const chart = new globalThis.Chart(canvas, { type: "line", data: { datasets: [{ label: "Value", data }] }, options: { maintainAspectRatio: false, scales: { x: { type: "linear" } } } });
    return (x, y) => {
      data.push({ x, y });
      data.shift();
      chart.update();
    };
  }

  let number = points;
  const feed = setInterval(() => {
    charts.forEach((put, chart) => put(begun + number * step, value(number, chart)));
    number += 1;
  }, step);
  await new Promise((resolve) => setTimeout(resolve, 2000)); // warm
  const stamps = [];
  const end = performance.now() + 1000 * seconds;
  await new Promise((resolve) => {
    const next = (at) => {
      stamps.push(at);
      if (performance.now() < end) requestAnimationFrame(next);
      else resolve();
    };
    requestAnimationFrame(next);
  });
  clearInterval(feed);
  const gaps = stamps.slice(1).map((at, index) => at - stamps[index]);
  const dropped = gaps.reduce((sum, gap) => sum + Math.max(0, Math.round(gap / FRAME_MS) - 1), 0);
  return { fps: (1000 * gaps.length) / (stamps[stamps.length - 1] - stamps[0]), dropped: dropped / (gaps.length + dropped) };
}
