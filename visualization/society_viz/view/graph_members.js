// The members, their marks and names.
const members = {
  members(pen, see, hue) {
    const m = this.moment, nodes = this.cast.nodes, absent = new Set(m.absent || []), gone = new Set(m.gone || []);
    const active = new Set(m.active || []);
    const few = active.size < Math.max(0.7 * nodes.length, 3);
    const fills = {};
    for (const row of m.tally) fills[row[0]] = row[2] || hue.paper;
    const rings = [[m.proposed, hue.offer, [4, 2]], [m.governing, hue.ink, []]];
    nodes.forEach((node, i) => {
      if (absent.has(i)) return;
      const [x, y] = this.on(i, see), r = this.radius(i, see);
      if (few && active.has(i)) {
        pen.beginPath();
        pen.arc(x, y, r + Math.max(2.5, 5 * see.k), 0, 7);
        pen.fillStyle = hue.glow;
        pen.fill();
      }
      if (m.pies) { this.pie(pen, x, y, r, m.pies[i], fills, hue); return; }
      pen.beginPath();
      pen.arc(x, y, r, 0, 7);
      pen.fillStyle = gone.has(i) ? hue.paper : fills[m.fills[i]] || hue.paper;
      pen.fill();
      pen.lineWidth = r < 4 ? 0.6 : 1;
      pen.setLineDash(gone.has(i) ? [2, 2] : []);
      pen.strokeStyle = m.fills[i] < 0 || gone.has(i) ? hue.soft : hue.ink;
      pen.stroke();
      pen.setLineDash([]);
    });
    for (const [some, colour, dash] of rings) {
      pen.strokeStyle = colour;
      pen.lineWidth = 2.4;
      pen.setLineDash(dash);
      for (const i of some || []) {
        const [x, y] = this.on(i, see);
        pen.beginPath();
        pen.arc(x, y, this.radius(i, see) + 4, 0, 7);
        pen.stroke();
      }
    }
    pen.setLineDash([]);
    const marked = nodes.findIndex((node) => node[0] === this.selected);
    for (const [i, colour, out] of [[marked, hue.ink, 4], [this.focused ? this.at : -1, hue.say, 6], [this.over, hue.soft, 3]]) {
      if (i < 0 || i >= nodes.length) continue;
      const [x, y] = this.on(i, see);
      pen.beginPath();
      pen.arc(x, y, this.radius(i, see) + out, 0, 7);
      pen.lineWidth = 2;
      pen.strokeStyle = colour;
      pen.stroke();
    }
  },
  // what entries are marked with: rings around each other, badges with a sign on the corners
  pins(pen, see, hue) {
    const many = {};
    for (const [i, sign, which] of this.moment.badges || []) {
      const [x, y] = this.on(i, see), r = this.radius(i, see), nth = many[i] = (many[i] ?? -1) + 1;
      pen.strokeStyle = pen.fillStyle = hue.marks[which % 4];
      pen.beginPath();
      if (!sign) {
        pen.lineWidth = 2.4;
        pen.arc(x, y, r + 2.5 + 3.4 * nth, 0, 7);
        pen.stroke();
        continue;
      }
      const [right, down] = [[-1, -1], [1, 1], [-1, 1], [1, -1]][nth % 4], wide = Math.min(Math.max(0.46 * r, 3), 9);
      pen.arc(x + 0.74 * r * right, y + 0.74 * r * down, wide, 0, 7);
      pen.fill();
      if (wide < 5) continue;
      pen.font = `600 ${1.45 * wide / Math.max(sign.length * 0.72, 1)}px system-ui, sans-serif`;
      pen.textAlign = 'center';
      pen.textBaseline = 'middle';
      pen.fillStyle = hue.paper;
      pen.fillText(sign, x + 0.74 * r * right, y + 0.74 * r * down + 0.5);
      pen.textBaseline = 'alphabetic';
    }
  },
  pie(pen, x, y, r, shares, fills, hue) {
    let turn = -Math.PI / 2;
    for (const [fill, share] of shares) {
      pen.beginPath();
      pen.moveTo(x, y);
      pen.arc(x, y, r, turn, turn + share * 2 * Math.PI);
      pen.fillStyle = fills[fill] || hue.paper;
      pen.fill();
      turn += share * 2 * Math.PI;
    }
    pen.beginPath();
    pen.arc(x, y, r, 0, 7);
    pen.strokeStyle = hue.ink;
    pen.lineWidth = 1;
    pen.stroke();
  },
  names(pen, see, hue) {
    const m = this.moment, nodes = this.cast.nodes, dark = {};
    for (const row of m.tally) dark[row[0]] = row[6];
    pen.textBaseline = 'middle';
    if (m.marks) {
      pen.textAlign = 'center';
      nodes.forEach((node, i) => {
        const r = this.radius(i, see), mark = m.marks[i];
        if (!mark || r < 6) return;
        const size = Math.min(15, r * 1.05, 1.7 * r / Math.max(0.62 * mark.length, 1));
        if (size < 6) return;
        const [x, y] = this.on(i, see);
        pen.font = `600 ${size}px system-ui, sans-serif`;
        pen.fillStyle = m.fills[i] < 0 ? hue.ink : dark[m.fills[i]] ? '#fff' : '#1B2733';
        pen.fillText(mark, x, y + 0.5);
      });
    }
    if (m.chair >= 0 && nodes[m.chair]) {
      const [x, y] = this.on(m.chair, see);
      pen.font = '16px system-ui, sans-serif';
      pen.textAlign = 'center';
      pen.fillStyle = hue.offer;
      pen.fillText('★', x, y - this.radius(m.chair, see) - 11);
    }
    const size = Math.min(Math.max(11.5 * see.k, 10), 14);
    const first = [...new Set([this.over, this.focused ? this.at : -1, nodes.findIndex((n) => n[0] === this.selected),
      ...(m.active || [])])].filter((i) => i >= 0 && i < nodes.length);
    const order = [...first, ...nodes.keys()];
    const done = new Set(), absent = new Set(m.absent || []);
    const ringed = new Set((m.badges || []).filter(([, sign]) => !sign).map(([i]) => i));
    const bodies = nodes.length > 150 ? [] : nodes.map((_, i) => [...this.on(i, see), this.radius(i, see)]);
    const taken = this.called(pen, see, hue, bodies);
    let shown = 0;
    for (const i of order) {
      if (done.has(i) || absent.has(i) || shown > 160) continue;
      done.add(i);
      const node = nodes[i], asked = i === this.over || (this.focused && i === this.at) || node[0] === this.selected;
      if (!asked && nodes.length > 90 && !node[9] && this.scale < 2) continue;
      pen.font = `${asked || (m.active || []).includes(i) && (m.active || []).length < nodes.length / 2 ? '600' : '400'} ${size}px system-ui, sans-serif`;
      const text = asked ? node[1] : node[2], wide = pen.measureText(text).width;
      const [x, y] = this.on(i, see), r = this.radius(i, see), gap = r + ((m.proposed || []).includes(i) || (m.governing || []).includes(i) ? 7 : ringed.has(i) ? 6 : 3);
      const ways = [[x + gap, y, 'left'], [x - gap, y, 'right'], [x, y + gap + size / 2, 'center'], [x, y - gap - size / 2, 'center']];
      const best = {start: 0, end: 1}[node[8]];
      const own = best === undefined ? (node[7] > node[4] ? 2 : 3) : best;
      let put = null;
      for (const k of [own, 0, 1, 2, 3]) {
        const [tx, ty, anchor] = ways[k];
        const left = anchor === 'left' ? tx : anchor === 'right' ? tx - wide : tx - wide / 2;
        const box = [left - 1, ty - size / 2, left + wide + 1, ty + size / 2];
        const off = Math.max(-box[0], 0) || Math.min(see.wide - box[2], 0);
        if (off && !(asked && k === 3)) continue;
        const free = !taken.some((one) => box[0] < one[2] && one[0] < box[2] && box[1] < one[3] && one[1] < box[3]) &&
          !bodies.some(([bx, by, br], j) => j !== i && bx + br > box[0] && bx - br < box[2] && by + br > box[1] && by - br < box[3]);
        if (free || (asked && k === 3)) { put = {tx: tx + off, ty, anchor, box}; break; }
      }
      if (!put) continue;
      taken.push(put.box);
      this.halo(pen, hue, text, put.tx, put.ty, put.anchor, hue.ink);
      shown += 1;
    }
    pen.textBaseline = 'alphabetic';
  },
};
