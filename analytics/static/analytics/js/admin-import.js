// @ts-check
/** Follows an import while it comes in; the page is drawn anew when its state changes. */

const EVERY = 1_000; // ms
const FOLLOWED = ["waiting", "running"];

const box = document.getElementById("import-state");
const bar = box?.querySelector("progress");

/** @param {Record<string, any>} told */
function show(told) {
  for (const part of box?.querySelectorAll("[data-name]") ?? []) {
    const value = told[/** @type {HTMLElement} */ (part).dataset.name ?? ""];
    part.textContent = typeof value === "number" ? value.toLocaleString("en") : value ?? "";
  }
  if (bar && told.rows) {
    bar.max = told.rows;
    bar.value = told.row;
  }
}

async function follow() {
  if (!box) return;
  const answer = await fetch(box.dataset.url ?? "", { credentials: "same-origin" }).catch(() => null);
  if (answer?.ok) {
    const told = await answer.json();
    if (told.state !== box.dataset.state) return location.reload();
    show(told);
  }
  setTimeout(follow, EVERY);
}

if (box && FOLLOWED.includes(box.dataset.state ?? "")) setTimeout(follow, EVERY);
