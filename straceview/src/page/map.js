// The timeline as a map: a cursor at the row's time, and clicks that go to a time.
class TimeMap {
  constructor(place, picture, recording, go) {
    Object.assign(this, { place, recording });
    // A tree of its own, so that the picture's styles are not the page's.
    const tree = place.querySelector(".picture").attachShadow({ mode: "open" });
    tree.append(picture);
    const style = document.createElement("style");
    style.textContent = "svg{display:block;width:100%;height:auto}";
    tree.append(style);
    this.cursor = place.querySelector(".cursor");
    this.lane = place.querySelector(".lane");
    this.sheet = place.querySelector(".sheet");
    place.addEventListener("click", (event) => {
      const found = this.find(event);
      if (found !== undefined) go(found);
    });
  }

  x(time) {
    const { width, gutter, right, from, to } = this.recording.scale;
    return (gutter + (Math.min(Math.max(time, from), to) - from) / (to - from) * (right - gutter)) / width;
  }

  show(index) {
    const row = this.recording.rows[index];
    const { height } = this.recording.scale;
    const tall = this.sheet.clientHeight;
    this.cursor.style.left = `${this.x(row.at) * 100}%`;
    this.cursor.hidden = !this.recording.timed;
    const lane = this.recording.processes[row.process].lane;
    this.lane.hidden = !lane;
    if (!lane) return;
    const [top, bottom] = lane.map((y) => y / height * tall);
    this.lane.style.top = `${top}px`;
    this.lane.style.height = `${bottom - top}px`;
    const { scrollTop, clientHeight } = this.place;
    if (top < scrollTop || bottom > scrollTop + clientHeight) this.place.scrollTop = top - clientHeight / 3;
  }

  // The row nearest to where the picture was clicked, of the process whose lane it is.
  find(event) {
    const { width, height, gutter, right, from, to } = this.recording.scale;
    const box = this.sheet.getBoundingClientRect();
    const x = (event.clientX - box.left) / box.width * width;
    const y = (event.clientY - box.top) / box.height * height;
    const time = from + (x - gutter) / (right - gutter) * (to - from);
    const isIn = ({ lane }) => lane && lane[0] <= y && y <= lane[1];
    const inLane = this.recording.rows.filter((row) => isIn(this.recording.processes[row.process]));
    const rows = inLane.length > 0 ? inLane : this.recording.rows;
    const away = (row) => (row.from <= time && time <= row.to ? 0 : Math.min(Math.abs(row.at - time), Math.abs(row.from - time)));
    let best;
    for (const row of rows) if (best === undefined || away(row) < away(best)) best = row;
    return best?.index;
  }
}
