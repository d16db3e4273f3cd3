export interface Dot {
  x: number;
  y: number;
  name: string;
}

/** Where a name stands: the end of its line of text that is given, and which end that is. */
export interface Label {
  x: number;
  y: number;
  anchor: 'start' | 'middle' | 'end';
}

interface Box {
  left: number;
  right: number;
  top: number;
  bottom: number;
}

/** Size of 12-pixel text: mean advance of a letter, ascent and descent. */
const text = { advance: 6.8, above: 9, below: 4 };
const radius = 6;

/** Beside, above and below a dot; first those that a rising line through it leaves free. */
const places: readonly Label[] = [
  { x: -9, y: -7, anchor: 'end' },
  { x: 9, y: 15, anchor: 'start' },
  { x: 9, y: -7, anchor: 'start' },
  { x: -9, y: 15, anchor: 'end' },
  { x: 0, y: -13, anchor: 'middle' },
  { x: 0, y: 22, anchor: 'middle' },
  { x: 9, y: -21, anchor: 'start' },
  { x: -9, y: -21, anchor: 'end' },
  { x: 9, y: 29, anchor: 'start' },
  { x: -9, y: 29, anchor: 'end' },
];

/**
 * Places for the names of dots within `area` where they cover neither dots nor each other, as far as there are any: one
 * after the other takes the place where it covers least. In pixels, y downwards; one label a dot, in their order.
 */
export function placeLabels(dots: readonly Dot[], area: Box): Label[] {
  const taken: Box[] = dots.map(({ x, y }) => ({
    ...{ left: x - radius, right: x + radius, top: y - radius, bottom: y + radius },
  }));
  return dots.map(({ x, y, name }) => {
    const tried = places.map((place) => {
      const label = { ...place, x: x + place.x, y: y + place.y };
      const box = boxOf(label, name);
      const covered = taken.reduce((sum, other) => sum + overlap(box, other), 0);
      const size = (box.right - box.left) * (box.bottom - box.top);
      return { label, box, cost: covered + (size - overlap(box, area)) };
    });
    const { label, box } = tried.reduce((a, b) => (b.cost < a.cost ? b : a));
    taken.push(box);
    return label;
  });
}

function boxOf({ x, y, anchor }: Label, name: string): Box {
  const width = text.advance * name.length;
  const left = x - width * { start: 0, middle: 0.5, end: 1 }[anchor];
  return { left, right: left + width, top: y - text.above, bottom: y + text.below };
}

/** Area that two boxes share. */
function overlap(a: Box, b: Box): number {
  const width = Math.min(a.right, b.right) - Math.max(a.left, b.left);
  const height = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
  return Math.max(0, width) * Math.max(0, height);
}
