import { assert } from '../base/errors';

/**
 * A frozen rectangle of whole pixels: columns [x, x + width), rows [y, y + height).
 *
 * Laws (property-tested): `a.intersect(b)` lies in both; `a.grow(n).grow(-n)` is `a`;
 * `a.scale(s).width === a.width * s`; `a.intersect(b)` is empty exactly when no pixel is shared.
 */
export class Region {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;

  constructor(x: number, y: number, width: number, height: number) {
    assert(
      Number.isInteger(x) && Number.isInteger(y) && Number.isInteger(width) && Number.isInteger(height),
      `a region has whole pixels, got ${x},${y} ${width}x${height}`,
    );
    this.x = x;
    this.y = y;
    this.width = Math.max(0, width);
    this.height = Math.max(0, height);
    Object.freeze(this);
  }

  /** The region that covers a whole picture. */
  static of(size: { width: number; height: number }): Region {
    return new Region(0, 0, size.width, size.height);
  }

  /** First column to the right. */
  get right(): number {
    return this.x + this.width;
  }

  /** First row below. */
  get bottom(): number {
    return this.y + this.height;
  }

  get area(): number {
    return this.width * this.height;
  }

  get isEmpty(): boolean {
    return this.area === 0;
  }

  /** The pixels that lie in both; an empty region when there are none. */
  intersect(other: Region): Region {
    const x = Math.max(this.x, other.x);
    const y = Math.max(this.y, other.y);
    return new Region(x, y, Math.min(this.right, other.right) - x, Math.min(this.bottom, other.bottom) - y);
  }

  /** Grown by `margin` pixels on each side (shrunk where negative). */
  grow(margin: number): Region {
    return new Region(this.x - margin, this.y - margin, this.width + 2 * margin, this.height + 2 * margin);
  }

  /** The same place in a picture that is `scale` times as large. */
  scale(scale: number): Region {
    return new Region(this.x * scale, this.y * scale, this.width * scale, this.height * scale);
  }

  translate(dx: number, dy: number): Region {
    return new Region(this.x + dx, this.y + dy, this.width, this.height);
  }

  /** The same pixels, seen from the top left corner of `outer`. */
  relativeTo(outer: Region): Region {
    return this.translate(-outer.x, -outer.y);
  }

  contains(other: Region): boolean {
    return (
      other.isEmpty ||
      (other.x >= this.x && other.y >= this.y && other.right <= this.right && other.bottom <= this.bottom)
    );
  }

  equals(other: Region): boolean {
    return (
      this.x === other.x && this.y === other.y && this.width === other.width && this.height === other.height
    );
  }
}
