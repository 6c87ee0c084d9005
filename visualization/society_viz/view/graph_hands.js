// Hands and keys: pointing, choosing, moving about, zooming.
const hands = {
  spot(event) {
    const box = this.$refs.paper.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  },
  near(x, y) {
    const see = this.view();
    let best = -1, least = 1e9;
    this.cast.nodes.forEach((node, i) => {
      const [u, v] = this.on(i, see), d = Math.hypot(u - x, v - y) - this.radius(i, see);
      if (d < 8 && d < least) { best = i; least = d; }
    });
    return best;
  },
  hover(event) {
    const [x, y] = this.spot(event), i = this.near(x, y);
    this.tip = i < 0 ? '' : this.cast.nodes[i][1] + this.answer(i);
    this.tipX = Math.min(x + 12, this.view().wide - 150);
    this.tipY = y + 14;
    if (i !== this.over) { this.over = i; this.draw(); }
    this.$refs.paper.style.cursor = i < 0 ? (this.scale > 1 ? 'grab' : 'default') : 'pointer';
  },
  click(event) {
    if (this.moved) { this.moved = false; return; }
    const i = this.near(...this.spot(event));
    if (i >= 0) { this.at = i; this.choose(this.cast.nodes[i][0]); }
  },
  key(event) {
    const step = {ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1]}[event.key];
    if (event.key === 'Enter' || (event.key === ' ' && this.at >= 0)) {
      if (this.at >= 0) this.choose(this.cast.nodes[this.at][0]);
    } else if (event.key === '+' || event.key === '-') this.zoom(event.key === '+' ? 1.25 : 0.8);
    else if (event.key === 'Escape') { this.choose(-1); this.at = -1; this.draw(); return; }
    else if (step) this.at = this.at < 0 ? 0 : this.toward(step);
    else return;
    event.preventDefault();
    event.stopPropagation();
    this.draw();
  },
  toward([dx, dy]) {
    const [x, y] = this.places[this.at] || [0, 0];
    let best = this.at, least = 1e9;
    this.places.forEach(([u, v], i) => {
      const ahead = (u - x) * dx + (v - y) * dy, aside = Math.abs((u - x) * dy) + Math.abs((v - y) * dx);
      if (i !== this.at && ahead > 0.5 && ahead + 2.5 * aside < least) { best = i; least = ahead + 2.5 * aside; }
    });
    return best;
  },
  zoom(by) {
    const see = this.view(), scale = Math.min(Math.max(this.scale * by, 1), 8), real = scale / this.scale;
    this.dx = see.wide / 2 - (see.wide / 2 - this.dx) * real;
    this.dy = see.high / 2 - (see.high / 2 - this.dy) * real;
    this.scale = scale;
    if (scale === 1) this.whole(); else this.draw();
  },
  whole() { this.scale = 1; this.dx = this.dy = 0; this.draw(); },
  wheel(event) {
    if (!event.ctrlKey) return;
    event.preventDefault();
    this.zoom(event.deltaY < 0 ? 1.15 : 1 / 1.15);
  },
  grab(event) { this.held = this.scale > 1 ? [event.clientX - this.dx, event.clientY - this.dy] : null; this.moved = false; },
  drag(event) {
    if (!this.held) return;
    const x = event.clientX - this.held[0], y = event.clientY - this.held[1];
    if (Math.hypot(x - this.dx, y - this.dy) > 3) this.moved = true;
    if (this.moved) { this.dx = x; this.dy = y; this.draw(); }
  },
  drop() { this.held = null; },
};
