interface Point {
  x: number;
  y: number;
}

export interface GestureActions {
  pan: (dx: number, dy: number) => void;
  /** By a factor, about a place. */
  zoom: (factor: number, x: number, y: number) => void;
}

/** Wheel steps may be told in lines or pages. */
const pixelsPer = [1, 16, 400] as const;

/** Drag with one pointer, pinch with two, wheel. */
export class Gestures {
  private readonly pointers = new Map<number, Point>();

  constructor(private readonly act: GestureActions) {}

  down(id: number, x: number, y: number): void {
    this.pointers.set(id, { x, y });
  }

  up(id: number): void {
    this.pointers.delete(id);
  }

  move(id: number, x: number, y: number): void {
    const before = this.pointers.get(id);
    if (!before) return;
    this.pointers.set(id, { x, y });
    const other = [...this.pointers].find(([one]) => one !== id)?.[1];
    if (other) {
      const factor = distance({ x, y }, other) / Math.max(1, distance(before, other));
      this.act.zoom(factor, (x + other.x) / 2, (y + other.y) / 2);
    }
    const share = other ? 2 : 1;
    this.act.pan((x - before.x) / share, (y - before.y) / share);
  }

  wheel(delta: number, mode: number, x: number, y: number): void {
    this.act.zoom(Math.exp(-delta * (pixelsPer[mode] ?? 1) * 0.0015), x, y);
  }
}

const distance = (a: Point, b: Point): number => Math.hypot(a.x - b.x, a.y - b.y);
