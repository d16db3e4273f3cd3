import { assert } from '../base/errors';
import { add, depthToSpace, input, relu } from '../graph/build';
import { numeric, topological, type Node, type Shape } from '../graph/ops';
import { simplify } from '../graph/simplify';
import { apply, convKernel } from '../nn/layers';
import { ParamLayout, type Weights } from '../nn/params';
import { encodeModel } from '../onnx/encode';
import { cell } from '../search/cell';
import { SoftInputs } from '../search/softInputs';
import type { CandidateOp, Candidates, CellCandidates } from '../search/space';
import { edgeHidden, network } from '../search/supernet';

/** Side of the tile, in pixels of the small picture, at which everything is timed. */
export const tileSide = 256;

/** The size of a model's input when it is timed. */
export const tileDims: readonly number[] = [1, 3, tileSide, tileSide];

/** Output megapixels of one tile of the reference network, which doubles the side. */
export const referenceMegapixels = (2 * tileSide) ** 2 / 1e6;

/** A network with constant weights, so that onnxruntime fuses and reorders as it will in a finished model. */
function withConstants(build: (weights: Weights) => Node): Node {
  const layout = ParamLayout.declare(build);
  return build(layout.constants(layout.initial(1)));
}

/** The yardstick of every budget (DESIGN): four conv3x3 32 -> 32 + ReLU, conv3x3 32 -> 12, pixel shuffle 2. */
export function referenceNetwork(side = tileSide): Node {
  return withConstants((weights) => {
    let x = input('x', [1, 32, side, side]);
    for (let i = 0; i < 4; i++) x = relu(apply(x, convKernel(weights, `body${i}`, [32, 32, 3])));
    return depthToSpace(apply(x, convKernel(weights, 'tail', [12, 32, 3])), 2);
  });
}

/**
 * `cells` cells of the search space behind one another, each with these two operations: widths trunk -> inner -> trunk.
 * Input [1, trunk, 256, 256].
 */
export function cellChain(
  [first, second]: readonly [CandidateOp, CandidateOp],
  trunk: number,
  inner: number,
  cells: number,
): Node {
  const candidates: CellCandidates = { inner: [inner], ops: [[first], [second]] };
  const decided = { op: () => undefined, trunkMask: undefined, innerMask: () => undefined };
  return withConstants((weights) => {
    let x = input('x', [1, trunk, tileSide, tileSide]);
    for (let i = 0; i < cells; i++) x = cell(x, weights, i, candidates, decided, { trunk, mid: edgeHidden });
    return x;
  });
}

/** `count` additions of earlier features behind one another. Input [1, width, 256, 256]. */
export function addChain(width: number, count: number): Node {
  let x = input('x', [1, width, tileSide, tileSide]);
  let before = relu(x);
  for (let i = 0; i < count; i++) [before, x] = [x, add(x, before)];
  return x;
}

/** A small network of every operation that finished models use, input `x` of the given size, for the self-test. */
export function smallNetwork(dims: readonly number[]): Node {
  const ops: CandidateOp[] = ['conv3x3', 'sep3x3', 'sep5x5', 'invertedResidual'];
  const cells = ops.map((op): CellCandidates => ({ inner: [12], ops: [[op], ['edgeConv3x3']] }));
  return decidedNetwork(dims, { scale: 2, trunk: [16], exits: [ops.length], fusions: [0], cells });
}

/**
 * An untrained network of `cells` cells of conv3x3 at one width, scale 2, for pictures of any size, and its receptive
 * radius: time does not ask what the weights are.
 */
export function plainNetwork(
  width: number,
  cells: number,
  [h, w]: readonly [number | string, number | string] = ['h', 'w'],
): { output: Node; scale: 2; radius: number } {
  const plain: CellCandidates = { inner: [width], ops: [['conv3x3'], ['conv3x3']] };
  const output = decidedNetwork([1, 3, h, w], {
    scale: 2,
    trunk: [width],
    exits: [cells],
    fusions: ['none'],
    cells: Array<CellCandidates>(cells).fill(plain),
  });
  return { output, scale: 2, radius: 2 * cells + 2 };
}

/** The finished network without cells: stem, tail, skip path, pixel shuffle. Input [1, 3, 256, 256]. */
export function frame(width: number, scale: Candidates['scale']): Node {
  return decidedNetwork(tileDims, { scale, trunk: [width], exits: [0], fusions: ['none'], cells: [] });
}

/** A network with nothing left to choose and random weights. */
export function decidedNetwork(dims: Shape, candidates: Candidates): Node {
  const { choices } = new SoftInputs(candidates).nodes();
  return withConstants((weights) => network(input('x', dims), candidates, weights, choices));
}

/** The size of a network's one input. */
export function inputDims(network: Node): number[] {
  const inputs = topological([network]).filter(({ op }) => op === 'Input');
  assert(inputs.length === 1, 'a network to time has one input');
  return numeric(inputs[0]!.shape);
}

export const encodeNetwork = (output: Node): Uint8Array => encodeModel(simplify({ y: output }));
