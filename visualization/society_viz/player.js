"use strict";
(() => {
  const film = JSON.parse(document.getElementById("film").textContent);
  const still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
  const moving = 0.55; // part of a beat in which words travel
  const forms = forming(film);
  // The form that is seen (on the way from one to another it is something between), the ends of that way, when it began,
  // how many milliseconds it takes (0: it is over), and how long words wait for it in this beat.
  let form = forms.at(0), from = form, goal = form, left = 0, lasting = 0, ahead = 0;
  let at = 0, playing = false, begun = 0, dots = [];

  const scene = $("scene");
  const defs = make(scene, "defs");
  const marker = (id, colour) => {
    const head = make(defs, "marker", { id, viewBox: "0 0 10 10", refX: 9, refY: 5, markerWidth: 7, markerHeight: 7, orient: "auto", markerUnits: "userSpaceOnUse" });
    make(head, "path", { d: "M0 1L10 5L0 9z", fill: colour });
  };
  const hatch = make(defs, "pattern", { id: "hatch", width: 5, height: 5, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" });
  make(hatch, "rect", { width: 5, height: 5, fill: "var(--hatch)" });
  make(hatch, "line", { x1: 0, y1: 0, x2: 0, y2: 5, stroke: SOFT, "stroke-width": 1.4 });
  film.kinds.forEach((look, place) => marker("tie" + place, look[0]));
  FLOWS.forEach((look, place) => marker("flow" + place, look.colour));
  MARKS.forEach((look, place) => marker("mark" + place, look.colour));
  const back = make(scene, "g"), ties = make(scene, "g"), flows = make(scene, "g"), rings = make(scene, "g");
  const people = make(scene, "g"), pinned = make(scene, "g"), bar = make(scene, "g"), front = make(scene, "g"), words = make(scene, "g"), queues = make(scene, "g");

  let named = []; // of each region that is seen: its community, its name, and where that is written
  const drawRegions = (regions) => {
    const group = make(back, "g");
    for (const [shape, x, y, size] of regions)
      if (shape === "disc") make(group, "circle", { cx: x, cy: y, r: size, fill: "var(--band)", stroke: LINE });
      else make(group, "line", { x1: 44, x2: 640, y1: y, y2: y, stroke: "var(--row)" });
    for (const [shape, x, y, size, label, community] of regions)
      if (shape === "disc") named.push([community, label, make(group, "text", { x, y: y - size - 5, "text-anchor": "middle", "font-size": 10.5, class: "halo soft" }, label)]);
      else make(group, "text", { x: 0, y: y + 3.5, "font-size": 10.5 }, label);
    return group;
  };
  const members = film.nodes.map(([name]) => {
    const group = make(people, "g");
    make(group, "title", {}, name);
    const disc = make(group, "circle", { stroke: INK });
    const mark = make(group, "text", { "text-anchor": "middle", "dominant-baseline": "central", "font-weight": "bold" });
    const text = make(front, "text", { "dominant-baseline": "central", "font-size": film.labels, class: "halo" });
    return { group, disc, mark, text };
  });
  for (const [node, x, width] of film.seats ? film.seats.parts : []) {
    const name = film.nodes[node][0];
    if (6.2 * name.length < width) make(bar, "text", { x: x + width / 2, y: film.seats.y - 5, "text-anchor": "middle", "font-size": 9.5 }, name);
  }
  const door = film.door && Object.fromEntries(["label", "x", "y", "r", "lx", "ly", "anchor"].map((key, place) => [key, film.door[place]]));
  if (door) {
    const { label, x, y, r, lx, ly, anchor } = door;
    make(people, "circle", { cx: x, cy: y, r, fill: INK });
    make(front, "text", { x: lx, y: ly, "text-anchor": anchor, "dominant-baseline": "central", "font-size": film.labels, class: "halo" }, label);
  }
  const parts = film.seats ? film.seats.parts.map(([node, x, width]) =>
    [node, make(bar, "rect", { x, y: film.seats.y, width: Math.max(width - 1.2, 0.6), height: 15 })]) : [];
  let state = [];
  if (film.seats) {
    make(bar, "rect", { x: film.seats.mark - 1, y: film.seats.y - 1, width: 2, height: 21, fill: INK });
    make(bar, "text", { x: film.seats.mark, y: film.seats.y + 32, "text-anchor": "middle", "font-size": 11 },
      number(film.seats.majority) + " of " + number(film.seats.total) + " seats are a majority");
    state = [[250, 12, "normal"], [272, 17, "bold"], [294, 12.5, "normal"]].map(([y, size, weight]) =>
      make(bar, "text", { x: 320, y, "text-anchor": "middle", "font-size": size, "font-weight": weight, class: "halo" }));
  }
  for (const [kind, label, look] of film.legend) {
    const row = tag($("lines"), "li");
    const sample = make(row, "svg", { viewBox: "0 0 34 16", "aria-hidden": "true" });
    const plain = { message: [SAY, 1.8, []], refused: [BAD, 1.6, [4, 3]], saw: [SEE, 1, []], sold: [GOOD, 2.2, []], request: [SAY, 1.8, []], done: [SEE, 1, []],
      added: [GOOD, 2.4, []], removed: [BAD, 1.6, [3, 3]] };
    const style = kind.startsWith("mark:") ? null : look || plain[kind];
    if (style) make(sample, "line", { x1: 1, x2: 33, y1: 8, y2: 8, stroke: style[0], "stroke-width": style[1], "stroke-dasharray": style[2].join(" ") });
    if (["message", "saw", "sold", "request", "done"].includes(kind)) make(sample, "circle", { cx: 22, cy: 8, r: 3, fill: kind === "saw" || kind === "done" ? PAPER : style[0], stroke: style[0] });
    if (kind.startsWith("mark:")) {
      const [which, shape, sign] = look, { colour, dashes } = MARKS[which % MARKS.length];
      if (shape === "arrow") {
        make(sample, "line", { x1: 1, x2: 33, y1: 8, y2: 8, stroke: colour, "stroke-width": 2.4, "stroke-dasharray": dashes });
        make(sample, "path", { d: "M34 8L25 4L25 12Z", fill: colour });
      } else {
        make(sample, "circle", { cx: 17, cy: 8, r: 6.5, fill: sign ? colour : "none", stroke: colour, "stroke-width": sign ? 0 : 2.4 });
        make(sample, "text", { x: 17, y: 8, "text-anchor": "middle", "dominant-baseline": "central", "font-size": 9, "font-weight": "bold", class: "sign" }, sign);
      }
    }
    if (kind === "refused") make(sample, "text", { x: 20, y: 12.5, "text-anchor": "middle", "font-size": 14 }, "×");
    if (kind === "proposed" || kind === "governing") make(sample, "circle", { cx: 17, cy: 8, r: 6, fill: "none", "stroke-width": 2.4,
      stroke: kind === "proposed" ? OFFER : INK, "stroke-dasharray": kind === "proposed" ? "3 2" : "" });
    if (kind === "won" || kind === "gone") make(sample, "circle", { cx: 17, cy: 8, r: 6, fill: "none", "stroke-width": kind === "won" ? 2.4 : 1,
      stroke: kind === "won" ? GOOD : SOFT, "stroke-dasharray": kind === "won" ? "" : "2 2" });
    if (kind === "offers") for (const [fill, points] of [["var(--bids)", "2,13 14,13 8,3"], ["var(--asks)", "20,3 32,3 26,13"]])
      make(sample, "polygon", { fill, points });
    if (kind === "waiting") for (const x of [3, 13, 23]) make(sample, "rect", { x, y: 4, width: 8, height: 8, fill: WAITS, stroke: INK, "stroke-width": 0.8 });
    if (kind === "price") make(sample, "text", { x: 17, y: 12, "text-anchor": "middle", "font-size": 11, "font-weight": "bold" }, "1.5");
    if (kind === "chair") make(sample, "text", { x: 17, y: 13, "text-anchor": "middle", "font-size": 14 }, "★");
    tag(row, "span", label);
  }

  const end = (node) => (node < 0 ? door : form.places[node]);
  const way = ([source, target, shift]) => forms.way(form, end(source), end(target), shift);
  const shifts = new Map(film.ties.filter((tie) => tie[6]).map((tie) => [tie[0] + ">" + tie[1], tie[6]]));

  let tied = "", strings = [];
  const placeTies = () => { for (const [path, ways] of strings) path.setAttribute("d", ways.map(way).join("")); };
  const drawTies = () => {
    const state = film.ties.map(([, , , first, last]) => (first <= at && at < last ? (first === at && at ? 2 : 1) : last === at ? 3 : 0));
    const key = state.join("");
    if (key === tied) return;
    tied = key;
    ties.replaceChildren();
    strings = [];
    const joined = new Map();
    film.ties.forEach(([source, target, kind, , , arrow, shift], place) => {
      const how = state[place];
      if (!how) return;
      const style = how === 2 ? [GOOD, 2.4, []] : how === 3 ? [BAD, 1.6, [3, 3]] : film.kinds[kind];
      const looks = { fill: "none", stroke: style[0], "stroke-width": style[1], "stroke-dasharray": style[2].join(" "), "stroke-opacity": how === 1 ? film.faint : 1 };
      const same = arrow ? place : how + ":" + kind;
      if (!joined.has(same)) joined.set(same, [make(ties, "path", arrow ? { ...looks, "marker-end": "url(#tie" + kind + ")" } : looks), []]);
      joined.get(same)[1].push([source, target, shift]);
    });
    strings = [...joined.values()];
    placeTies();
  };

  const placeFlows = () => {
    for (const flow of dots) {
      flow.path.setAttribute("d", way(flow.ends));
      flow.long = flow.path.getTotalLength() * (flow.cross ? 0.5 : 1);
      if (!flow.cross) continue;
      const half = flow.path.getPointAtLength(flow.long);
      put(flow.cross, { x: half.x, y: half.y });
    }
  };
  const drawFlows = (beat) => {
    flows.replaceChildren();
    dots = (beat.flows || []).map(([source, target, what], place) => {
      const look = FLOWS[what], hollow = what === 2 || what === 5;
      const path = make(flows, "path", { fill: "none", stroke: look.colour, "stroke-width": look.wide, "stroke-opacity": look.alpha });
      if (look.dashes) path.setAttribute("stroke-dasharray", look.dashes);
      else path.setAttribute("marker-end", "url(#flow" + what + ")");
      const cross = what === 1 && make(flows, "text", { "text-anchor": "middle", "dominant-baseline": "central", "font-size": 18, "font-weight": "bold", class: "halo" }, "×");
      const dot = place < 300 && make(flows, "circle", { r: look.dot, fill: hollow ? PAPER : look.colour, stroke: hollow ? look.colour : PAPER, visibility: "hidden" });
      return { path, cross, dot, ends: [source, target, shifts.get(source + ">" + target) || 0] };
    });
    for (const [source, target, which] of beat.arrows || []) {
      const place = which % MARKS.length, { colour, dashes } = MARKS[place];
      const path = make(flows, "path", { fill: "none", stroke: colour, "stroke-width": 2.4, "stroke-dasharray": dashes, "marker-end": `url(#mark${place})` });
      dots.push({ path, ends: [source, target, shifts.get(source + ">" + target) || 0] });
    }
    placeFlows();
  };

  let halos = [], offers = [], given = [], pins = [];
  const ring = (node, grow, looks) => halos.push([node, grow, make(rings, "circle", { fill: "none", ...looks })]);
  const offer = (node, sells, looks) => { // as the pictures have it: downwards to sell, upwards to buy
    const { x, y, r } = node, size = Math.max(3.5, 0.4 * r) * (sells ? 1 : -1), mx = x + 0.9 * r, my = y - 0.9 * r;
    return { points: `${mx - size},${my - size * 0.8} ${mx + size},${my - size * 0.8} ${mx},${my + size}`, ...looks };
  };
  const badge = ({ label, x, y, r, ly, anchor }) => { // as `labels.badge` has it: away from the name
    const gap = r + 8, along = { "text-anchor": "middle", x, y: y + (gap + 6) * (label && ly > y ? -1 : 1) };
    if (!label || anchor === "middle") return along;
    return anchor === "start" ? { "text-anchor": "end", x: x - gap, y } : { "text-anchor": "start", x: x + gap, y };
  };
  const placePins = () => { // as `geometry.pins` has them: rings around each other, badges on the corners
    for (const [node, sign, nth, disc, text] of pins) {
      const { x, y, r } = form.places[node];
      if (!sign) { put(disc, { cx: x, cy: y, r: r + 2.5 + 3.4 * nth }); continue; }
      const [right, down] = [[-1, -1], [1, 1], [-1, 1], [1, -1]][nth % 4], wide = Math.min(Math.max(0.46 * r, 3), 9);
      const spot = { x: x + 0.74 * r * right, y: y + 0.74 * r * down };
      put(disc, { cx: spot.x, cy: spot.y, r: wide });
      put(text, { ...spot, "font-size": 1.45 * wide / Math.max(sign.length * 0.72, 1), opacity: wide < 5 ? 0 : 1 });
    }
  };
  const placeMembers = () => {
    placePins();
    for (const [node, sells, mark] of offers) put(mark, offer(form.places[node], sells));
    for (const [node, grow, circle] of halos) {
      const { x, y, r } = form.places[node];
      put(circle, grow === null ? { x, y: y - r - 7 } : { cx: x, cy: y, r: r + grow });
    }
    for (const [node, text] of given) put(text, badge(form.places[node]));
    members.forEach(({ disc, mark, text }, node) => {
      const { label, x, y, r, lx, ly, anchor } = form.places[node];
      put(disc, { cx: x, cy: y, r });
      const size = Math.min(14.5, 1.1 * r, (2.6 * r) / Math.max(mark.textContent.length, 1));
      put(mark, { x, y, "font-size": size, opacity: size < 6.5 ? 0 : 1 });
      put(text, { x: lx, y: ly, "text-anchor": anchor });
      if (text.textContent !== label) text.textContent = label;
    });
  };

  const drawMembers = (beat, keys) => {
    rings.replaceChildren();
    halos = [];
    for (const node of beat.active || []) ring(node, 6.5, { fill: "var(--active)" });
    for (const node of beat.proposed || []) ring(node, 4, { stroke: OFFER, "stroke-width": 2.6, "stroke-dasharray": "5 3" });
    for (const node of beat.governing || []) ring(node, 4, { stroke: INK, "stroke-width": 3.4 });
    for (const [node] of beat.won || []) ring(node, 1.8, { stroke: GOOD, "stroke-width": 3.4 });
    words.replaceChildren();
    given = ((beat.won || []).length > 40 ? [] : beat.won || []).map(([node, what]) =>
      [node, make(words, "text", { "dominant-baseline": "central", "font-size": film.labels, "font-weight": "bold", class: "halo gain" }, what)]);
    pinned.replaceChildren();
    const nth = new Map();
    pins = (beat.badges || []).filter(([node]) => film.nodes[node][1] <= at).map(([node, sign, which]) => {
      const { colour } = MARKS[which % MARKS.length], place = nth.get(node) || 0;
      nth.set(node, place + 1);
      const looks = sign ? { fill: colour, stroke: PAPER } : { fill: "none", stroke: colour, "stroke-width": 2.4 };
      return [node, sign, place, make(pinned, "circle", looks),
        sign && make(pinned, "text", { "text-anchor": "middle", "dominant-baseline": "central", "font-weight": "bold", class: "sign" }, sign)];
    });
    const decided = new Map(beat.settled || []);
    for (const [community, label, text] of named) {
      text.textContent = decided.has(community) ? label + ": " + decided.get(community) : label;
      text.setAttribute("class", decided.has(community) ? "halo decided" : "halo soft");
    }
    if (beat.chair !== undefined) halos.push([beat.chair, null, make(rings, "text", { "text-anchor": "middle", "font-size": 16 }, "★")]);
    offers = (beat.offers || []).map(([node, sells]) =>
      [node, sells, make(rings, "polygon", { fill: sells ? "var(--asks)" : "var(--bids)", stroke: PAPER })]);
    const active = new Set(beat.active || []), gone = new Set(beat.gone || []);
    members.forEach(({ group, disc, mark, text }, node) => {
      const since = film.nodes[node][1], seen = since <= at ? "visible" : "hidden";
      const code = beat.fills[node], key = keys[code.charCodeAt(0) - 97];
      put(group, { visibility: seen, opacity: gone.has(node) ? 0.25 : 1 });
      put(text, { visibility: seen, opacity: gone.has(node) ? 0.4 : 1, "font-weight": active.has(node) ? "bold" : "normal" });
      const small = form.places[node].r < 5, dot = form.places[node].r < film.dot; // a rim would hide the colour of a dot
      put(disc, { fill: code === "-" ? "url(#hatch)" : key ? key[1] : PAPER, stroke: key ? (dot ? key[1] : INK) : SOFT, "stroke-width": dot ? 0.5 : 1 });
      mark.textContent = small || !key ? "" : [...(beat.marks ? beat.marks[node] : key[3])].slice(0, 6).join("");
      mark.style.fill = key ? key[2] : INK;
    });
    placeMembers();
  };

  // Everybody goes to the place of this beat: at once, or in *lasting* milliseconds from where they are.
  const stand = (where) => {
    form = where;
    placeTies();
    placeFlows();
    placeMembers();
  };
  const glide = (now) => {
    const part = Math.min((now - left) / lasting, 1), eased = part * part * (3 - 2 * part);
    stand(forms.between(from, goal, eased));
    behind.setAttribute("opacity", eased);
    if (part < 1) return requestAnimationFrame(glide);
    lasting = 0;
    back.replaceChildren(behind);
  };
  let behind = drawRegions(form.regions);
  const settle = (beat) => {
    const next = forms.at(at);
    ahead = 0;
    if (next === goal) return;
    const gliding = lasting > 0;
    [from, goal, left] = [form, next, performance.now()];
    back.replaceChildren();
    named = [];
    drawRegions(from.regions);
    behind = drawRegions(next.regions);
    if (still) {
      form = next;
      back.replaceChildren(behind);
      placeTies();
      return;
    }
    lasting = ahead = playing ? Math.min(900, (400 * beat.seconds) / Number($("speed").value)) : 700;
    behind.setAttribute("opacity", 0);
    if (!gliding) requestAnimationFrame(glide);
  };

  // Requests that wait, beside those they wait for; the last stack is the door's.
  const drawQueues = (beat) => {
    queues.replaceChildren();
    for (const [place, many] of Object.entries(beat.waiting || {})) {
      const [marks, size, counts] = film.stacks[place];
      for (const [x, y] of marks.slice(0, many)) make(queues, "rect", { x, y, width: size, height: size, fill: WAITS, stroke: INK, "stroke-width": 0.8 });
      if (many <= film.many) continue;
      const [x, y, anchor] = counts[Math.min(many, marks.length)];
      make(queues, "text", { x, y, "text-anchor": anchor, "dominant-baseline": "central", "font-size": 12.5, "font-weight": "bold", class: "halo count" }, number(many));
    }
  };

  const drawParliament = (beat) => {
    const inside = beat.proposed || beat.governing || [], offer = Boolean(beat.proposed);
    for (const [node, rect] of parts) rect.setAttribute("fill", inside.includes(node) ? (offer ? OFFER : INK) : REST);
    if (!state.length) return;
    const held = inside.reduce((sum, node) => sum + film.nodes[node][2], 0), names = inside.map((node) => film.nodes[node][0]).join(" + ");
    const short = held >= film.seats.majority ? "a majority" : number(film.seats.majority - held) + " short of a majority";
    const said = inside.length ? [offer ? "on offer" : "in government", names, number(held) + " seats, " + short] : ["", "", ""];
    state.forEach((text, row) => { text.textContent = said[row]; });
    state[1].setAttribute("font-size", Math.max(9, Math.min(17, 560 / Math.max(names.length, 1))));
  };


  const lines = [];
  const show = (place) => {
    at = Math.max(0, Math.min(film.beats.length - 1, place));
    const beat = film.beats[at], [question, keys, chart, heading] = film.polls[beat.poll];
    $("clock").textContent = "t = " + beat.t;
    $("question").textContent = question;
    $("answers").textContent = heading;
    $("market").setAttribute("aria-label", chart ? chart.title : "");
    $("scrub").value = at;
    $("scrub").setAttribute("aria-valuetext", beat.lines[0] || "");
    $("place").textContent = at + 1 + " / " + film.beats.length;
    $("caption").replaceChildren();
    for (const line of beat.lines) tag($("caption"), "p", line);
    $("caption").scrollTop = 0;
    settle(beat);
    drawTies();
    drawFlows(beat);
    drawMembers(beat, keys);
    drawQueues(beat);
    drawParliament(beat);
    drawTally(film, beat, keys);
    drawMarket(beat, chart);
    lines.forEach((button, row) => (row === at ? button.setAttribute("aria-current", "step") : button.removeAttribute("aria-current")));
    begun = performance.now();
  };

  const tick = (now) => {
    if (!playing) return;
    const beat = film.beats[at], lasts = (1000 * beat.seconds) / Number($("speed").value), part = (now - begun) / lasts;
    if (part >= 1) {
      if (at + 1 < film.beats.length) show(at + 1);
      else pause();
    } else if (!still && !lasting) {
      const way = Math.min(Math.max((now - begun - ahead) / Math.max(moving * lasts - ahead, 200), 0), 1), eased = way * way * (3 - 2 * way);
      for (const { path, long, dot } of dots) {
        if (!dot) continue;
        const spot = path.getPointAtLength(long * eased);
        put(dot, { cx: spot.x, cy: spot.y, visibility: way < 1 ? "visible" : "hidden" });
      }
    }
    requestAnimationFrame(tick);
  };
  const pause = () => { playing = false; $("play").textContent = "Play"; for (const { dot } of dots) if (dot) dot.setAttribute("visibility", "hidden"); };
  const play = () => {
    if (at + 1 === film.beats.length) show(0);
    playing = true;
    begun = performance.now();
    $("play").textContent = "Pause";
    requestAnimationFrame(tick);
  };
  const step = (place) => { pause(); show(place); };
  const faster = (by) => { const speed = $("speed"); speed.selectedIndex = Math.max(0, Math.min(speed.length - 1, speed.selectedIndex + by)); };

  $("play").addEventListener("click", () => (playing ? pause() : play()));
  $("back").addEventListener("click", () => step(at - 1));
  $("next").addEventListener("click", () => step(at + 1));
  $("scrub").addEventListener("input", () => step(Number($("scrub").value)));
  const KEYS = { " ": () => (playing ? pause() : play()), ArrowLeft: () => step(at - 1), ArrowRight: () => step(at + 1), Home: () => step(0),
    End: () => step(film.beats.length - 1), "+": () => faster(1), "-": () => faster(-1) };
  document.addEventListener("keydown", (event) => {
    if (!KEYS[event.key] || event.ctrlKey || event.altKey || event.metaKey || event.target.closest("select, summary, input")) return;
    if (event.key === " " && event.target.closest("button")) return; // the button itself is meant
    event.preventDefault();
    KEYS[event.key]();
  });

  document.title = film.title;
  $("title").textContent = film.title;
  $("provenance").textContent = film.provenance;
  $("scrub").max = film.beats.length - 1;
  film.beats.forEach((beat, place) => {
    const button = tag(tag($("transcript"), "li"), "button", "t = " + beat.t + "  " + beat.lines.join(" "));
    button.type = "button";
    button.addEventListener("click", () => step(place));
    lines.push(button);
  });
  show(0);
})();
