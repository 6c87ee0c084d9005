"use strict";
// What all parts of the player draw with.
const $ = (id) => document.getElementById(id);
const SVG = "http://www.w3.org/2000/svg";
// Colours have names, so that the style sheet can give them a dark look; those of answers stay.
const INK = "var(--ink)", SOFT = "var(--soft)", PAPER = "var(--paper)", LINE = "var(--line)", REST = "var(--rest)";
const SAY = "var(--say)", BAD = "var(--bad)", SEE = "var(--see)", GOOD = "var(--good)", OFFER = "var(--offer)", WAITS = "var(--waits)";
// What entries are marked with, in the order in which these marks come; after the last, the first again.
const MARKS = ["5 2.5", "2 1.6", "7 2 1.5 2", ""].map((dashes, place) => ({ colour: `var(--m${place})`, dashes }));
const FLOWS = [
  { colour: SAY, wide: 1.8, alpha: 0.55, dot: 3.6 }, // message
  { colour: BAD, wide: 1.6, alpha: 1, dot: 3.6, dashes: "4 3" }, // refused
  { colour: SEE, wide: 1, alpha: 0.55, dot: 2.2 }, // an answer shown to another
  { colour: GOOD, wide: 2.2, alpha: 0.85, dot: 4 }, // a sale
  { colour: SAY, wide: 1.8, alpha: 0.55, dot: 4.2 }, // a request
  { colour: SEE, wide: 1, alpha: 0.55, dot: 2.8 }, // an answered one
];

const put = (node, attributes) => { for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value); };
// Words reach the page as text nodes only.
const make = (parent, name, attributes, words) => {
  const node = document.createElementNS(SVG, name);
  put(node, attributes || {});
  if (words !== undefined) node.textContent = words;
  parent.append(node);
  return node;
};
const tag = (parent, name, words, kind) => {
  const node = document.createElement(name);
  if (words !== undefined) node.textContent = words;
  if (kind) node.className = kind;
  parent.append(node);
  return node;
};
const number = (value) => value.toLocaleString("en");
