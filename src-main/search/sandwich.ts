import { Rng } from '../base/rng';
import { withoutUnused } from './choices';
import { fusionsBefore, type Candidates } from './space';

const fullConvolutions = ['conv3x3', 'edgeConv3x3'] as const;

/**
 * The networks that train a supernet, by the sandwich rule (Yu & Huang, "Universally Slimmable Networks", ICCV 2019) over
 * exits, operations and widths: of four in a row the first is the widest and deepest, the second the narrowest at some
 * exit, two are of any kind. Every other network fuses an earlier feature; every other position is a full convolution, the
 * rest are drawn evenly: networks of nothing but makeshifts are no measure for what an operation is worth among good ones.
 * The same `seed` and `n` give the same network.
 */
export function drawSandwich(
  { scale, exits, trunk, ...space }: Candidates,
  seed: number,
  n: number,
): Candidates {
  const rng = new Rng(seed, n);
  const any = <T>(list: readonly T[]): T => rng.pick(list);
  const first = <T>(list: readonly T[]): T => list[0]!;
  const last = <T>(list: readonly T[]): T => list.at(-1)!;
  const turn = n % 4;
  const width = turn === 0 ? last : turn === 1 ? first : any;
  const exit = turn === 0 ? last(exits) : any(exits);
  const earlier = fusionsBefore(exit, space.fusions);
  return withoutUnused({
    scale,
    trunk: [width(trunk)],
    exits: [exit],
    fusions: [rng.next() < 0.5 ? first(earlier) : any(earlier)],
    cells: space.cells.slice(0, exit).map(({ inner, ops }) => ({
      inner: [width(inner)],
      ops: ops.map((list) => {
        const full = fullConvolutions.filter((op) => list.includes(op));
        return [any(rng.next() < 0.5 && full.length > 0 ? full : list)];
      }),
    })),
  });
}
