"use strict";

// What is true after a row of a recording. Nothing here knows of the page.
class Recording {
  constructor(panel) {
    Object.assign(this, panel);
    this.rowsOf = this.processes.map(() => []);
    this.rows.forEach((row, index) => {
      row.index = index;
      this.rowsOf[row.process].push(row);
    });
    // All that shows in the figure: sockets, or files as well.
    this.isSocket = (held) => this.objects[held.object].kind !== "file";
  }

  // The state after a row: the living processes, each with its descriptors, and the objects.
  at(index, withFiles) {
    const row = this.rows[index];
    const shown = (held) => withFiles || this.isSocket(held);
    const open = (held) => held.from <= row.step && (held.to === null || held.to > row.step);
    const ends = (held) => held.to === row.step && held.from < row.step;
    const descriptors = this.descriptors.filter((held) => (open(held) || ends(held)) && shown(held));
    const groups = [];
    const byTable = new Map();
    this.processes.forEach((process, number) => {
      if (!process.shown || process.born > row.step) return;
      if (process.gone !== null && process.gone <= row.step && row.process !== number) return;
      const member = { number, process, doing: this.doing(number, row) };
      // Processes and threads that share a table of descriptors stand in one box.
      const known = byTable.get(process.table);
      if (known) return void known.members.push(member);
      const group = { members: [member], descriptors: [] };
      byTable.set(process.table, group);
      groups.push(group);
    });
    for (const held of descriptors) {
      const isGone = !open(held);
      const group = byTable.get(held.table);
      const isNew = held.from === row.step;
      if (group) group.descriptors.push({ ...held, isNew, isGone });
    }
    groups.forEach((group) => group.descriptors.sort((one, other) => one.number - other.number));
    const objects = new Map();
    for (const group of groups) {
      for (const held of group.descriptors) {
        if (!objects.has(held.object)) objects.set(held.object, []);
        if (!held.isGone) objects.get(held.object).push({ group, held });
      }
    }
    const states = [...objects].map(([number, holders]) => this.object(number, holders, row.step));
    return { row, groups, objects: states };
  }

  // What a process does while a row takes effect.
  doing(number, row) {
    const process = this.processes[number];
    const is = (step) => step !== null && step <= row.step;
    if (is(process.gone)) return process.leader === null && process.parent !== null ? "reaped" : "ended";
    if (is(process.ended)) return "zombie";
    const stopped = process.stops.some(([from, to]) => from <= row.at && (to === null || row.at < to));
    if (stopped) return "stopped";
    if (row.process === number) return row.kind === "signal" ? `gets ${row.name}` : row.name;
    const next = this.rowsOf[number].find((other) => other.step > row.step && other.kind !== "signal");
    if (next && next.kind !== "end" && next.from <= row.at) return `in ${next.name}`;
    return "runs";
  }

  // An open socket: who holds it, its state, and what its peer knows.
  object(number, holders, step) {
    const object = this.objects[number];
    const is = (when) => when !== null && when <= step;
    const count = holders.length;
    let state = "open";
    if (count === 0) state = "closed";
    else if (object.kind === "listener") state = is(object.listening) || object.listening === null ? "listening" : "not listening yet";
    else if (object.kind === "connection" && is(object.last_use) && this.has_closes) state = "only held";
    let peer = "";
    if (object.kind === "connection") {
      const hasEnd = count === 0 || is(object.shut_down) || !this.has_closes;
      if (is(object.client_closed)) peer = hasEnd ? "the client has closed" : "the client has closed, without the end";
      else if (count === 0 && this.has_closes) peer = "the client gets the end";
      else if (is(object.shut_down)) peer = "the client has got the end (shutdown)";
      else if (is(object.peer_ended)) peer = "the client has ended its side";
      else if (is(object.last_use) && this.has_closes) peer = "the client has not got the end";
      else peer = "the client waits";
    }
    return { number, object, holders, count, state, peer };
  }

  // A name for a socket, with its port.
  nameOf(number) {
    const object = this.objects[number];
    if (object.kind === "listener" && object.port) return `listener :${object.port}`;
    if (object.kind === "connection") return object.name.replace("conn", "connection");
    return object.name;
  }

  // One sentence for each socket, for readers who cannot see the figure.
  sentences(state) {
    const who = ({ group, held }) => `${group.members[0].process.label} as ${held.number}`;
    return state.objects.map(({ number, holders, count, state: how, peer }) => {
      const held = count === 0 ? "held by nobody" : `held ${count === 1 ? "once" : `${count} times`}, by ${holders.map(who).join(" and by ")}`;
      return `${this.nameOf(number)}: ${how}, ${held}${peer ? `; ${peer}` : ""}.`;
    });
  }
}
