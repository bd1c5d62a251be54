"use strict";
// Draws the charts and sorts the tables. Everything that is told stands in the page without it.
(() => {
  const unknown = "–";
  const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: "base" });

  function keyOf(cell) {
    if (cell.dataset.number !== undefined) return Number(cell.dataset.number);
    const text = cell.textContent;
    return text === "" || text === unknown ? null : text;
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

  async function draw(host, spec, config) {
    try {
      await vegaEmbed(host, spec, {
        mode: "vega-lite",
        renderer: "svg",
        actions: false,
        // No code is made from expressions, and no style is added: the page's policy forbids both.
        ast: true,
        defaultStyle: false,
        tooltip: { disableDefaultStyle: true },
        config,
      });
    } catch (error) {
      host.textContent = "The chart could not be drawn; its numbers are below.";
      console.error(error);
    }
  }

  async function drawAll() {
    const told = document.getElementById("charts");
    const { charts, config } = told === null ? { charts: {} } : JSON.parse(told.textContent);
    await Promise.all(
      Object.entries(charts).map(([id, { spec, least }]) => {
        const host = document.getElementById(id).firstElementChild;
        host.textContent = "";
        host.style.minWidth = `${least}px`;
        return draw(host, spec, config);
      }),
    );
    document.documentElement.dataset.charts = "settled";
  }

  drawAll();
})();
