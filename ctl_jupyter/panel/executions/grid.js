// The page's half of the grid: draws the snapshot of hosts x tasks on a canvas, only what is in sight of it.

const WAITING = 0, RUNNING = 1, OK = 2, CHANGED = 3, SKIPPED = 4, IGNORED = 5, FAILED = 6, UNREACHABLE = 7;
const WORDS = ["waiting", "running", "ok", "changed", "skipped", "ignored", "failed", "unreachable"];
const MARKS = ["·", "●", "✓", "✎", "○", "≈", "✗", "!"];
const WORST_FIRST = [FAILED, UNREACHABLE, RUNNING, IGNORED, CHANGED, OK, SKIPPED, WAITING];
const ROW = 18, HEAD = 24, NARROWEST = 7, WIDEST = 26, FOLDED = 26, WIDEST_FOLDED = 110, GAP = 3, TALLEST = 400;
const LETTER = 7, MARK_WIDTH = 16;
const COLOURS = {
  good: "--ctl-good", bad: "--ctl-bad", warn: "--ctl-warn", busy: "--ctl-busy", quiet: "--ctl-quiet", rule: "--ctl-rule",
};

function make(name, className, parent, text = "") {
  const element = document.createElement(name);
  element.className = className;
  element.textContent = text;
  parent.append(element);
  return element;
}

function render({ model, el }) {
  el.classList.add("ctl-grid");
  // Arrow keys move in the grid, they are no shortcuts of the notebook.
  el.dataset.lmSuppressShortcuts = "true";
  const bar = make("div", "ctl-grid-bar", el);
  const told = make("span", "ctl-grid-told", bar);
  const foldAll = make("button", "ctl-grid-button", bar, "Fold all");
  const unfoldAll = make("button", "ctl-grid-button", bar, "Unfold all");
  foldAll.title = "Show each role or play as one column: the worst of its tasks";
  unfoldAll.title = "Show every task as a column";
  const frame = make("div", "ctl-grid-frame", el);
  frame.tabIndex = 0;
  frame.setAttribute("role", "application");
  frame.setAttribute("aria-label", "Hosts and tasks: arrow keys move, Enter narrows the event log, or folds a group");
  const spacer = make("div", "ctl-grid-spacer", frame);
  const canvas = make("canvas", "ctl-grid-canvas", spacer);
  const legend = make("div", "ctl-grid-legend", el);
  const said = make("div", "ctl-unseen", el);
  said.setAttribute("role", "status");
  said.setAttribute("aria-live", "polite");
  const tip = make("div", "ctl-grid-tip", el);
  tip.hidden = true;

  let names = { version: -1, hosts: [], tasks: [] };
  let cells = new Uint8Array();
  let groups = [];
  let columns = [];
  let byHand = new Map();
  let colours = {};
  let focus = null, hover = null, details = null;
  let isDue = false, askedAt = 0, waitsFor = 0;

  function readColours() {
    const style = getComputedStyle(el);
    for (const [name, variable] of Object.entries(COLOURS)) {
      colours[name] = style.getPropertyValue(variable).trim() || "#888";
    }
    // What a variable stands for may itself be written with functions: the browser works it out.
    const probe = make("span", "", el);
    for (const name of Object.keys(COLOURS)) {
      probe.style.color = colours[name];
      colours[name] = getComputedStyle(probe).color;
    }
    probe.remove();
    colours.text = style.color;
    const family = style.fontFamily;
    colours.font = `11px ${family}`;
    colours.bold = `600 11px ${family}`;
    [...legend.querySelectorAll("i")].forEach((mark) => { mark.style.color = colourOf(+mark.dataset.code); });
  }

  function colourOf(code) {
    return [colours.quiet, colours.busy, colours.good, colours.warn, colours.quiet, colours.warn, colours.bad, colours.bad][code];
  }

  WORDS.forEach((word, code) => {
    const item = make("span", "", legend);
    const mark = make("i", "", item, MARKS[code]);
    mark.dataset.code = code;
    mark.setAttribute("aria-hidden", "true");
    item.append(code === WAITING ? " waiting or not run" : ` ${word}`);
  });

  // --- what is where -------------------------------------------------------------------------------------------

  function regroup() {
    groups = [];
    names.tasks.forEach(([, group], place) => {
      const last = groups[groups.length - 1];
      if (last && last.name === group) last.end = place + 1;
      else groups.push({ name: group, begin: place, end: place + 1 });
    });
  }

  function worstOf(row, begin, end) {
    const base = row * names.tasks.length;
    let seen = 0;
    for (let place = begin; place < end; place++) seen |= 1 << cells[base + place];
    return WORST_FIRST.find((code) => seen & (1 << code)) ?? WAITING;
  }

  const labelWidth = () => {
    const longest = names.hosts.reduce((most, host) => Math.max(most, host.length), 4);
    return Math.round(Math.min(longest * 7.2 + 34, 240, Math.max(frame.clientWidth * 0.32, 60)));
  };

  // A folded group is as wide as its name where there is room for that beside the narrowest tasks.
  function widthsOfFolded(isFolded, room) {
    const wanted = groups.map((group, place) => (isFolded[place]
      ? Math.max(FOLDED, Math.min(WIDEST_FOLDED, group.name.length * LETTER + MARK_WIDTH)) : 0));
    const least = isFolded.filter(Boolean).length * FOLDED;
    const more = wanted.reduce((sum, each) => sum + each, 0) - least;
    const share = more > 0 ? Math.max(0, Math.min(1, (room - least) / more)) : 0;
    return wanted.map((each) => (each ? Math.floor(FOLDED + share * (each - FOLDED)) : 0));
  }

  function layOut() {
    const room = frame.clientWidth - labelWidth() - 4;
    const isCrowded = names.tasks.length * NARROWEST + groups.length * GAP > room;
    columns = [];
    const isFolded = groups.map((group, place) => byHand.get(`${place} ${group.name}`)
      // By itself, what is over is folded when there is no room for every task; the last group is what goes on now.
      ?? (isCrowded && groups.length > 1 && place < groups.length - 1 && group.end - group.begin > 1));
    const wide = groups.reduce((sum, group, place) => sum + (isFolded[place] ? 0 : group.end - group.begin), 0);
    const foldedWidths = widthsOfFolded(isFolded, room - groups.length * GAP - wide * NARROWEST);
    const left = room - foldedWidths.reduce((sum, each) => sum + each, 0) - groups.length * GAP;
    const width = Math.max(NARROWEST, Math.min(WIDEST, Math.floor(left / Math.max(wide, 1))));
    let x = 0;
    groups.forEach((group, place) => {
      group.isFolded = isFolded[place];
      group.x = x;
      if (group.isFolded) {
        columns.push({ x, width: foldedWidths[place], begin: group.begin, end: group.end, group: place });
        x += foldedWidths[place];
      } else {
        for (let task = group.begin; task < group.end; task++) {
          columns.push({ x, width, begin: task, end: task + 1, group: place });
          x += width;
        }
      }
      group.width = x - group.x;
      x += GAP;
    });
    const height = HEAD + names.hosts.length * ROW;
    frame.style.height = `${Math.min(height + 14, TALLEST)}px`;
    spacer.style.width = `${Math.max(labelWidth() + x, 10)}px`;
    spacer.style.height = `${height}px`;
    if (focus) focus = { row: Math.min(focus.row, names.hosts.length - 1), column: Math.min(focus.column, columns.length - 1) };
  }

  // --- drawing ---------------------------------------------------------------------------------------------------

  function drawCell(pen, code, x, y, width) {
    const inset = width >= 10 ? 1.5 : 0.5;
    const left = x + inset, right = x + width - inset, top = y + 2, bottom = y + ROW - 2;
    const middle = (top + bottom) / 2, centre = (left + right) / 2;
    const size = Math.max(1, Math.min(right - left, bottom - top) / 2 - 1);
    pen.fillStyle = pen.strokeStyle = colourOf(code);
    if (code === WAITING) {
      pen.fillRect(centre - 1, middle - 1, 2, 2);
    } else if (code === OK) {
      pen.fillRect(left, middle - 3, right - left, 6);
    } else if (code === CHANGED) {
      pen.fillRect(left, middle - 4, right - left, 8);
      pen.clearRect(centre - 1, middle - 2, 2, 4);
    } else if (code === SKIPPED) {
      pen.lineWidth = 1;
      pen.strokeRect(left + 0.5, middle - 2.5, right - left - 1, 5);
    } else if (code === RUNNING) {
      pen.beginPath();
      pen.arc(centre, middle, size, 0, 7);
      pen.fill();
    } else if (code === IGNORED) {
      pen.fillRect(left, middle - 4, right - left, 3);
      pen.fillRect(left, middle + 1, right - left, 3);
    } else {
      // The whole cell, with a shape in it: seen first, and without colours, too.
      pen.fillRect(left - inset, top - 1, right - left + 2 * inset, bottom - top + 2);
      pen.strokeStyle = pen.fillStyle = "#fff";
      pen.lineWidth = 1.6;
      pen.beginPath();
      if (code === FAILED) {
        pen.moveTo(centre - size + 1, middle - size + 1); pen.lineTo(centre + size - 1, middle + size - 1);
        pen.moveTo(centre + size - 1, middle - size + 1); pen.lineTo(centre - size + 1, middle + size - 1);
      } else {
        pen.moveTo(centre, top + 2); pen.lineTo(centre, bottom - 5);
        pen.moveTo(centre, bottom - 3); pen.lineTo(centre, bottom - 1);
      }
      pen.stroke();
    }
  }

  function shortened(pen, text, room) {
    if (pen.measureText(text).width <= room) return text;
    let length = Math.max(1, Math.floor(text.length * room / pen.measureText(text).width) - 1);
    return `${text.slice(0, length)}…`;
  }

  function draw() {
    isDue = false;
    const width = frame.clientWidth, height = frame.clientHeight;
    const ratio = window.devicePixelRatio || 1;
    if (!width) return;
    if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
      canvas.width = Math.round(width * ratio);
      canvas.height = Math.round(height * ratio);
      canvas.style.width = `${width}px`;
      canvas.style.height = `${height}px`;
    }
    const pen = canvas.getContext("2d");
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.clearRect(0, 0, width, height);
    pen.font = colours.font;
    pen.textBaseline = "middle";
    const label = labelWidth(), { scrollLeft, scrollTop } = frame;
    const first = Math.max(0, Math.floor(scrollTop / ROW));
    const last = Math.min(names.hosts.length, Math.ceil((scrollTop + height - HEAD) / ROW) + 1);
    pen.save();
    pen.beginPath();
    pen.rect(label, HEAD, width - label, height - HEAD);
    pen.clip();
    for (const column of columns) {
      const x = label + column.x - scrollLeft;
      if (x + column.width < label || x > width) continue;
      for (let row = first; row < last; row++) {
        drawCell(pen, worstOf(row, column.begin, column.end), x, HEAD + row * ROW - scrollTop, column.width);
      }
    }
    outline(pen, hover, colours.quiet, 1);
    if (document.activeElement === frame) outline(pen, focus, colours.busy, 2);
    pen.restore();
    pen.save();
    pen.beginPath();
    pen.rect(0, HEAD, label, height - HEAD);
    pen.clip();
    for (let row = first; row < last; row++) {
      const code = worstOf(row, 0, names.tasks.length);
      const isBad = code === FAILED || code === UNREACHABLE;
      pen.fillStyle = isBad ? colours.bad : colours.text;
      pen.font = isBad ? colours.bold : colours.font;
      const text = `${isBad ? `${MARKS[code]} ` : ""}${names.hosts[row]}`;
      pen.fillText(shortened(pen, text, label - 10), 4, HEAD + row * ROW - scrollTop + ROW / 2);
    }
    pen.restore();
    drawHead(pen, label, width, scrollLeft);
    el.dataset.count = model.get("count");
    el.dispatchEvent(new CustomEvent("ctl-drawn", { bubbles: true, detail: { count: model.get("count"), names, cells } }));
  }

  function drawHead(pen, label, width, scrollLeft) {
    pen.save();
    pen.beginPath();
    pen.rect(label, 0, width - label, HEAD);
    pen.clip();
    groups.forEach((group, place) => {
      const x = label + group.x - scrollLeft;
      pen.fillStyle = colours.rule;
      pen.fillRect(x, HEAD - 3, group.width, 1);
      pen.fillStyle = colours.text;
      pen.font = colours.font;
      const mark = group.isFolded ? "▸" : "▾";
      pen.fillText(shortened(pen, `${mark} ${group.name}`, group.width - 2), x, HEAD / 2 - 1);
      if (focus?.row === -1 && columns[focus.column]?.group === place && document.activeElement === frame) {
        pen.strokeStyle = colours.busy;
        pen.lineWidth = 2;
        pen.strokeRect(x + 1, 1, group.width - 2, HEAD - 4);
      }
    });
    pen.restore();
  }

  function outline(pen, place, colour, line) {
    const column = place && place.row >= 0 && columns[place.column];
    if (!column) return;
    pen.strokeStyle = colour;
    pen.lineWidth = line;
    const x = labelWidth() + column.x - frame.scrollLeft, y = HEAD + place.row * ROW - frame.scrollTop;
    pen.strokeRect(x + 0.5, y + 0.5, column.width - 1, ROW - 1);
  }

  function drawSoon() {
    if (isDue) return;
    isDue = true;
    requestAnimationFrame(draw);
  }

  // --- one cell ----------------------------------------------------------------------------------------------------

  function textOf(place) {
    const column = columns[place.column];
    if (!column) return "";
    const group = groups[column.group];
    const size = group.end - group.begin;
    const tasks = `${size} task${size === 1 ? "" : "s"}`;
    if (place.row < 0) return `${group.name}, ${tasks}, ${group.isFolded ? "folded" : "unfolded"}`;
    const what = column.end - column.begin > 1 ? `${group.name} (${tasks})` : names.tasks[column.begin][0];
    const text = `${names.hosts[place.row]} · ${what}\n${WORDS[worstOf(place.row, column.begin, column.end)]}`;
    const isKnown = details && details.host === names.hosts[place.row] && details.column === worstTask(place);
    return isKnown && details.text ? `${text} · ${details.text}` : text;
  }

  function worstTask({ row, column }) {
    const { begin, end } = columns[column];
    const code = worstOf(row, begin, end);
    for (let task = begin; task < end; task++) if (cells[row * names.tasks.length + task] === code) return task;
    return begin;
  }

  function ask(place) {
    clearTimeout(waitsFor);
    if (!place || place.row < 0 || !columns[place.column]) return;
    waitsFor = setTimeout(() => {
      if (!columns[place.column] || !names.hosts[place.row]) return;
      model.send({ ask: "cell", host: names.hosts[place.row], column: worstTask(place) });
    }, 80);
  }

  function placeAt(event) {
    const box = canvas.getBoundingClientRect();
    const inside = event.clientX - box.left - labelWidth();
    if (inside < 0) return null;
    const x = inside + frame.scrollLeft;
    const y = event.clientY - box.top;
    const column = columns.findIndex((known) => x >= known.x && x < known.x + known.width);
    const row = y < HEAD ? -1 : Math.floor((y - HEAD + frame.scrollTop) / ROW);
    return column < 0 || row >= names.hosts.length ? null : { row, column };
  }

  function showTip(place, x, y) {
    tip.hidden = !place;
    if (!place) return;
    tip.textContent = textOf(place);
    tip.style.left = "0";
    const box = el.getBoundingClientRect();
    tip.style.left = `${Math.max(0, Math.min(x - box.left + 12, box.width - tip.offsetWidth - 4))}px`;
    tip.style.top = `${y - box.top + 16}px`;
  }

  function tipAtFocus() {
    const column = focus && columns[focus.column];
    if (!column) return;
    const box = canvas.getBoundingClientRect();
    const y = focus.row < 0 ? HEAD / 2 : HEAD + focus.row * ROW - frame.scrollTop + ROW / 2;
    showTip(focus, box.left + labelWidth() + column.x - frame.scrollLeft, box.top + y);
  }

  function act(place) {
    if (!place || !columns[place.column]) return;
    if (place.row < 0) {
      const number = columns[place.column].group, group = groups[number];
      byHand.set(`${number} ${group.name}`, !group.isFolded);
      layOut();
      if (focus) focus.column = columns.findIndex((column) => column.group === number);
      drawSoon();
    } else {
      model.send({ ask: "narrow", host: names.hosts[place.row], column: worstTask(place) });
    }
  }

  const isSame = (one, other) => one?.row === other?.row && one?.column === other?.column;

  frame.addEventListener("mousemove", (event) => {
    const place = placeAt(event);
    if (!isSame(place, hover)) {
      hover = place;
      ask(place);
      drawSoon();
    }
    showTip(place, event.clientX, event.clientY);
  });
  frame.addEventListener("mouseleave", () => { hover = null; tip.hidden = true; drawSoon(); });
  frame.addEventListener("click", (event) => {
    const place = placeAt(event);
    if (place) focus = place;
    act(place);
  });
  frame.addEventListener("scroll", drawSoon);
  frame.addEventListener("focus", () => { focus ??= columns.length ? { row: 0, column: 0 } : null; drawSoon(); });
  frame.addEventListener("blur", () => { tip.hidden = true; drawSoon(); });
  frame.addEventListener("keydown", (event) => {
    const moves = {
      ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0],
      Home: [0, -1e6], End: [0, 1e6], PageUp: [-15, 0], PageDown: [15, 0],
    };
    if (event.key === "Escape") { tip.hidden = true; return; }
    if (!focus || !columns.length) return;
    if (event.key === "Enter" || event.key === " ") act(focus);
    else if (moves[event.key]) {
      const [down, right] = moves[event.key];
      focus = {
        row: Math.max(-1, Math.min(names.hosts.length - 1, focus.row + down)),
        column: Math.max(0, Math.min(columns.length - 1, focus.column + right)),
      };
      const column = columns[focus.column], top = focus.row * ROW, room = frame.clientWidth - labelWidth();
      if (top < frame.scrollTop) frame.scrollTop = Math.max(0, top);
      else if (top + ROW > frame.scrollTop + frame.clientHeight - HEAD) frame.scrollTop = top + ROW + HEAD - frame.clientHeight;
      if (column.x < frame.scrollLeft) frame.scrollLeft = column.x;
      else if (column.x + column.width > frame.scrollLeft + room) frame.scrollLeft = column.x + column.width - room;
      ask(focus);
    } else return;
    event.preventDefault();
    event.stopPropagation();
    said.textContent = textOf(focus).replace("\n", ", ");
    tipAtFocus();
    drawSoon();
  });

  function foldEvery(isFolded) {
    groups.forEach((group, place) => byHand.set(`${place} ${group.name}`, isFolded));
    layOut();
    drawSoon();
  }
  foldAll.addEventListener("click", () => foldEvery(true));
  unfoldAll.addEventListener("click", () => foldEvery(false));

  // --- what the kernel tells -----------------------------------------------------------------------------------------

  function take() {
    const newer = model.get("names"), version = model.get("version");
    if (newer.version !== version) {
      // A message was lost: what it told is asked for again, now and then.
      if (Date.now() - askedAt > 1000) {
        askedAt = Date.now();
        model.send({ ask: "names" });
      }
      return;
    }
    const sent = model.get("cells");
    cells = new Uint8Array(sent.buffer, sent.byteOffset, sent.byteLength);
    if (newer.version !== names.version || newer.run !== names.run) {
      if (newer.run !== names.run) { byHand = new Map(); focus = hover = details = null; tip.hidden = true; frame.scrollTop = 0; }
      names = newer;
      regroup();
      layOut();
    }
    const hosts = names.hosts.length, tasks = names.tasks.length;
    const isEmpty = !hosts;
    frame.hidden = legend.hidden = isEmpty;
    foldAll.hidden = unfoldAll.hidden = isEmpty || groups.length < 2;
    told.textContent = isEmpty ? "No host has told anything yet."
      : `${hosts.toLocaleString("en")} host${hosts === 1 ? "" : "s"} × ${tasks.toLocaleString("en")} task${tasks === 1 ? "" : "s"}`;
    drawSoon();
  }

  function hear(message) {
    if (message.tell !== "cell") return;
    details = message;
    if (hover) { if (!tip.hidden) tip.textContent = textOf(hover); }
    else if (focus && document.activeElement === frame) {
      said.textContent = textOf(focus).replace("\n", ", ");
      tipAtFocus();
    }
  }

  model.on("change:cells change:names change:version change:count", take);
  model.on("msg:custom", hear);
  const themes = new MutationObserver(() => { readColours(); drawSoon(); });
  const watched = { attributes: true, attributeFilter: ["class", "style", "data-jp-theme-name", "data-jp-theme-light", "data-theme"] };
  themes.observe(document.body, watched);
  themes.observe(document.documentElement, watched);
  const sizes = new ResizeObserver(() => { layOut(); readColours(); drawSoon(); });
  sizes.observe(el);
  readColours();
  take();
  el.classList.add("ctl-grid-ready");
  return () => {
    themes.disconnect();
    sizes.disconnect();
    clearTimeout(waitsFor);
    model.off("change:cells change:names change:version change:count", take);
    model.off("msg:custom", hear);
  };
}

export default { render };
