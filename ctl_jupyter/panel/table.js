// A table of thousands of rows of which only those in sight are in the page.

const ROW_HEIGHT = 26;
const ROWS_BESIDE = 6;
const LONGEST_PAGE = 10;

function render({ model, el }) {
  const id = `ctl-table-${crypto.randomUUID?.() ?? Math.random().toString(36).slice(2)}`;
  el.classList.add("ctl-table");
  // Arrow keys and letters are for the table, not for the notebook.
  el.dataset.lmSuppressShortcuts = "true";
  const head = document.createElement("div");
  head.className = "ctl-table-head";
  head.setAttribute("role", "row");
  const view = document.createElement("div");
  view.className = "ctl-table-view";
  view.tabIndex = 0;
  const sheet = document.createElement("div");
  sheet.setAttribute("role", "presentation");
  view.append(sheet);
  el.setAttribute("role", "grid");
  el.append(head, view);

  let rows = [];
  let order = [];
  let shown = [];
  let sorted = { column: -1, isDown: false };

  const chosenPlace = () => order.findIndex((place) => rows[place].key === model.get("chosen"));

  function readRows() {
    rows = JSON.parse(model.get("rows") || "[]").map(([key, cells, looks, values]) => ({ key, cells, looks, values }));
    sort();
  }

  function sort() {
    order = rows.map((_, place) => place);
    const { column, isDown } = sorted;
    if (column >= 0) {
      const value = (row) => row.values[column] ?? row.cells[column] ?? "";
      const compare = (one, other) =>
        typeof one === "number" && typeof other === "number"
          ? one - other
          : String(one).localeCompare(String(other), undefined, { numeric: true, sensitivity: "base" });
      order.sort((a, b) => (isDown ? -1 : 1) * compare(value(rows[a]), value(rows[b])) || a - b);
    }
    drawHead();
    drawRows();
  }

  function columnsInSight() {
    const width = el.clientWidth || 10_000;
    return model
      .get("columns")
      .map((column, place) => ({ ...column, place }))
      .filter((column) => width >= column.hides_below);
  }

  function drawHead() {
    shown = columnsInSight();
    el.style.setProperty("--ctl-columns", shown.map((column) => column.width).join(" "));
    head.replaceChildren(
      ...shown.map((column) => {
        const cell = document.createElement("div");
        cell.setAttribute("role", "columnheader");
        const isSorted = sorted.column === column.place;
        cell.setAttribute("aria-sort", isSorted ? (sorted.isDown ? "descending" : "ascending") : "none");
        cell.classList.toggle("ctl-number", column.is_number);
        const button = document.createElement("button");
        button.type = "button";
        button.title = `Sort by ${column.name}`;
        button.textContent = column.name + (isSorted ? (sorted.isDown ? " ▾" : " ▴") : "");
        button.addEventListener("click", () => {
          const isDown = isSorted ? !sorted.isDown : false;
          // A third click gives the order in which they came.
          sorted = isSorted && sorted.isDown ? { column: -1, isDown: false } : { column: column.place, isDown };
          sort();
          head.children[shown.indexOf(column)]?.firstChild.focus();
        });
        cell.append(button);
        return cell;
      }),
    );
  }

  function drawRows() {
    el.setAttribute("aria-label", model.get("label"));
    el.setAttribute("aria-rowcount", String(rows.length + 1));
    const page = Math.min(Math.max(rows.length, 1), model.get("height"));
    view.style.height = `${page * ROW_HEIGHT + 2}px`;
    sheet.style.height = `${Math.max(rows.length, 1) * ROW_HEIGHT}px`;
    if (!rows.length) {
      const empty = document.createElement("div");
      empty.className = "ctl-table-empty";
      empty.textContent = model.get("empty");
      sheet.replaceChildren(empty);
      view.removeAttribute("aria-activedescendant");
      return;
    }
    const first = Math.max(Math.floor(view.scrollTop / ROW_HEIGHT) - ROWS_BESIDE, 0);
    const last = Math.min(first + page + 2 * ROWS_BESIDE, rows.length);
    const chosen = model.get("chosen");
    const made = [];
    for (let place = first; place < last; place += 1) made.push(rowAt(place, chosen));
    sheet.replaceChildren(...made);
    const place = chosenPlace();
    if (place >= first && place < last) view.setAttribute("aria-activedescendant", `${id}-${place}`);
    else view.removeAttribute("aria-activedescendant");
  }

  function rowAt(place, chosen) {
    const row = rows[order[place]];
    const line = document.createElement("div");
    line.id = `${id}-${place}`;
    line.className = "ctl-table-row";
    line.setAttribute("role", "row");
    line.setAttribute("aria-rowindex", String(place + 2));
    line.setAttribute("aria-selected", String(row.key === chosen));
    line.style.top = `${place * ROW_HEIGHT}px`;
    line.dataset.key = row.key;
    for (const column of shown) {
      const cell = document.createElement("div");
      cell.setAttribute("role", "gridcell");
      const text = row.cells[column.place] ?? "";
      cell.textContent = text;
      cell.title = text;
      const look = row.looks[column.place];
      if (look) cell.classList.add(`ctl-${look}`);
      cell.classList.toggle("ctl-number", column.is_number);
      line.append(cell);
    }
    return line;
  }

  function choose(place) {
    if (!rows.length) return;
    const key = rows[order[Math.min(Math.max(place, 0), rows.length - 1)]].key;
    if (key !== model.get("chosen")) {
      model.set("chosen", key);
      model.save_changes();
    }
    showChosen();
    drawRows();
  }

  function showChosen() {
    const place = chosenPlace();
    if (place < 0) return;
    const top = place * ROW_HEIGHT;
    if (top < view.scrollTop) view.scrollTop = top;
    else if (top + ROW_HEIGHT > view.scrollTop + view.clientHeight) {
      view.scrollTop = top + ROW_HEIGHT - view.clientHeight;
    }
  }

  function open() {
    const key = model.get("chosen");
    if (key && chosenPlace() >= 0) model.send({ kind: "open", key });
  }

  view.addEventListener("scroll", drawRows, { passive: true });
  sheet.addEventListener("click", (event) => {
    const line = event.target.closest(".ctl-table-row");
    if (line) choose(order.findIndex((place) => rows[place].key === line.dataset.key));
    // The row that was clicked first is drawn anew by then, so there is no dblclick.
    if (line && event.detail === 2) open();
  });
  view.addEventListener("keydown", (event) => {
    const now = chosenPlace();
    const page = Math.min(LONGEST_PAGE, model.get("height"));
    const steps = { ArrowDown: now + 1, ArrowUp: Math.max(now, 1) - 1, PageDown: now + page, PageUp: now - page,
      Home: 0, End: rows.length - 1 };
    if (event.key in steps) choose(steps[event.key]);
    else if (event.key === "Enter") open();
    else return;
    event.preventDefault();
    event.stopPropagation();
  });

  const onChosen = () => { showChosen(); drawRows(); };
  const onShape = () => { drawHead(); drawRows(); };
  model.on("change:rows", readRows);
  model.on("change:chosen", onChosen);
  model.on("change:columns", onShape);
  const watcher = new ResizeObserver(onShape);
  watcher.observe(el);
  readRows();
  requestAnimationFrame(showChosen);
  return () => {
    watcher.disconnect();
    model.off("change:rows", readRows);
    model.off("change:chosen", onChosen);
    model.off("change:columns", onShape);
  };
}
export default { render };
