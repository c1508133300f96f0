// Hosts x tasks on a canvas: thousands of cells, drawn whole from the newest snapshot, whatever was lost before.

const ROW = 16;
const WIDEST_CELL = 26;
const NARROWEST_CELL = 7;
const LABELS = 150;
const HEAD = 18;
const TALLEST = 24 * ROW;
// As in matrix.py: waiting, skipped, ok, changed, running, ignored, failed, unreachable.
const NAMES = ["waiting", "skipped", "ok", "changed", "running", "ignored", "failed", "unreachable"];
const SIGNS = ["", "–", "", "~", "•", "!", "✕", "?"];

function looks(el) {
  const style = getComputedStyle(el);
  const value = (name, otherwise) => style.getPropertyValue(name).trim() || otherwise;
  const quiet = value("--jp-border-color2", "#bdbdbd");
  return {
    text: style.color,
    quiet,
    focus: value("--jp-brand-color1", "#2f80d0"),
    font: value("--jp-ui-font-family", "sans-serif"),
    fills: [value("--jp-layout-color2", "#eeeeee"), value("--jp-layout-color3", "#d0d0d0"),
      value("--jp-success-color1", "#3a9a4a"), value("--jp-warn-color1", "#d9822b"),
      value("--jp-brand-color1", "#2f80d0"), value("--jp-warn-color2", "#b8860b"),
      value("--jp-error-color1", "#d9453d"), value("--jp-error-color0", "#8c1d18")],
  };
}

function render({ model, el }) {
  el.classList.add("ctl-grid");
  el.dataset.lmSuppressShortcuts = "true";
  const legend = document.createElement("div");
  legend.className = "ctl-grid-legend";
  const view = document.createElement("div");
  view.className = "ctl-grid-view";
  view.tabIndex = 0;
  view.setAttribute("role", "application");
  view.setAttribute("aria-roledescription", "grid of hosts and tasks");
  const sheet = document.createElement("div");
  const canvas = document.createElement("canvas");
  sheet.append(canvas);
  view.append(sheet);
  const told = document.createElement("div");
  told.className = "ctl-grid-told";
  told.setAttribute("role", "status");
  told.setAttribute("aria-live", "polite");
  el.append(legend, view, told);

  let hosts = [];
  let columns = [];
  let cells = new Uint8Array();
  let place = null;
  let look = looks(el);
  let isAsked = false;
  let asked = "";

  const cellWidth = () => {
    const room = Math.max(view.clientWidth - LABELS - 14, 60);
    return Math.min(Math.max(Math.floor(room / Math.max(columns.length, 1)), NARROWEST_CELL), WIDEST_CELL);
  };

  function read() {
    const names = JSON.parse(model.get("names") || "[[],[]]");
    [hosts, columns] = names;
    const data = model.get("cells");
    cells = data ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength) : new Uint8Array();
    drawSoon();
  }

  function drawSoon() {
    if (isAsked) return;
    isAsked = true;
    requestAnimationFrame(() => { isAsked = false; draw(); });
  }

  function draw() {
    view.setAttribute("aria-label", model.get("label"));
    drawLegend();
    const wide = cellWidth();
    const width = LABELS + columns.length * wide;
    const height = HEAD + hosts.length * ROW;
    view.style.height = `${Math.min(height, TALLEST) + 16}px`;
    view.style.display = hosts.length && columns.length ? "" : "none";
    sheet.style.width = `${width}px`;
    sheet.style.height = `${height}px`;
    // The canvas is as large as what is in sight, and moves along.
    const seenWidth = view.clientWidth;
    const seenHeight = view.clientHeight;
    const ratio = window.devicePixelRatio || 1;
    if (canvas.width !== seenWidth * ratio || canvas.height !== seenHeight * ratio) {
      canvas.width = seenWidth * ratio;
      canvas.height = seenHeight * ratio;
      canvas.style.width = `${seenWidth}px`;
      canvas.style.height = `${seenHeight}px`;
    }
    canvas.style.transform = `translate(${view.scrollLeft}px, ${view.scrollTop}px)`;
    const pen = canvas.getContext("2d");
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.clearRect(0, 0, seenWidth, seenHeight);
    pen.textBaseline = "middle";
    pen.font = `12px ${look.font}`;
    const firstRow = Math.max(Math.floor(view.scrollTop / ROW), 0);
    const lastRow = Math.min(Math.ceil((view.scrollTop + seenHeight) / ROW), hosts.length);
    const firstColumn = Math.max(Math.floor(view.scrollLeft / wide), 0);
    const lastColumn = Math.min(Math.ceil((view.scrollLeft + seenWidth) / wide), columns.length);
    const gap = wide > 9 ? 2 : 1;
    pen.save();
    pen.beginPath();
    pen.rect(LABELS, HEAD, seenWidth, seenHeight);
    pen.clip();
    for (let row = firstRow; row < lastRow; row += 1) {
      const y = HEAD + row * ROW - view.scrollTop;
      for (let column = firstColumn; column < lastColumn; column += 1) {
        const code = cells[row * columns.length + column] ?? 0;
        const x = LABELS + column * wide - view.scrollLeft;
        pen.fillStyle = look.fills[code];
        // What failed is taller than the rest: it is seen without colour, too.
        const inset = code >= 6 ? 0 : code === 0 ? 5 : 2;
        pen.fillRect(x, y + inset, wide - gap, ROW - 1 - 2 * inset);
        if (SIGNS[code] && wide >= 9) {
          pen.fillStyle = code === 1 ? look.text : "#fff";
          pen.textAlign = "center";
          pen.fillText(SIGNS[code], x + (wide - gap) / 2, y + ROW / 2);
        }
      }
    }
    pen.restore();
    pen.textAlign = "left";
    pen.fillStyle = look.text;
    pen.save();
    pen.beginPath();
    pen.rect(0, HEAD, LABELS - 6, seenHeight);
    pen.clip();
    for (let row = firstRow; row < lastRow; row += 1) {
      pen.fillText(hosts[row], 4, HEAD + row * ROW - view.scrollTop + ROW / 2);
    }
    pen.restore();
    drawGroups(pen, wide, seenWidth);
    if (place && place.row < hosts.length && place.column < columns.length) {
      pen.strokeStyle = look.focus;
      pen.lineWidth = 2;
      pen.strokeRect(
        LABELS + place.column * wide - view.scrollLeft, HEAD + place.row * ROW - view.scrollTop, wide - gap + 1, ROW);
    }
    el.dataset.drawn = String(model.get("version"));
  }

  function drawGroups(pen, wide, seenWidth) {
    pen.save();
    pen.beginPath();
    pen.rect(LABELS, 0, seenWidth, HEAD);
    pen.clip();
    let start = 0;
    for (let column = 1; column <= columns.length; column += 1) {
      if (column < columns.length && columns[column][1] === columns[start][1]) continue;
      const x = LABELS + start * wide - view.scrollLeft;
      const length = (column - start) * wide;
      pen.fillStyle = look.quiet;
      pen.fillRect(x, HEAD - 3, length - 2, 1);
      if (length > 24) {
        pen.save();
        pen.beginPath();
        pen.rect(x, 0, length - 4, HEAD);
        pen.clip();
        pen.fillStyle = look.text;
        pen.fillText(columns[start][1], Math.max(x, LABELS), 7);
        pen.restore();
      }
      start = column;
    }
    pen.restore();
  }

  function drawLegend() {
    const counts = new Array(NAMES.length).fill(0);
    for (const code of cells) counts[code] += 1;
    const parts = NAMES.map((name, code) => [name, code]).filter(([, code]) => counts[code]);
    legend.replaceChildren(
      ...parts.reverse().map(([name, code]) => {
        const part = document.createElement("span");
        const box = document.createElement("i");
        box.style.background = look.fills[code];
        box.textContent = SIGNS[code];
        part.append(box, ` ${name} ${counts[code].toLocaleString("en")}`);
        return part;
      }),
    );
  }

  const cellText = () => {
    const code = cells[place.row * columns.length + place.column] ?? 0;
    return `${hosts[place.row]} · ${columns[place.column][0]} · ${NAMES[code]}`;
  };

  function point(next) {
    if (!next || next.row < 0 || next.column < 0 || next.row >= hosts.length || next.column >= columns.length) return;
    place = next;
    told.textContent = cellText();
    asked = `${hosts[place.row]}\n${place.column}`;
    model.send({ kind: "look", host: hosts[place.row], column: place.column });
    drawSoon();
  }

  function under(event) {
    const box = view.getBoundingClientRect();
    const x = event.clientX - box.left + view.scrollLeft - LABELS;
    const y = event.clientY - box.top + view.scrollTop - HEAD;
    if (event.clientX - box.left < LABELS) return null;
    return { row: Math.floor(y / ROW), column: Math.floor(x / cellWidth()) };
  }

  view.addEventListener("mousemove", (event) => {
    const next = under(event);
    if (next && (!place || next.row !== place.row || next.column !== place.column)) point(next);
  });
  view.addEventListener("click", (event) => {
    const next = under(event);
    if (next && hosts[next.row] && columns[next.column]) {
      model.send({ kind: "choose", host: hosts[next.row], column: next.column });
    }
  });
  view.addEventListener("keydown", (event) => {
    const now = place ?? { row: 0, column: -1 };
    const steps = { ArrowRight: [0, 1], ArrowLeft: [0, -1], ArrowDown: [1, 0], ArrowUp: [-1, 0] };
    const step = steps[event.key];
    if (event.key === "Enter" && place) {
      model.send({ kind: "choose", host: hosts[place.row], column: place.column });
    } else if (event.key === "Home") {
      point({ row: now.row, column: 0 });
    } else if (event.key === "End") {
      point({ row: now.row, column: columns.length - 1 });
    } else if (step) {
      point({ row: now.row + step[0], column: Math.max(now.column + step[1], 0) });
    } else {
      return;
    }
    keepInSight();
    event.preventDefault();
    event.stopPropagation();
  });

  function keepInSight() {
    if (!place) return;
    const wide = cellWidth();
    const x = place.column * wide;
    const y = place.row * ROW;
    if (x < view.scrollLeft) view.scrollLeft = x;
    const room = view.clientWidth - LABELS - wide;
    if (x > view.scrollLeft + room) view.scrollLeft = x - room;
    if (y < view.scrollTop) view.scrollTop = y;
    const depth = view.clientHeight - HEAD - 2 * ROW;
    if (y > view.scrollTop + depth) view.scrollTop = y - depth;
  }

  const onMessage = (message) => {
    if (message.kind === "cell" && asked === `${message.host}\n${message.column}`) told.textContent = message.text;
  };
  const onTheme = new MutationObserver(() => { look = looks(el); drawSoon(); });
  for (const root of [document.documentElement, document.body]) {
    onTheme.observe(root, { attributes: true, attributeFilter: ["class", "style", "data-jp-theme-light", "data-theme"] });
  }
  view.addEventListener("scroll", drawSoon, { passive: true });
  const watcher = new ResizeObserver(() => { look = looks(el); drawSoon(); });
  watcher.observe(view);
  model.on("change:version", read);
  model.on("msg:custom", onMessage);
  read();
  return () => {
    watcher.disconnect();
    onTheme.disconnect();
    model.off("change:version", read);
    model.off("msg:custom", onMessage);
  };
}
export default { render };
