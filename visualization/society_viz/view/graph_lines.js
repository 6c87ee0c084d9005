// What lies under the members: regions, ties, and what passes along them.
const lines = {
  regions(pen, see, hue) {
    for (const [shape, x, y, size, label] of this.cast.regions) {
      const px = x * see.k + see.x, py = y * see.k + see.y;
      pen.font = '11px system-ui, sans-serif';
      pen.fillStyle = hue.soft;
      pen.strokeStyle = hue.line;
      pen.lineWidth = 1;
      if (shape === 'disc') {
        pen.beginPath();
        pen.arc(px, py, size * see.k, 0, 7);
        pen.fillStyle = hue.tint;
        pen.fill();
        pen.stroke();
      } else {
        pen.beginPath();
        pen.moveTo(px + 48, py);
        pen.lineTo(640 * see.k + see.x, py);
        pen.stroke();
        pen.textAlign = 'left';
        pen.fillText(this.levelled(pen, see, label, px, y), px + 3, py + 4);
      }
    }
  },
  // what communities are called and have decided, where no member stands; the places that are taken by it
  called(pen, see, hue, bodies) {
    const settled = this.moment.settled || {}, taken = [];
    for (const [shape, x, y, size, label, name] of this.cast.regions) {
      if (shape !== 'disc') continue;
      const decided = name in settled, words = decided ? `${label}: ${settled[name]}` : label;
      pen.font = `${decided ? '600' : '400'} 11px system-ui, sans-serif`;
      const px = x * see.k + see.x, py = y * see.k + see.y, half = pen.measureText(words).width / 2 + 1;
      const boxes = [-size * see.k - 8, size * see.k + 8, 0].map((dy) => [px - half, py + dy - 6, px + half, py + dy + 6]);
      const free = ([a, b, c, d]) => b > 0 && d < see.high && !taken.some((one) => a < one[2] && one[0] < c && b < one[3] && one[1] < d) &&
        !bodies.some(([bx, by, br]) => bx + br > a && bx - br < c && by + br > b && by - br < d);
      const box = boxes.find(free) || boxes[0];
      taken.push(box);
      this.halo(pen, hue, words, px, (box[1] + box[3]) / 2, 'center', decided ? hue.ink : hue.soft);
    }
    return taken;
  },
  // words that can be read over whatever is there
  halo(pen, hue, words, x, y, anchor, colour) {
    pen.textAlign = anchor;
    pen.lineWidth = 3;
    pen.strokeStyle = hue.paper;
    pen.strokeText(words, x, y);
    pen.fillStyle = colour;
    pen.fillText(words, x, y);
  },
  // what a level is called: its number alone where the first of its members leaves no room for more
  levelled(pen, see, label, px, y) {
    const row = this.cast.nodes.filter(([, , , , at, r]) => Math.abs(at - y) < r + 8 / see.k);
    const free = Math.min(...row.map(([, , , x, , r]) => (x - r) * see.k + see.x));
    return px + 3 + pen.measureText(label).width + 3 < free ? label : label.split(' ').pop();
  },
  tint(kind, hue) { return kind === 'talk' ? hue.tie : kind === 'command' || kind === 'report' ? hue.boss : hue.other; },
  ties(pen, see, hue) {
    const lines = this.net.lines, faint = Math.min(1, Math.max(0.3, 250 / Math.max(lines.length, 1)));
    this.net.kinds.forEach(([name, , wide, dashes], kind) => {
      pen.strokeStyle = pen.fillStyle = this.tint(name, hue);
      pen.setLineDash(dashes);
      pen.globalAlpha = faint;
      const some = lines.filter((line) => line[2] === kind);
      const own = some.some((line) => line[5]);
      if (!own) {
        pen.lineWidth = wide * (0.6 + 0.4 * faint);
        pen.beginPath();
      }
      for (const [u, v, , shift, arrow, width] of some) {
        const way = this.way(u, v, shift, see);
        if (own) { pen.lineWidth = width; pen.beginPath(); }
        this.trace(pen, way);
        if (own) pen.stroke();
      }
      if (!own) pen.stroke();
      pen.setLineDash([]);
      for (const [u, v, , shift, arrow] of some) if (arrow) this.head(pen, this.way(u, v, shift, see), 6);
    });
    pen.globalAlpha = 1;
    pen.lineWidth = 2.2;
    for (const [pairs, colour, dash] of [[this.moment.linked, hue.add, []], [this.moment.unlinked, hue.block, [4, 4]]]) {
      pen.strokeStyle = colour;
      pen.setLineDash(dash);
      pen.beginPath();
      for (const [u, v] of pairs || []) this.trace(pen, this.way(u, v, 0, see));
      pen.stroke();
    }
    pen.setLineDash([]);
  },
  styles(hue) {
    return {message: [hue.say, 1.5, 0.55], refused: [hue.block, 1.4, 0.9], saw: [hue.see, 0.9, 0.55],
      sold: [hue.sell, 2, 0.8], request: [hue.say, 1.5, 0.5], done: [hue.see, 0.9, 0.55]};
  },
  heads(pen, see, hue) {
    const flows = this.moment.flows || [], styles = this.styles(hue);
    if (flows.length > 300) return;
    for (const [u, v, what] of flows) {
      if (what === 'refused') continue;
      pen.fillStyle = (styles[what] || [hue.say])[0];
      this.head(pen, this.way(u, v, 0, see), what === 'saw' ? 5 : 8);
    }
  },
  flows(pen, see, hue) {
    const flows = this.moment.flows || [], styles = this.styles(hue), thin = flows.length < 60 ? 1 : 0.5;
    for (const what of Object.keys(styles)) {
      const some = flows.filter((flow) => flow[2] === what);
      if (!some.length) continue;
      const [colour, wide, alpha] = styles[what];
      pen.strokeStyle = pen.fillStyle = colour;
      pen.lineWidth = wide * thin;
      pen.globalAlpha = alpha * thin;
      pen.setLineDash(what === 'refused' ? [4, 3] : []);
      pen.beginPath();
      for (const [u, v] of some) this.trace(pen, this.way(u, v, 0, see));
      pen.stroke();
      pen.setLineDash([]);
    }
    pen.globalAlpha = 1;
    pen.lineWidth = 2;
    for (const [u, v, which] of this.moment.arrows || []) {
      const way = this.way(u, v, 0, see);
      pen.strokeStyle = pen.fillStyle = hue.marks[which % 4];
      pen.setLineDash([[5, 2.5], [2, 1.6], [7, 2, 1.5, 2], []][which % 4]);
      pen.beginPath();
      this.trace(pen, way);
      pen.stroke();
      pen.setLineDash([]);
      this.head(pen, way, 8);
    }
  },
  dots(pen, see, hue, part) {
    if (part >= 1) return;
    const styles = this.styles(hue), soft = part * part * (3 - 2 * part);
    for (const [u, v, what] of (this.moment.flows || []).slice(0, 400)) {
      const [x, y] = this.along(this.way(u, v, 0, see), what === 'refused' ? soft / 2 : soft);
      pen.beginPath();
      pen.arc(x, y, what === 'saw' ? 2.2 : 3.6, 0, 7);
      pen.fillStyle = styles[what] ? styles[what][0] : hue.say;
      pen.fill();
    }
  },
  fill(index, hue) {
    const row = this.moment.tally.find((one) => one[0] === index);
    return row && row[2] ? row[2] : hue.paper;
  },
};
