// The page: one panel for each recording, and the keys that step through them.
class Panel {
  constructor(data, picture, name, moved) {
    this.recording = new Recording(data);
    this.element = document.getElementById("panel").content.cloneNode(true).firstElementChild;
    const find = (selector) => this.element.querySelector(selector);
    find("h1").textContent = data.title;
    find(".ladder").dataset.name = name;
    const go = (index) => moved(this, index);
    this.summary = find(".summary");
    this.spoken = find(".spoken");
    this.files = find(".files");
    this.minor = find(".minor");
    this.figure = new Figure(find(".figure"), this.recording);
    this.ladder = new Ladder(find(".ladder"), this.recording, go);
    this.source = new SourcePane(find(".code"), this.recording, (rows) => {
      this.ladder.mark(rows);
      go(rows.find((row) => row > this.index) ?? rows[0]);
    });
    this.map = new TimeMap(find(".map"), picture, this.recording, go);
    this.minor.checked = this.recording.rows.length <= 400;
    this.minor.addEventListener("change", () => this.ladder.hideMinor(!this.minor.checked));
    this.ladder.hideMinor(!this.minor.checked);
    this.files.addEventListener("change", () => this.show(this.index));
    this.index = 0;
  }

  isVisible(index) {
    return this.minor.checked || !this.recording.rows[index].minor;
  }

  // The next row in a direction, of the same process if that is asked for.
  next(direction, same, count = 1) {
    const { rows } = this.recording;
    let found = this.index;
    for (let index = found + direction; rows[index] && count > 0; index += direction) {
      if (!this.isVisible(index) || (same && rows[index].process !== rows[this.index].process)) continue;
      [found, count] = [index, count - 1];
    }
    return found;
  }

  show(index) {
    this.index = index;
    const row = this.recording.rows[index];
    const state = this.recording.at(index, this.files.checked);
    const sentences = this.recording.sentences(state);
    const { label } = this.recording.processes[row.process];
    this.summary.replaceChildren(element("b", "", `${label}: ${row.text}`), element("br"), sentences.join(" "));
    this.spoken.replaceChildren(...sentences.map((sentence) => element("li", "", sentence)));
    this.figure.draw(state);
    this.ladder.show(index);
    this.source.show(index);
    this.map.show(index);
  }
}

const data = JSON.parse(document.getElementById("data").textContent);
const pictures = [...document.querySelectorAll("template.picture")].map((template) => template.content);
const place = document.getElementById("panels");
const panels = data.panels.map((panel, number) => new Panel(panel, pictures[number], `panel${number}`, move));
let timer;

// Goes to a row of one panel. The other goes to where it runs the same line.
function move(panel, index) {
  panel.show(index);
  const other = panels.find((one) => one !== panel);
  if (other) {
    const [own, its] = panel === panels[0] ? [0, 1] : [1, 0];
    const before = data.pairs.filter((pair) => pair[own] <= index);
    other.show(before.length > 0 ? before[before.length - 1][its] : 0);
  }
  const { recording } = panels[0];
  const at = recording.rows[panels[0].index];
  const time = recording.timed ? `, ${(at.at / 1e6).toFixed(6)} s` : "";
  document.getElementById("where").textContent = `step ${panels[0].index + 1} of ${recording.rows.length}${time}`;
  history.replaceState(null, "", `#step=${panels[0].index + 1}`);
}

function step(direction, same = false, count = 1) {
  move(panels[0], panels[0].next(direction, same, count));
}

function play(on) {
  clearInterval(timer);
  const button = document.getElementById("play");
  button.setAttribute("aria-pressed", on);
  button.textContent = on ? "Pause" : "Play";
  if (!on) return;
  timer = setInterval(() => {
    const before = panels[0].index;
    step(1);
    if (panels[0].index === before) play(false);
  }, 900);
}

const isPlaying = () => document.getElementById("play").getAttribute("aria-pressed") === "true";
const first = () => move(panels[0], panels[0].isVisible(0) ? 0 : ((panels[0].index = 0), panels[0].next(1)));
const last = () => step(1, false, Infinity);
const clicks = { first, back: () => step(-1), play: () => play(!isPlaying()), on: () => step(1), last };
for (const [id, act] of Object.entries(clicks)) document.getElementById(id).addEventListener("click", act);

const keys = {
  ArrowLeft: (same) => step(-1, same), ArrowUp: (same) => step(-1, same),
  ArrowRight: (same) => step(1, same), ArrowDown: (same) => step(1, same),
  PageUp: () => step(-1, false, 10), PageDown: () => step(1, false, 10),
  Home: first, End: last, " ": () => play(!isPlaying()),
};
document.addEventListener("keydown", (event) => {
  const act = keys[event.key];
  const isText = event.target.closest("select, input, summary");
  const isPressed = event.key === " " && event.target.closest("button");
  const inSource = event.target.closest(".source") && /Up|Down/.test(event.key);
  if (!act || isText || isPressed || inSource || event.ctrlKey || event.altKey || event.metaKey) return;
  event.preventDefault();
  act(event.shiftKey);
});

// `#step=12` and `#t=0.25` (seconds) name a step.
function fromAddress() {
  const { recording } = panels[0];
  const asked = new URLSearchParams(location.hash.slice(1));
  const clamp = (index) => Math.min(Math.max(index, 0), recording.rows.length - 1);
  if (asked.has("step")) return clamp(Number(asked.get("step")) - 1 || 0);
  if (asked.has("t")) {
    const time = Number(asked.get("t")) * 1e6;
    return clamp(recording.rows.filter((row) => row.at <= time).length - 1);
  }
  // A long start of a program is no beginning: its first listen is.
  const listen = recording.rows.findIndex((row) => row.name === "listen");
  return recording.rows.length > 400 && listen > 0 ? listen : 0;
}

place.append(...panels.map((panel) => panel.element));
document.body.classList.toggle("alone", panels.length === 1);
move(panels[0], fromAddress());
addEventListener("hashchange", () => move(panels[0], fromAddress()));
addEventListener("resize", () => panels.forEach((panel) => panel.map.show(panel.index)));
