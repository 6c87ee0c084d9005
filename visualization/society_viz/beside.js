"use strict";
// Beside the scene: the answers with their tallies, what was decided, and prices over time.
const drawTally = (film, beat, keys) => {
  const list = $("tally"), here = film.nodes.map((_, node) => node).filter((node) => beat.fills[node] !== "." || film.nodes[node][1] === 0);
  const rows = keys.map((key, place) => [String.fromCharCode(97 + place), ...key]);
  rows.push(["-", "abstains", "url(#hatch)", INK, ""], [".", film.polls[beat.poll][3] === "Bids" ? "no bid" : "no answer yet", PAPER, INK, ""]);
  const whole = film.nodes.reduce((sum, node) => sum + node[2], 0);
  list.replaceChildren();
  $("answers").hidden = !keys.length;
  const [about, parts] = film.setting, before = !keys.length && !film.polls[beat.poll][0];
  $("setting").hidden = !before || !about;
  if (before && !$("setting").lastElementChild.children.length) {
    $("setting").children[1].textContent = about;
    for (const part of parts) tag($("setting").lastElementChild, "li", part);
  }
  for (const [code, label, colour, ink, letter] of rows) {
    const those = here.filter((node) => beat.fills[node] === code);
    if (!those.length && (code === "-" || code === ".")) continue;
    if (!keys.length && code === ".") continue;
    const row = tag(list, "li"), badge = make(row, "svg", { viewBox: "0 0 20 20", "aria-hidden": "true" });
    make(badge, "circle", { cx: 10, cy: 10, r: 9, fill: colour, stroke: INK });
    make(badge, "text", { x: 10, y: 10.5, "text-anchor": "middle", "dominant-baseline": "central", "font-size": [12, 12, 10.5, 8][letter.length] || 8, "font-weight": "bold" }, letter).style.fill = ink;
    tag(row, "span", label);
    const seats = those.reduce((sum, node) => sum + film.nodes[node][2], 0);
    tag(row, "strong", number(those.length) + (seats ? " (" + number(seats) + " seats)" : ""));
    const part = tag(tag(row, "span", undefined, "bar"), "span");
    part.style.width = (100 * (whole ? seats / whole : those.length / Math.max(here.length, 1))).toFixed(1) + "%";
    part.style.background = colour.startsWith("#") ? colour : "var(--faint)";
  }
  const verdict = beat.right === true ? " ✓ right" : beat.right === false ? " ✗ wrong" : "";
  $("decision").textContent = beat.decision ? "Decided" + verdict + "\n" + beat.decision : "";
  $("decision").className = beat.right === true ? "right" : beat.right === false ? "wrong" : "";
  $("score").textContent = beat.score || "";
};

// Prices over time, and beside them the offers that stand.
const drawMarket = (beat, chart) => {
  const market = $("market");
  market.replaceChildren();
  market.style.display = chart && beat.market ? "" : "none";
  if (!chart || !beat.market) return;
  const [seen, bars, ends] = beat.market, [left, right, bottom] = chart.box;
  const write = (x, y, words, size, looks) => make(market, "text", { x, y, "font-size": size, "dominant-baseline": "central", ...looks }, words);
  if (chart.band) make(market, "rect", { x: left, y: chart.band[0] - 0.7, width: right - left, height: chart.band[1] - chart.band[0] + 1.4, fill: REST });
  for (const [y, words] of chart.rows) {
    make(market, "line", { x1: left, x2: right, y1: y, y2: y, stroke: LINE });
    write(left - 5, y, words, 10.5, { "text-anchor": "end", class: "quiet" });
  }
  for (const [x, words, anchor] of chart.times) write(x, bottom + 12, words, 10.5, { "text-anchor": anchor, class: "quiet" });
  write(0, 8, chart.title, 11.5, { "font-weight": "bold" });
  if (chart.book) {
    write(176, 8, "bids", 11.5, { "font-weight": "bold", class: "bids" });
    write(210, 8, "asks", 11.5, { "font-weight": "bold", class: "asks" });
  }
  chart.lines.forEach(([colour, points], place) => {
    const known = points.slice(0, seen[place]);
    if (known.length > 1) make(market, "polyline", { points: known.map((spot) => spot.join()).join(" "), fill: "none", stroke: colour, "stroke-width": chart.book ? 1.3 : 2 });
    for (const [x, y] of chart.dots === "all" ? known : chart.dots ? known.slice(-1) : []) make(market, "circle", { cx: x, cy: y, r: 2.2, fill: colour });
  });
  for (const [y, x, width, asks] of bars) make(market, "rect", { x, y: y - 1.6, width, height: 3.2, fill: asks ? BAD : "var(--bids)" });
  for (const [x, y, words] of ends)
    if (chart.book) write(Math.min(x, right - 12), y > 40 ? y - 9 : y + 10, words, 11, { "text-anchor": "middle", "font-weight": "bold", class: "halo" });
    else write(x + 4, y, words, 10.5, { "font-weight": "bold", class: "halo" });
};
