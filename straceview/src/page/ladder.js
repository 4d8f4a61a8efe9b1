// The ladder: a column for each process, a row for each call.
class Ladder {
  constructor(place, recording, go) {
    Object.assign(this, { place, recording, elements: [] });
    const columns = 1 + Math.max(0, ...recording.rows.map((row) => recording.processes[row.process].column));
    // Each row is a grid of its own: the same widths in each put the columns below one another.
    const hasSource = Object.keys(recording.sources).length > 0;
    const [source, column] = [hasSource ? 14 : 0, columns > 1 ? 14 : 28];
    place.style.setProperty("--columns", `6.5em ${source}em repeat(${columns}, minmax(${column}em, 1fr))`);
    place.style.setProperty("--width", `${6.5 + source + columns * column}em`);
    this.heads = element("div", "columns");
    this.heads.setAttribute("aria-hidden", "true");
    this.heads.append(element("span", "", recording.timed ? "ms" : ""), element("span", "", hasSource ? "source" : ""));
    for (let column = 0; column < columns; column++) this.heads.append(element("span"));
    const body = document.createDocumentFragment();
    for (const row of recording.rows) body.append(this.row(row));
    place.append(this.heads, body);
    place.addEventListener("click", (event) => {
      const row = event.target.closest(".row");
      if (row) go(Number(row.dataset.row));
    });
  }

  row(row) {
    const { label, column } = this.recording.processes[row.process];
    const line = element("div", `row ${row.kind}`);
    line.id = `${this.place.dataset.name}-${row.index}`;
    line.dataset.row = row.index;
    line.setAttribute("role", "option");
    line.setAttribute("aria-selected", "false");
    line.setAttribute("aria-label", `${label}: ${row.text}`);
    const time = this.recording.timed ? (row.at / 1000).toFixed(3) : row.index + 1;
    const what = element("span", "what", row.text);
    what.style.gridColumn = column + 3;
    what.title = `${label}: ${row.text}`;
    const source = element("span", "line", row.lines.length > 0 ? lineName(row.lines[0]) : "");
    line.append(element("span", "time", time), source, what);
    this.elements.push(line);
    return line;
  }

  show(index) {
    const { rows, processes } = this.recording;
    const row = rows[index];
    this.here?.classList.remove("here");
    this.here?.setAttribute("aria-selected", "false");
    this.here = this.elements[index];
    this.here.classList.add("here");
    this.here.setAttribute("aria-selected", "true");
    this.place.setAttribute("aria-activedescendant", this.here.id);
    // Who has each column now.
    [...this.heads.children].slice(2).forEach((head, column) => {
      const owners = processes.filter((process) => process.shown && process.column === column && process.born <= row.step);
      const owner = owners[owners.length - 1];
      head.textContent = owner ? `${owner.label}${owner.pid ? ` (${owner.pid})` : ""}` : "";
    });
    reveal(this.place, this.here, this.heads.offsetHeight);
    const [outer, cell] = [this.place, this.here.lastChild].map((part) => part.getBoundingClientRect());
    if (cell.left < outer.left || cell.right > outer.right) {
      this.place.scrollLeft += cell.left - outer.left - (outer.width - cell.width) / 2;
    }
  }

  // Marks the rows that a line of source made.
  mark(indices) {
    const made = new Set(indices);
    this.elements.forEach((element, index) => element.classList.toggle("made", made.has(index)));
  }

  hideMinor(hide) {
    this.recording.rows.forEach((row, index) => this.elements[index].classList.toggle("hidden", hide && row.minor));
  }
}

// `src/model/fork.rs:56`; the line is 0 where the compiler has made one call of several.
function lineName([file, line]) {
  return `${file}:${line || "?"}`;
}

function element(name, class_ = "", text = "") {
  const made = document.createElement(name);
  if (class_) made.className = class_;
  made.textContent = text;
  return made;
}

// Scrolls a pane, and not the page, so that a part of it is seen.
function reveal(pane, part, above = 0) {
  const [outer, inner] = [pane.getBoundingClientRect(), part.getBoundingClientRect()];
  if (inner.top < outer.top + above || inner.bottom > outer.bottom) {
    pane.scrollTop += inner.top - outer.top - above - (outer.height - above) / 3;
  }
}
