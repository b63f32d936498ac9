// @ts-check
/** The next weeks of the schedule form, drawn anew after each change; the form stays as it is. */

const PAUSE_MS = 600;
const result = document.getElementById("outlook");
const button = /** @type {HTMLButtonElement | null} */ (document.getElementById("outlook-button"));
const form = button?.form;
let due = 0;
let asked = 0;

async function show() {
  if (!result || !button || !form) return;
  const mine = ++asked;
  result.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(button.formAction, { method: "POST", body: new FormData(form) });
    if (!answer.ok) throw new TypeError(`The portal answered ${answer.status}.`);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (mine === asked) result.replaceChildren(...page.body.childNodes);
  } catch (problem) {
    if (!(problem instanceof TypeError)) throw problem;
    if (mine === asked) result.textContent = `The weeks cannot be shown. ${problem.message}`;
  } finally {
    result.removeAttribute("aria-busy");
  }
}

function showSoon() {
  clearTimeout(due);
  due = setTimeout(show, PAUSE_MS);
}

button?.addEventListener("click", (event) => {
  event.preventDefault();
  show();
});
form?.addEventListener("input", showSoon);
form?.addEventListener("change", showSoon);
form?.addEventListener("click", (event) => {
  const hit = event.target instanceof Element ? event.target.closest(".add-row, .inline-deletelink, [type=checkbox]") : null;
  if (hit) showSoon();
});
if (form?.querySelector('[name="layers-0-id"]')) show();
