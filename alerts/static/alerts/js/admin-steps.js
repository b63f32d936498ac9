// @ts-check
/** In the admin, a step of a policy shows the fields that count for its kind, and no others. */

/** Field -> the kinds of step for which it counts. @type {Record<string, string[]>} */
const COUNTS = {
  receivers: ["channel", "webhook"],
  users: ["users"],
  schedule: ["schedule"],
  team: ["team"],
  important: ["users", "schedule", "team"],
  severity: ["condition"],
  opens: ["condition"],
  closes: ["condition"],
  time_zone: ["condition"],
  more_than: ["condition"],
  within_seconds: ["condition"],
  times: ["repeat"],
};

/** @param {HTMLSelectElement} kind */
function show(kind) {
  const prefix = kind.name.slice(0, -"kind".length);
  for (const [name, kinds] of Object.entries(COUNTS)) {
    const field = kind.form?.querySelector(`[name="${prefix}${name}"]`);
    const line = field?.closest(`.field-${name}`);
    if (line instanceof HTMLElement) line.hidden = !kinds.includes(kind.value);
  }
}

/** @param {EventTarget | null} target */
function isKind(target) {
  return target instanceof HTMLSelectElement && /^steps-\w+-kind$/.test(target.name);
}

function showAll() {
  document.querySelectorAll("select").forEach((select) => isKind(select) && show(select));
}

document.addEventListener("change", (event) => {
  if (isKind(event.target)) show(/** @type {HTMLSelectElement} */ (event.target));
});
document.addEventListener("formset:added", showAll);
showAll();
