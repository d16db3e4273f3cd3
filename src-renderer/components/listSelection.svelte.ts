/** Which rows of a long list are chosen, by their keys, and at which one the keyboard is. */
export class ListSelection {
  active = $state(0);
  chosen = $state.raw<ReadonlySet<string>>(new Set());
  /** Where a range begins. */
  private anchor = 0;

  /** @param keys of all rows, in their order */
  constructor(private readonly keys: () => readonly string[]) {}

  /** Goes to a row and chooses it, or all from the anchor on. */
  move(to: number, extend = false): void {
    const keys = this.keys();
    if (keys.length === 0) return;
    this.active = Math.min(keys.length - 1, Math.max(0, to));
    if (!extend) this.anchor = this.active;
    const [from, last] = [this.anchor, this.active].sort((a, b) => a - b) as [number, number];
    this.chosen = new Set(keys.slice(from, last + 1));
  }

  toggle(index: number): void {
    const key = this.keys()[index];
    if (key === undefined) return;
    this.active = this.anchor = index;
    const chosen = new Set(this.chosen);
    if (!chosen.delete(key)) chosen.add(key);
    this.chosen = chosen;
  }

  all(): void {
    this.chosen = new Set(this.keys());
  }

  clear(): void {
    this.active = this.anchor = 0;
    this.chosen = new Set();
  }

  /** After rows are gone: the keyboard stays at the same place. */
  keep(): void {
    const count = this.keys().length;
    this.active = this.anchor = Math.max(0, Math.min(this.active, count - 1));
    this.chosen = new Set();
  }
}
