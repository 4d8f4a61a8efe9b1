// The figure: tables of descriptors at the left, what they refer to at the right.
const SVG = "http://www.w3.org/2000/svg";
const BOX = { width: 250, head: 40, line: 16, cell: 24, gap: 14 };
const SOCKET = { x: 380, width: 290, height: 78, gap: 14 };
const MOST_BOXES = 8;

class Figure {
  constructor(place, recording) {
    Object.assign(this, { place, recording });
  }

  draw(state) {
    const svg = this.svg = document.createElementNS(SVG, "svg");
    svg.setAttribute("role", "img");
    svg.setAttribute("aria-label", this.recording.sentences(state).join(" ") || "No socket is open.");
    const groups = this.chosen(state);
    const ends = new Map();
    let y = 4;
    for (const group of groups) y = this.process(group, state.row, y, ends) + BOX.gap;
    const left = state.groups.length - groups.length;
    if (left > 0) {
      this.text(8, y + 4, `and ${left} processes more`, "dim");
      y += 20;
    }
    const objects = state.objects.filter((object) => ends.has(object.number));
    let bottom = 4;
    for (const object of objects) {
      // Beside those who hold it, if there is room.
      const wanted = Math.min(...ends.get(object.number).map((end) => end.y)) - SOCKET.height / 2;
      const top = Math.max(bottom, Math.min(wanted, y - SOCKET.height - 4));
      this.socket(object, top, ends.get(object.number));
      bottom = top + SOCKET.height + SOCKET.gap;
    }
    const height = Math.max(y, bottom, 60);
    svg.setAttribute("viewBox", `0 0 ${SOCKET.x + SOCKET.width + 8} ${height}`);
    this.place.replaceChildren(svg);
  }

  // Where there are many processes: that of the row, its parent, and those that live, latest first.
  chosen({ groups, row }) {
    if (groups.length <= MOST_BOXES) return groups;
    const parent = this.recording.processes[row.process].parent;
    const rank = (group) => {
      if (group.members.some(({ number }) => number === row.process)) return 0;
      if (group.members.some(({ number }) => number === parent)) return 1;
      return group.members[0].doing === "zombie" ? 3 : 2;
    };
    const ranked = [...groups].sort((one, other) => rank(one) - rank(other) || other.members[0].number - one.members[0].number);
    const kept = new Set(ranked.slice(0, MOST_BOXES));
    return groups.filter((group) => kept.has(group));
  }

  process(group, row, top, ends) {
    const { members, descriptors } = group;
    const lines = Math.min(members.length, 7);
    const height = BOX.head + (lines - 1) * BOX.line + descriptors.length * BOX.cell + (descriptors.length ? 6 : 0);
    const first = members[0];
    const isNow = members.some(({ number }) => number === row.process);
    const isZombie = ["zombie", "reaped", "ended"].includes(first.doing);
    this.rect(4, top, BOX.width, height, `box${isNow ? " now" : ""}${isZombie ? " zombie" : ""}`);
    this.text(12, top + 17, cut(first.process.label, 24), "bold");
    if (first.process.pid) this.text(BOX.width - 4, top + 17, `pid ${first.process.pid}`, "dim", "end");
    members.slice(0, lines).forEach(({ process, doing, number }, index) => {
      const who = index === 0 ? "" : `${process.label}: `;
      const more = index === 6 && members.length > 7 ? ` and ${members.length - 7} threads more` : "";
      const class_ = number === row.process ? "mono bold" : doing === "zombie" ? "bad" : "dim";
      this.text(12, top + 33 + index * BOX.line, cut(who + doing + more, 38), class_);
    });
    let y = top + BOX.head + (lines - 1) * BOX.line;
    for (const held of descriptors) {
      const middle = y + BOX.cell / 2;
      this.rect(12, y, BOX.width - 16, BOX.cell - 2, "cell");
      this.text(22, middle + 4, held.number, "mono bold");
      const words = held.isGone ? held.ending : this.recording.nameOf(held.object);
      this.text(52, middle + 4, cut(words, 28), held.isGone ? "bad" : held.isNew ? "good" : "dim");
      if (!ends.has(held.object)) ends.set(held.object, []);
      ends.get(held.object).push({ y: middle, held, pid: first.process.pid });
      y += BOX.cell;
    }
    return top + height;
  }

  socket({ number, object, count, state, peer }, top, ends) {
    const how = state === "only held" ? " held" : count === 0 ? " shut" : "";
    this.rect(SOCKET.x, top, SOCKET.width, SOCKET.height, `box${how}`);
    const x = SOCKET.x + 12;
    this.text(x, top + 19, cut(this.recording.nameOf(number), 26), "bold");
    this.text(SOCKET.x + SOCKET.width - 12, top + 26, count, "big", "end");
    this.text(SOCKET.x + SOCKET.width - 12, top + 40, count === 1 ? "reference" : "references", "dim", "end");
    this.text(x, top + 36, state, state === "only held" ? "bad" : "dim");
    const port = object.peer_port ? ` :${object.peer_port}` : "";
    this.text(x, top + 66, cut(peer.replace("the client", `the client${port}`), 48), /not got|without/.test(peer) ? "bad" : "dim");
    ends.forEach(({ y, held, pid }, index) => {
      const to = top + 14 + (index + 1) * (SOCKET.height - 28) / (ends.length + 1);
      this.arrow(BOX.width, y, SOCKET.x, to, held, pid);
    });
  }

  arrow(x0, y0, x1, y1, held, pid) {
    const middle = (x0 + x1) / 2;
    const how = held.isGone ? " gone" : held.isNew ? " new" : "";
    const path = this.add("path", { class: `arrow${how}`, d: `M${x0} ${y0}C${middle} ${y0} ${middle} ${y1} ${x1 - 6} ${y1}` });
    // What a test, or a reader of the document, asks for.
    Object.assign(path.dataset, { pid, fd: held.number, object: held.object });
    if (!held.isGone) this.add("path", { class: "tip", d: `M${x1} ${y1}l-8 -4v8z` });
  }

  rect(x, y, width, height, class_) {
    this.add("rect", { x, y, width, height, rx: 4, class: class_ });
  }

  text(x, y, words, class_, anchor = "start") {
    this.add("text", { x, y, class: class_, "text-anchor": anchor }).textContent = words;
  }

  add(name, attributes) {
    const element = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    this.svg.append(element);
    return element;
  }
}

function cut(words, length) {
  return words.length > length ? `${words.slice(0, length - 1)}…` : words;
}
