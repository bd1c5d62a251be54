"use strict";
// Sorts and filters the tables, and gives their rows links. Without it the page is whole, too.
(() => {
  const unknown = "–";
  const long = 15; // rows from which on a table has a filter
  const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: "base" });

  function keyOf(cell) {
    if (cell.dataset.n !== undefined) return Number(cell.dataset.n);
    const text = cell.textContent.trim();
    if (text === "" || text === unknown) return null;
    return /^[\d,]+$/.test(text) ? Number(text.replaceAll(",", "")) : text;
  }

  function compare(one, other) {
    if (typeof one === "number" && typeof other === "number") return one - other;
    return collator.compare(String(one), String(other));
  }

  // What is unknown stays below, whichever way the rest is sorted.
  function sort(heading) {
    const head = heading.parentElement;
    const place = [...head.children].indexOf(heading);
    const body = head.closest("table").tBodies[0];
    const rows = [...body.rows].map((row) => ({ row, key: keyOf(row.cells[place]) }));
    const numbers = rows.some(({ key }) => typeof key === "number");
    const before = heading.getAttribute("aria-sort");
    const ascending = before === null ? !numbers : before === "descending";
    rows.sort((one, other) => {
      if (one.key === null || other.key === null) {
        return (one.key === null ? 1 : 0) - (other.key === null ? 1 : 0);
      }
      return ascending ? compare(one.key, other.key) : compare(other.key, one.key);
    });
    for (const each of head.children) each.removeAttribute("aria-sort");
    heading.setAttribute("aria-sort", ascending ? "ascending" : "descending");
    body.append(...rows.map(({ row }) => row));
  }

  for (const button of document.querySelectorAll("thead button")) {
    button.addEventListener("click", () => sort(button.parentElement));
  }

  function addFilter(box) {
    const rows = [...box.querySelectorAll("tbody tr")];
    if (rows.length <= long) return;
    const label = document.createElement("label");
    const input = document.createElement("input");
    const found = document.createElement("span");
    label.className = "filter";
    input.type = "search";
    input.placeholder = `filter ${rows.length} rows`;
    input.setAttribute("aria-label", `Filter: ${box.querySelector(".scroll").ariaLabel}`);
    found.setAttribute("role", "status");
    input.addEventListener("input", () => {
      const words = input.value.toLowerCase().split(/\s+/);
      let shown = 0;
      for (const row of rows) {
        const text = row.textContent.toLowerCase();
        row.hidden = !words.every((word) => text.includes(word));
        shown += row.hidden ? 0 : 1;
      }
      found.textContent = input.value === "" ? "" : ` ${shown} of ${rows.length}`;
    });
    label.append(input, found);
    box.querySelector(".scroll").before(label);
  }
  document.querySelectorAll(".table").forEach(addFilter);

  // One link for all rows: it moves to the row that the pointer is in. With the keyboard it is the
  // stop behind a table's headings, and arrows move it from row to row.
  const link = document.createElement("a");
  link.className = "link";
  link.setAttribute("aria-label", "Link to this row; arrows: the next one");
  function move(row) {
    link.href = `#${row.id}`;
    row.cells[0].append(link);
  }
  document.addEventListener("pointerover", (event) => {
    const row = event.target.closest?.("tbody tr[id]");
    if (row && row !== link.closest("tr") && !link.matches(":focus-visible")) move(row);
  });
  document.addEventListener("focusin", ({ target }) => {
    if (!target.matches(".scroll") || target.contains(link)) return;
    const row = target.querySelector("tbody tr[id]:not([hidden])");
    if (row) move(row);
  });
  link.addEventListener("keydown", (event) => {
    const way = { ArrowDown: "nextElementSibling", ArrowUp: "previousElementSibling" }[event.key];
    if (way === undefined) return;
    event.preventDefault();
    let row = link.closest("tr")[way];
    while (row?.hidden) row = row[way];
    if (!row) return;
    move(row);
    link.focus();
  });
})();
