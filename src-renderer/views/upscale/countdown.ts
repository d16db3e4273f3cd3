/** Share of the whole time after which most of a new estimate has been taken in, and at most so many seconds. */
const [share, longest] = [0.08, 8];

/**
 * Time left that runs down like a clock: each new estimate moves the end only a little, so that the figure does not jump
 * with every photo that is a bit larger or smaller than the one before.
 */
export class Countdown {
  /** When it will be over, in milliseconds; undefined without any estimate. */
  private end: number | undefined;
  private begun = 0;
  private told = 0;

  /** @param seconds an estimate of the time left, at the time `now` in milliseconds */
  estimate(seconds: number, now: number): void {
    const end = now + seconds * 1000;
    if (this.end === undefined) {
      this.begun = this.told = now;
      this.end = end;
      return;
    }
    const pace = Math.min(longest * 1000, Math.max(1, (end - this.begun) * share));
    this.end += (end - this.end) * (1 - Math.exp((this.told - now) / pace));
    this.told = now;
  }

  /** Seconds left at a time; undefined where nobody knows. */
  left(now: number): number | undefined {
    return this.end === undefined ? undefined : Math.max(0, (this.end - now) / 1000);
  }

  stop(): void {
    this.end = undefined;
  }
}
