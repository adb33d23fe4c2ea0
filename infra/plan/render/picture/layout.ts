// Where everything of a picture stands: what traffic goes through from top to bottom, all else in columns to the right.
import { compare } from "../../style.ts";
import { type Frame, type Placed, type PlacedArea, size } from "./geometry.ts";
import type { Area, Flow, MarkedCard, Picture } from "./model.ts";

export interface Layout {
  readonly width: number;
  readonly height: number;
  readonly frames: readonly Frame[];
  readonly areas: readonly PlacedArea[];
  readonly cards: readonly Placed[];
}

export function layout(picture: Picture): Layout {
  const main = mainColumn(picture);
  const left = size.margin * 2 + main.width;
  const side = sideColumn(picture, left);
  const below = belowMain(picture, main.width, main.bottom + size.areas);
  const bottom = Math.max(main.bottom, side.bottom, below.bottom);
  return {
    width: left + side.width,
    height: bottom + size.margin,
    frames: main.frames,
    areas: [...main.areas, ...below.areas, ...side.areas],
    cards: [...main.cards, ...below.cards, ...side.cards],
  };
}

function mainColumn({ areas, cards, flows }: Picture) {
  const rows = areas
    .filter(({ place }) => place === "main")
    .map((area) => ({ area, rows: rowsOf(area, cards, flows), shift: isPassedBy(area, cards, flows) ? 1 : 0 }));
  const columns = Math.max(2, ...rows.map(({ rows, shift }) => shift + Math.max(0, ...rows.map((row) => row.length))));
  const inner = size.gutter + columns * (size.card + size.gap) + size.pad - size.gap;
  const width = inner + 2 * size.pad;
  const frames: Frame[] = [];
  const placedAreas: PlacedArea[] = [];
  const placedCards: Placed[] = [];
  let y = size.top;
  for (const [i, { area, rows: lines, shift }] of rows.entries()) {
    const opens = area.frame !== undefined && rows[i - 1]?.area.frame !== area.frame;
    if (opens) {
      frames.push({ title: area.frame ?? "", x: size.margin, y, width, height: 0 });
      y += size.title + 4;
    }
    const top = y;
    const x = size.margin + size.pad;
    y += size.pad;
    for (const [j, row] of lines.entries()) {
      if (j > 0) y += size.between;
      row.forEach((card, column) => {
        const at = x + size.gutter + (column + shift) * (size.card + size.gap);
        placedCards.push({ card, x: at, y, width: size.card, height: heightOf(card) });
      });
      y += Math.max(0, ...row.map(heightOf));
    }
    y = Math.max(y, top + size.title + area.lines.length * size.line) + size.pad;
    placedAreas.push({ area, x, y: top, width: inner, height: y - top });
    const closes = area.frame !== undefined && rows[i + 1]?.area.frame !== area.frame;
    const frame = frames.at(-1);
    if (closes && frame !== undefined) {
      y += size.pad;
      frames[frames.length - 1] = { ...frame, height: y - frame.y };
    }
    y += size.areas;
  }
  return { width, bottom: y - size.areas, frames, areas: placedAreas, cards: placedCards };
}

/** Cards below those that data comes from, in rows that are not too long. */
function rowsOf(area: Area, cards: readonly MarkedCard[], flows: readonly Flow[]): MarkedCard[][] {
  const own = cards.filter((card) => card.area === area.id);
  const ids = new Set(own.map(({ id }) => id));
  const inner = flows.filter(({ from, to }) => ids.has(from) && ids.has(to));
  const ranks = ranksOf(own, inner);
  const entered = new Set(flows.map(({ to }) => to));
  const leaves = new Set(flows.map(({ from }) => from));
  const weight = ({ id }: MarkedCard) => (entered.has(id) ? 0 : leaves.has(id) ? 1 : 2);
  const byRank = Map.groupBy(own, ({ id }) => ranks.get(id) ?? 0);
  return [...byRank]
    .toSorted(([a], [b]) => a - b)
    .flatMap(([, row]) =>
      inChunks(
        row.toSorted((a, b) => weight(a) - weight(b) || compare(a.title, b.title)),
        size.columns,
      ),
    );
}

function ranksOf(own: readonly MarkedCard[], inner: readonly Flow[]): Map<string, number> {
  const ranks = new Map<string, number>();
  const rank = (id: string, above: readonly string[]): number => {
    const known = ranks.get(id);
    if (known !== undefined) return known;
    // Whoever calls back is no further down for it.
    const before = inner.filter(({ from, to }) => to === id && !above.includes(from)).map(({ from }) => from);
    const found = Math.max(-1, ...before.map((from) => rank(from, [...above, id]))) + 1;
    ranks.set(id, found);
    return found;
  };
  const linked = new Set(inner.flatMap(({ from, to }) => [from, to]));
  for (const { id } of own.filter((card) => linked.has(card.id))) rank(id, []);
  const last = Math.max(0, ...ranks.values());
  for (const { id } of own) if (!ranks.has(id)) ranks.set(id, last);
  return ranks;
}

/** Whether data goes by an area and to none of its cards: then the first column is left to it. */
function isPassedBy(area: Area, cards: readonly MarkedCard[], flows: readonly Flow[]): boolean {
  const ids = new Set(cards.filter((card) => card.area === area.id).map(({ id }) => id));
  return flows.length > 0 && !flows.some(({ from, to }) => ids.has(from) || ids.has(to));
}

function sideColumn({ areas, cards, flows }: Picture, left: number) {
  const entered = new Set(flows.map(({ to }) => to));
  const side = areas.filter(({ place }) => place === "side");
  const width = 2 * size.side + size.gap + 2 * size.pad;
  const placedAreas: PlacedArea[] = [];
  const placedCards: Placed[] = [];
  let y = size.top;
  for (const area of side) {
    const own = cards.filter((card) => card.area === area.id);
    // Those that arrows come to stand in the first column, which is nearer.
    const sorted = own.toSorted((a, b) => Number(entered.has(b.id)) - Number(entered.has(a.id)));
    const columns = inChunks(sorted, Math.ceil(sorted.length / 2));
    const top = y + size.title + 6;
    const bottoms = columns.map((column, i) => {
      let at = top;
      for (const card of column) {
        const x = left + size.pad + i * (size.side + size.gap);
        placedCards.push({ card, x, y: at, width: size.side, height: heightOf(card) });
        at += heightOf(card) + size.stack;
      }
      return at - size.stack;
    });
    const bottom = Math.max(top, ...bottoms) + size.pad;
    placedAreas.push({ area, x: left, y, width, height: bottom - y });
    y = bottom + size.areas;
  }
  return side.length === 0
    ? { width: 0, bottom: 0, areas: [], cards: [] }
    : { width: width + size.margin, bottom: y - size.areas, areas: placedAreas, cards: placedCards };
}

/** Small things, row by row. */
function belowMain({ areas, cards }: Picture, width: number, top: number) {
  const placedAreas: PlacedArea[] = [];
  const placedCards: Placed[] = [];
  let y = top;
  for (const area of areas.filter(({ place }) => place === "below")) {
    const own = cards.filter((card) => card.area === area.id);
    const columns = Math.max(1, Math.floor((width - 2 * size.pad + size.stack) / (size.small + size.stack)));
    const height = Math.max(0, ...own.map(heightOf));
    own.forEach((card, i) => {
      const x = size.margin + size.pad + (i % columns) * (size.small + size.stack);
      const at = y + size.title + 6 + Math.floor(i / columns) * (height + size.stack);
      placedCards.push({ card, x, y: at, width: size.small, height });
    });
    const end = y + size.title + 6 + Math.ceil(own.length / columns) * (height + size.stack);
    placedAreas.push({ area, x: size.margin, y, width, height: end - y });
    y = end + size.areas;
  }
  return { bottom: y - size.areas, areas: placedAreas, cards: placedCards };
}

function heightOf({ lines }: MarkedCard): number {
  return size.head + lines.filter(Boolean).length * size.line;
}

function inChunks<T>(all: readonly T[], length: number): T[][] {
  return Array.from({ length: Math.ceil(all.length / Math.max(1, length)) }, (_, i) =>
    all.slice(i * length, (i + 1) * length),
  );
}
