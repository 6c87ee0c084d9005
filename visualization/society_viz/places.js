"use strict";
// Where everybody stands from beat to beat, and the ways between them: as `film.Form` and `geometry.curve` have it.
const forming = (film) => {
  let known = [];
  const forms = film.forms.map(([first, moved, regions, [x, y, pull]]) => {
    known = [...known];
    for (const [node, label, x, y, r, lx, ly, anchor] of moved) known[node] = { label, x, y, r, lx, ly, anchor };
    return { first, places: known, regions, middle: [x, y], pull };
  });
  const at = (beat) => forms.findLast((form) => form.first <= beat);

  const between = (one, other, part) => {
    if (part >= 1) return other;
    const mixed = (a, b) => a + (b - a) * part;
    const places = other.places.map((there, node) => {
      const here = one.places[node];
      if (here === there) return there;
      const x = mixed(here.x, there.x), y = mixed(here.y, there.y);
      return { ...there, x, y, r: mixed(here.r, there.r), lx: x + there.lx - there.x, ly: y + there.ly - there.y };
    });
    return { ...other, places, middle: [0, 1].map((axis) => mixed(one.middle[axis], other.middle[axis])), pull: mixed(one.pull, other.pull) };
  };

  const rim = (place, x, y, gap, sx, sy) => {
    const far = Math.hypot(x - place.x, y - place.y) || 1, out = Math.min(place.r + gap, far / 2);
    return [place.x + ((x - place.x) / far) * out + sx, place.y + ((y - place.y) / far) * out + sy];
  };
  const told = (spot) => spot[0].toFixed(1) + " " + spot[1].toFixed(1);
  // A way from one place to another, as SVG has it.
  const way = (form, a, b, shift) => {
    const far = Math.hypot(b.x - a.x, b.y - a.y) || 1, sx = (-(b.y - a.y) / far) * shift, sy = ((b.x - a.x) / far) * shift;
    let x = (a.x + b.x) / 2, y = (a.y + b.y) / 2;
    const inwards = Math.hypot(form.middle[0] - x, form.middle[1] - y), bend = Math.min(2 * form.pull * far, inwards);
    if (bend < 1) return "M" + told(rim(a, b.x, b.y, 1.5, sx, sy)) + "L" + told(rim(b, a.x, a.y, 2, sx, sy));
    x += (bend * (form.middle[0] - x)) / inwards;
    y += (bend * (form.middle[1] - y)) / inwards;
    return "M" + told(rim(a, x, y, 1.5, sx, sy)) + "Q" + told([x + sx, y + sy]) + " " + told(rim(b, x, y, 2, sx, sy));
  };
  return { at, between, way };
};
