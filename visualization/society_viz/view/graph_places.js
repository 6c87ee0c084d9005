// Where members and lines are on the paper; members glide to their places.
const places = {
  answer(i) {
    const fill = (this.moment.fills || [])[i];
    if (fill === undefined) return '';
    const row = this.moment.tally.find((one) => one[0] === fill);
    return row ? `: ${row[1]}` : '';
  },
  move() {
    const to = this.cast.nodes.map((node) => [node[3], node[4]]);
    const still = !this.still || this.still.matches;
    if (!still && this.places.length) {
      this.glide = {from: to.map((spot, i) => this.places[i] || spot), to, begin: performance.now()};
      this.run();
    } else this.places = to;
  },
  run() {
    cancelAnimationFrame(this.frame);
    const tick = () => {
      const now = performance.now();
      let on = false;
      if (this.glide) {
        const part = Math.min((now - this.glide.begin) / 500, 1);
        const soft = part * part * (3 - 2 * part);
        this.places = this.glide.to.map(([x, y], i) => {
          const [u, v] = this.glide.from[i];
          return [u + (x - u) * soft, v + (y - v) * soft];
        });
        if (part < 1) on = true; else this.glide = null;
      }
      const passed = (now - this.begin) / this.lasts();
      if (passed < 1 && (this.moment.flows || []).length) on = true;
      this.draw();
      window.societyFrames = (window.societyFrames || 0) + 1;
      if (on) this.frame = requestAnimationFrame(tick);
    };
    this.frame = requestAnimationFrame(tick);
  },
  lasts() { return this.still && this.still.matches ? 0.001 : 450; },
  view() {
    const [w, h] = this.cast.size;
    const wide = this.$el.clientWidth || w;
    const k = wide / w * this.scale;
    return {k, wide, high: Math.max(wide * h / w, 240), x: this.dx, y: this.dy};
  },
  on(i, see) {
    const [x, y] = this.places[i] || [0, 0];
    return [x * see.k + see.x, y * see.k + see.y];
  },
  radius(i, see) { return Math.max(this.cast.nodes[i][5] * see.k, 2); },
  way(u, v, shift, see) {
    const [ax, ay] = this.on(u, see), [bx, by] = this.on(v, see);
    const far = Math.hypot(bx - ax, by - ay) || 1;
    const sx = -(by - ay) / far * shift * see.k, sy = (bx - ax) / far * shift * see.k;
    const mx = this.cast.middle[0] * see.k + see.x, my = this.cast.middle[1] * see.k + see.y;
    let x = (ax + bx) / 2, y = (ay + by) / 2;
    const inwards = Math.hypot(mx - x, my - y);
    const bend = Math.min(2 * this.cast.pull * far, inwards);
    if (bend >= 1) { x += bend * (mx - x) / inwards; y += bend * (my - y) / inwards; }
    const rim = (i, px, py, cx, cy, gap) => {
      const d = Math.hypot(cx - px, cy - py) || 1;
      const out = Math.min(this.radius(i, see) + gap, d / 2);
      return [px + (cx - px) / d * out + sx, py + (cy - py) / d * out + sy];
    };
    const a = rim(u, ax, ay, bend >= 1 ? x : bx, bend >= 1 ? y : by, 1.5);
    const b = rim(v, bx, by, bend >= 1 ? x : ax, bend >= 1 ? y : ay, 2);
    return {a, b, c: bend >= 1 ? [x + sx, y + sy] : null};
  },
  trace(pen, way) {
    pen.moveTo(...way.a);
    if (way.c) pen.quadraticCurveTo(...way.c, ...way.b); else pen.lineTo(...way.b);
  },
  along(way, t) {
    const [x, y] = way.a, [u, v] = way.b;
    if (!way.c) return [x + (u - x) * t, y + (v - y) * t];
    const [p, q] = way.c, s = 1 - t;
    return [s * s * x + 2 * s * t * p + t * t * u, s * s * y + 2 * s * t * q + t * t * v];
  },
  head(pen, way, size) {
    const [u, v] = way.b, [x, y] = way.c || way.a;
    const d = Math.hypot(u - x, v - y) || 1, dx = (u - x) / d, dy = (v - y) / d;
    pen.beginPath();
    pen.moveTo(u, v);
    pen.lineTo(u - dx * size - dy * size * 0.42, v - dy * size + dx * size * 0.42);
    pen.lineTo(u - dx * size + dy * size * 0.42, v - dy * size - dx * size * 0.42);
    pen.fill();
  },
};
