// Sizes of a picture's parts, pixels, and the ways of its arrows.
import type { Area, Flow, Mark, MarkedCard } from "./model.ts";

export const size = {
  margin: 20,
  pad: 14,
  /** Below the heading of the picture. */
  top: 62,
  /** Height of an area's or a frame's heading. */
  title: 24,
  line: 15,
  /** Left of the cards, for an area's own text. */
  gutter: 150,
  card: 204,
  side: 176,
  /** Of cards below the main areas. */
  small: 152,
  gap: 26,
  /** Cards in a row. */
  columns: 4,
  /** Between rows of one area, for arrows and their labels. */
  between: 44,
  /** Between cards in a column at the side. */
  stack: 16,
  areas: 30,
  /** Of a card, without its lines. */
  head: 46,
} as const;

export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface Placed extends Box {
  readonly card: MarkedCard;
}

export interface PlacedArea extends Box {
  readonly area: Area & { readonly mark?: Mark };
}

export interface Frame extends Box {
  readonly title: string;
}

interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Arrow {
  readonly flow: Flow & { readonly mark?: Mark };
  /** An SVG path. */
  readonly path: string;
  /** Where its label stands. */
  readonly label: Point;
  /** Whether the label begins at that point or ends there. */
  readonly anchor: "start" | "end";
}

type Side = "top" | "bottom" | "left" | "right";

interface Way {
  readonly flow: Arrow["flow"];
  readonly from: Placed;
  readonly to: Placed;
  readonly leaves: Side;
  readonly enters: Side;
}

/** Arrows that leave or enter one side of a card share it evenly, in the order of where they go. */
export function arrows(flows: readonly Arrow["flow"][], cards: readonly Placed[]): Arrow[] {
  const byId = new Map(cards.map((placed) => [placed.card.id, placed]));
  const ways = flows.flatMap((flow) => {
    const [from, to] = [byId.get(flow.from), byId.get(flow.to)];
    return from === undefined || to === undefined ? [] : [wayBetween(flow, from, to)];
  });
  return ways.map((way) => {
    const start = portOf(way, way.from, way.leaves, ways);
    const end = portOf(way, way.to, way.enters, ways);
    const beside = ways.filter((other) => other.to === way.to && other.enters === way.enters);
    const path = pathOf(start, way.leaves, end, way.enters);
    return { flow: labelled(way, beside), path, ...labelOf(way, start, end, beside.length > 1) };
  });
}

/** Arrows with one label that come in side by side show it once, at the one that comes from furthest left. */
function labelled({ flow, from }: Way, beside: readonly Way[]): Way["flow"] {
  const same = beside.every((other) => other.flow.label === flow.label);
  return same && beside.some((other) => other.from.x < from.x) ? { ...flow, label: "" } : flow;
}

function wayBetween(flow: Arrow["flow"], from: Placed, to: Placed): Way {
  const [leaves, enters] = sides(from, to);
  return { flow, from, to, leaves, enters };
}

function sides(from: Placed, to: Placed): readonly [Side, Side] {
  if (from.x + from.width <= to.x && isFar(from, to)) return ["right", "left"];
  if (to.x + to.width <= from.x && isFar(from, to)) return ["left", "right"];
  const distance = to.y - (from.y + from.height);
  // Past a card in between.
  if (to.x === from.x && distance > size.stack && from.width === size.side) return ["left", "left"];
  return distance >= 0 ? ["bottom", "top"] : ["top", "bottom"];
}

/** To another column of areas, or beside each other. */
function isFar(from: Placed, to: Placed): boolean {
  return from.width !== to.width || (from.y < to.y + to.height && to.y < from.y + from.height);
}

function portOf(way: Way, card: Placed, side: Side, ways: readonly Way[]): Point {
  const along = side === "top" || side === "bottom" ? "x" : "y";
  const others = ways
    .flatMap((one) => [
      ...(one.from === card && one.leaves === side ? [{ way: one, far: one.to }] : []),
      ...(one.to === card && one.enters === side ? [{ way: one, far: one.from }] : []),
    ])
    .toSorted((a, b) => a.far[along] - b.far[along] || a.far.y - b.far.y);
  const share = (others.findIndex((one) => one.way === way) + 1) / (others.length + 1);
  if (along === "x")
    return { x: round(card.x + card.width * share), y: side === "top" ? card.y : card.y + card.height };
  return { x: side === "left" ? card.x : card.x + card.width, y: round(card.y + card.height * share) };
}

function pathOf(start: Point, leaves: Side, end: Point, enters: Side): string {
  const vertical = leaves === "top" || leaves === "bottom";
  const reach = vertical ? Math.abs(end.y - start.y) / 2 : Math.max(18, Math.abs(end.x - start.x) / 2);
  const one = beyond(start, leaves, reach);
  const two = beyond(end, enters, reach);
  return `M${point(start)}C${point(one)} ${point(two)} ${point(end)}`;
}

function beyond({ x, y }: Point, side: Side, reach: number): Point {
  const step = { top: [0, -1], bottom: [0, 1], left: [-1, 0], right: [1, 0] }[side] as [number, number];
  return { x: round(x + step[0] * reach), y: round(y + step[1] * reach) };
}

/** Beside an arrow that goes down, near its head, where few others are; above one that goes to the right, at its end. */
function labelOf(way: Way, start: Point, end: Point, isCrowded: boolean): Pick<Arrow, "label" | "anchor"> {
  if (way.enters === "left" || way.enters === "right") {
    const width = way.flow.label.length * 6.2;
    return { label: { x: round(end.x - (way.enters === "left" ? width + 12 : -12)), y: end.y - 5 }, anchor: "start" };
  }
  const down = way.enters === "top" ? -1 : 1;
  return {
    label: { x: end.x + (isCrowded ? -7 : 7), y: round(end.y + down * Math.min(16, Math.abs(end.y - start.y) / 2)) },
    anchor: isCrowded ? "end" : "start",
  };
}

function point({ x, y }: Point): string {
  return `${x} ${y}`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
