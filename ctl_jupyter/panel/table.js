// A table of thousands of rows of which only those in sight are in the page.

const ROW_HEIGHT = 26;
const ROWS_BESIDE = 6;
const LONGEST_PAGE = 10;
// Milliseconds that rows must be in sight before the kernel is told of them.
const MOMENT = 400;
// As a person sorts: 2 before 10, in any case. One collator compares far more quickly than localeCompare.
const WORDS = new Intl.Collator(undefined, { numeric: true, sensitivity: "base" });

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
  // The grid has the keyboard; without this, browsers would stop at what scrolls, too.
  view.tabIndex = -1;
  view.setAttribute("role", "presentation");
  const sheet = document.createElement("div");
  sheet.setAttribute("role", "presentation");
  view.append(sheet);
  el.setAttribute("role", "grid");
  el.tabIndex = 0;
  el.append(head, view);

  let text = null;
  let sent = [];
  let rows = [];
  let order = [];
  let shown = [];
  let sorted = { column: -1, isDown: false };

  const chosenPlace = () => order.findIndex((place) => rows[place].key === model.get("chosen"));

  const rowOf = ([key, cells, looks, values, titles = {}, picture = ""]) => ({ key, cells, looks, values, titles, picture });

  function readRows() {
    if (text !== model.get("rows")) {
      text = model.get("rows");
      sent = JSON.parse(text || "[]").map(rowOf);
    }
    rows = sent.slice();
    for (const [place, row] of Object.entries(JSON.parse(model.get("changes") || "{}"))) rows[place] = rowOf(row);
    sort();
  }

  // Rows, changes and what was found come in one message: they are read once.
  let isWaiting = false;
  const readSoon = () => {
    if (isWaiting) return;
    isWaiting = true;
    queueMicrotask(() => {
      isWaiting = false;
      readRows();
    });
  };

  function sort() {
    order = (model.get("found") ?? [...rows.keys()]).filter((place) => place < rows.length);
    const { column, isDown } = sorted;
    if (column >= 0) {
      const value = (row) => row.values[column] ?? row.cells[column] ?? "";
      const compare = (one, other) =>
        typeof one === "number" && typeof other === "number"
          ? one - other
          : WORDS.compare(String(one), String(other));
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

  let headDrawn = "";

  function drawHead() {
    const inSight = columnsInSight();
    const looks = JSON.stringify([inSight, sorted]);
    // A heading that has the keyboard keeps it while rows come.
    if (looks === headDrawn) return;
    headDrawn = looks;
    shown = inSight;
    el.style.setProperty("--ctl-columns", shown.map((column) => column.width).join(" "));
    head.replaceChildren(
      ...shown.map((column) => {
        const cell = document.createElement("div");
        cell.setAttribute("role", "columnheader");
        cell.setAttribute("aria-colindex", String(column.place + 1));
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
          head.children[shown.findIndex(({ place }) => place === column.place)]?.firstChild.focus();
        });
        cell.append(button);
        return cell;
      }),
    );
  }

  function drawRows() {
    el.setAttribute("aria-label", model.get("label"));
    el.setAttribute("aria-rowcount", String(order.length + 1));
    el.setAttribute("aria-colcount", String(model.get("columns").length));
    const page = Math.min(Math.max(order.length, 1), model.get("height"));
    view.style.height = `${page * ROW_HEIGHT + 2}px`;
    sheet.style.height = `${Math.max(order.length, 1) * ROW_HEIGHT}px`;
    // The heading keeps clear of the scroll bar, which is there for long lists alone.
    el.classList.toggle("ctl-scrolls", order.length > model.get("height"));
    if (!order.length) {
      const line = document.createElement("div");
      line.setAttribute("role", "row");
      const empty = document.createElement("div");
      empty.setAttribute("role", "gridcell");
      empty.className = "ctl-table-empty";
      empty.textContent = model.get("empty");
      line.append(empty);
      sheet.replaceChildren(line);
      el.removeAttribute("aria-activedescendant");
      return;
    }
    const first = Math.max(Math.floor(view.scrollTop / ROW_HEIGHT) - ROWS_BESIDE, 0);
    const last = Math.min(first + page + 2 * ROWS_BESIDE, order.length);
    const chosen = model.get("chosen");
    const made = [];
    for (let place = first; place < last; place += 1) made.push(rowAt(place, chosen));
    sheet.replaceChildren(...made);
    tellSight();
    const place = chosenPlace();
    if (place >= first && place < last) el.setAttribute("aria-activedescendant", `${id}-${place}`);
    else el.removeAttribute("aria-activedescendant");
  }

  let sightTold = "";
  let sightTimer = 0;

  function tellSight() {
    clearTimeout(sightTimer);
    sightTimer = setTimeout(() => {
      if (!el.clientHeight) return;
      const first = Math.floor(view.scrollTop / ROW_HEIGHT);
      const keys = order.slice(first, first + model.get("height") + 1).map((place) => rows[place].key);
      if (keys.join() === sightTold) return;
      sightTold = keys.join();
      model.send({ kind: "sight", keys });
    }, MOMENT);
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
      cell.setAttribute("aria-colindex", String(column.place + 1));
      const text = row.cells[column.place] ?? "";
      cell.textContent = text;
      cell.title = row.titles[column.place] ?? text;
      const look = row.looks[column.place];
      if (look) cell.classList.add(`ctl-${look}`);
      cell.classList.toggle("ctl-number", column.is_number);
      line.append(cell);
    }
    if (row.picture.startsWith("data:image/")) {
      const picture = document.createElement("img");
      picture.src = row.picture;
      picture.alt = "";
      line.firstChild?.prepend(picture);
    }
    return line;
  }

  function choose(place) {
    if (!order.length) return;
    const key = rows[order[Math.min(Math.max(place, 0), order.length - 1)]].key;
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
    if (!line) return;
    el.focus({ preventScroll: true });
    choose(order.findIndex((place) => rows[place].key === line.dataset.key));
    // The row that was clicked first is drawn anew by then, so there is no dblclick.
    if (event.detail === 2) open();
  });
  el.addEventListener("keydown", (event) => {
    if (head.contains(event.target)) return;
    const now = chosenPlace();
    const page = Math.min(LONGEST_PAGE, model.get("height"));
    const steps = { ArrowDown: now + 1, ArrowUp: Math.max(now, 1) - 1, PageDown: now + page, PageUp: now - page,
      Home: 0, End: order.length - 1 };
    if (event.key in steps) choose(steps[event.key]);
    else if (event.key === "Enter") open();
    else return;
    event.preventDefault();
    event.stopPropagation();
  });

  const onChosen = () => { showChosen(); drawRows(); };
  const onShape = () => { drawHead(); drawRows(); };
  const ofRows = ["change:rows", "change:changes", "change:found", "change:empty"];
  ofRows.forEach((name) => model.on(name, readSoon));
  model.on("change:chosen", onChosen);
  model.on("change:columns", onShape);
  const watcher = new ResizeObserver(onShape);
  watcher.observe(el);
  readRows();
  requestAnimationFrame(showChosen);
  return () => {
    watcher.disconnect();
    clearTimeout(sightTimer);
    ofRows.forEach((name) => model.off(name, readSoon));
    model.off("change:chosen", onChosen);
    model.off("change:columns", onShape);
  };
}
export default { render };
