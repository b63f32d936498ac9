// @ts-check
/** Names each cell of a list: on a narrow screen a row is a card (css/admin.css). */

document.addEventListener("DOMContentLoaded", () => {
  const list = document.getElementById("result_list");
  const names = [...(list?.querySelectorAll("thead th") ?? [])].map(
    (head) => head.querySelector(".text")?.textContent?.trim() ?? "",
  );
  for (const row of list?.querySelectorAll("tr.data-row") ?? [])
    [...row.children].forEach((cell, place) => {
      if (names[place]) cell.setAttribute("data-label", names[place]);
    });
});
