import type { Rectangle } from 'electron';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { z } from 'zod';

const windowStateSchema = z.object({
  bounds: z.object({ x: z.int(), y: z.int(), width: z.int().positive(), height: z.int().positive() }),
  maximized: z.boolean(),
});
export type WindowState = z.infer<typeof windowStateSchema>;

/** Undefined where there is none yet or the file is damaged. */
export function readWindowState(file: string): WindowState | undefined {
  try {
    return windowStateSchema.safeParse(JSON.parse(readFileSync(file, 'utf8'))).data;
  } catch {
    return undefined;
  }
}

/** At once, since the app may be ending; whole or not at all. A full disk must not keep a window from closing. */
export function writeWindowState(file: string, state: WindowState): void {
  try {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(`${file}.new`, JSON.stringify(state));
    renameSync(`${file}.new`, file);
  } catch (error) {
    console.error(error);
  }
}

/**
 * Where a window goes that was last seen at `bounds`: moved and shrunk into the work area that holds most of it. Without
 * a position, for the middle of the screen, where no display shows it any more.
 */
export function fitBounds(
  bounds: Rectangle,
  workAreas: readonly Rectangle[],
): { width: number; height: number; x?: number; y?: number } {
  const { x, y, width, height } = bounds;
  const overlapWith = (area: Rectangle): number =>
    overlap(x, width, area.x, area.width) * overlap(y, height, area.y, area.height);
  const [area] = workAreas
    .filter((one) => overlapWith(one) > 0)
    .sort((a, b) => overlapWith(b) - overlapWith(a));
  if (!area) return { width, height };
  const fitted = { width: Math.min(width, area.width), height: Math.min(height, area.height) };
  return {
    ...fitted,
    x: Math.min(Math.max(x, area.x), area.x + area.width - fitted.width),
    y: Math.min(Math.max(y, area.y), area.y + area.height - fitted.height),
  };
}

/** Length that two intervals have in common. */
const overlap = (a: number, aLength: number, b: number, bLength: number): number =>
  Math.max(0, Math.min(a + aLength, b + bLength) - Math.max(a, b));
