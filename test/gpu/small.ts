type Networks = typeof import('../../src-main/latency/networks');

/** Side of the tiles that are timed, where the processor plays the GPU. */
const side = 16;

/** For `vi.mock`: what networks are timed with, in fewer pixels. */
export async function smallTiles(original: () => Promise<Networks>): Promise<object> {
  const networks = await original();
  return {
    ...networks,
    ...{ tileSide: side, tileDims: [1, 3, side, side], referenceMegapixels: (2 * side) ** 2 / 1e6 },
    referenceNetwork: () => networks.referenceNetwork(side),
  };
}
