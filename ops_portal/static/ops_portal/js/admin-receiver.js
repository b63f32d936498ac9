// @ts-check
/** The form of a receiver: only the fields of its kind, and the test's answer beside its button. */

const kind = /** @type {HTMLSelectElement | null} */ (document.getElementById("id_kind"));
const box = document.getElementById("receiver-test");

function showFields() {
  for (const input of document.querySelectorAll("[data-kinds]")) {
    const field = /** @type {HTMLElement} */ (input);
    const name = input.getAttribute("name") ?? "";
    const line = /** @type {HTMLElement | null} */ (input.closest(`.field-${name}`));
    if (line) line.hidden = !(field.dataset.kinds ?? "").split(" ").includes(kind?.value ?? "");
  }
}

/** @param {HTMLButtonElement} button @param {HTMLElement} result */
async function test(button, result) {
  if (!button.form) return;
  button.disabled = true;
  result.textContent = "Sending …";
  try {
    const response = await fetch(button.formAction, { method: "POST", body: new FormData(button.form) });
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    const table = page.getElementById("tested");
    if (table) result.replaceChildren(table);
    else result.textContent = "The portal refused: reload the page and try again.";
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    result.textContent = "The portal does not answer.";
  } finally {
    button.disabled = false;
  }
}

kind?.addEventListener("change", showFields);
showFields();
const button = box?.querySelector("button");
const result = box?.querySelector("[data-result]");
if (button && result instanceof HTMLElement) {
  button.addEventListener("click", (event) => {
    event.preventDefault();
    test(button, result);
  });
}
