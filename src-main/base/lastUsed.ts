interface Kept<T> {
  value: Promise<T>;
  /** Nothing while it is being made. */
  weight: number;
}

/**
 * Values by key; those that were used longest ago are dropped once all weigh more than `most` together. The one that was
 * asked for last stays, whatever it weighs.
 */
export class LastUsed<T> {
  /** In the order of use: a Map keeps the order of insertion. */
  private readonly held = new Map<string, Kept<T>>();

  constructor(
    private readonly most: number,
    private readonly weigh: (value: T) => number,
    private readonly drop: (value: T) => unknown = () => undefined,
  ) {}

  /** The value of that key, made where it is not kept; what failed is tried anew the next time. */
  get(key: string, make: () => Promise<T>): Promise<T> {
    const kept = this.held.get(key) ?? this.keep(key, make());
    this.held.delete(key);
    this.held.set(key, kept);
    return kept.value;
  }

  private keep(key: string, value: Promise<T>): Kept<T> {
    const kept = { value, weight: 0 };
    value.then(
      (made) => {
        kept.weight = this.weigh(made);
        this.makeRoom();
      },
      () => this.held.delete(key),
    );
    return kept;
  }

  private makeRoom(): void {
    const last = [...this.held.keys()].at(-1);
    let weight = [...this.held.values()].reduce((sum, kept) => sum + kept.weight, 0);
    for (const [key, kept] of this.held) {
      if (weight <= this.most || key === last) return;
      if (kept.weight === 0) continue;
      this.held.delete(key);
      weight -= kept.weight;
      void kept.value.then(this.drop);
    }
  }
}
