// The source, with the line that made the call marked, and those that called it.
class SourcePane {
  constructor(pane, recording, go) {
    Object.assign(this, { recording, go });
    this.place = pane.querySelector(".source");
    this.callers = pane.querySelector(".callers");
    this.select = pane.querySelector("select");
    this.madeBy = new Map();
    for (const row of recording.rows) {
      for (const [file, line] of row.lines) {
        const key = `${file}:${line}`;
        if (!this.madeBy.has(key)) this.madeBy.set(key, new Set());
        this.madeBy.get(key).add(row.index);
      }
    }
    const files = Object.keys(recording.sources);
    this.select.replaceChildren(...files.map((file) => element("option", "", file)));
    this.select.hidden = files.length === 0;
    this.select.addEventListener("change", () => this.open(this.select.value));
  }

  show(index) {
    const { lines } = this.recording.rows[index];
    this.lines = lines;
    if (lines.length === 0) {
      const none = Object.keys(this.recording.sources).length === 0
        ? "The recording names no source. Record with strace -k, compile with -g, and name the program: straceview page --symbols PROGRAM."
        : "No line of the program's own source made this.";
      this.callers.textContent = none;
      this.mark();
      return;
    }
    const buttons = lines.map((line, place) => {
      const button = element("button", "", lineName(line));
      button.addEventListener("click", () => this.focus(place));
      return button;
    });
    const between = buttons.flatMap((button, place) => (place === 0 ? [button] : [" from ", button]));
    this.callers.replaceChildren(...between);
    this.focus(0);
  }

  // Shows one of the lines of the stack.
  focus(place) {
    [...this.callers.querySelectorAll("button")].forEach((button, index) =>
      index === place ? button.setAttribute("aria-current", "true") : button.removeAttribute("aria-current"));
    const [file, line] = this.lines[place];
    this.open(file);
    this.mark();
    const element = this.byNumber?.get(line);
    if (element) reveal(this.place, element);
  }

  open(file) {
    this.select.value = file;
    if (this.file === file || !this.recording.sources[file]) return;
    this.file = file;
    this.byNumber = new Map();
    const { first, lines } = this.recording.sources[file];
    this.place.replaceChildren(...lines.map((text, index) => this.line(first + index, text)));
    this.mark();
  }

  line(number, text) {
    const line = element("div");
    const made = this.madeBy.get(`${this.file}:${number}`);
    const count = made ? element("button", "", `${made.size} ▸`) : element("span");
    if (made) {
      count.title = "Show the calls that this line led to";
      count.setAttribute("aria-label", `line ${number}: ${made.size} calls`);
      count.addEventListener("click", () => this.go([...made]));
    }
    line.append(element("span", "number", number), count, element("span", "", text));
    this.byNumber.set(number, line);
    return line;
  }

  mark() {
    for (const line of this.place.querySelectorAll(".here, .caller")) line.classList.remove("here", "caller");
    (this.lines ?? []).forEach(([file, number], place) => {
      if (file === this.file) this.byNumber.get(number)?.classList.add(place === 0 ? "here" : "caller");
    });
  }
}
