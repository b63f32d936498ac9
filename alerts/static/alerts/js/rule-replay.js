// @ts-check
/** Shows the replay of the rule form below it; the form stays as it is. */

const result = document.getElementById("replay-result");
const form = result?.closest("form");

/** @param {HTMLButtonElement} button */
async function replay(button) {
  if (!result || !form) return;
  const body = new FormData(form);
  body.set("days", button.value);
  button.disabled = true;
  result.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(button.formAction, { method: "POST", body, credentials: "same-origin" });
    if (!answer.ok) throw new Error(`The portal answered ${answer.status}.`);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    result.replaceChildren(...page.body.childNodes);
    result.scrollIntoView({ block: "center" });
  } catch (problem) {
    result.textContent = `The replay failed. ${problem instanceof Error ? problem.message : ""}`;
  } finally {
    button.disabled = false;
    result.removeAttribute("aria-busy");
  }
}

for (const button of document.querySelectorAll(".desk-replay button")) {
  button.addEventListener("click", (event) => {
    event.preventDefault();
    replay(/** @type {HTMLButtonElement} */ (button));
  });
}
