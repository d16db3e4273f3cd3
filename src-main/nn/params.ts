import { assert } from '../base/errors';
import { Rng } from '../base/rng';
import { constant, input, reshape, slice } from '../graph/build';
import { sizeOf, type Node } from '../graph/ops';

/** Starting values of one weight tensor. */
export type Init = (rng: Rng, shape: readonly number[]) => Float32Array;

/**
 * Where a network's code gets its weights from. The same code asks for them by name whether the network is being
 * declared, trained (a slice of one flat vector) or written out (constants).
 */
export type Weights = (name: string, shape: readonly number[], init: Init) => Node;

export interface ParamSpec {
  name: string;
  shape: readonly number[];
  init: Init;
  /** Where the tensor starts in the flat vector, in elements. */
  offset: number;
}

/** Named tensors in one flat vector: one feed for all weights, one for each of its moments. */
export class ParamLayout {
  readonly specs: readonly ParamSpec[];
  readonly size: number;
  private readonly byName: ReadonlyMap<string, ParamSpec>;

  constructor(specs: readonly Omit<ParamSpec, 'offset'>[]) {
    let offset = 0;
    this.specs = specs.map((spec) => {
      const placed = { ...spec, offset };
      offset += sizeOf(spec.shape);
      return placed;
    });
    this.size = offset;
    this.byName = new Map(this.specs.map((spec) => [spec.name, spec]));
  }

  /** Lists what a network asks for, in the order of asking. */
  static declare(build: (weights: Weights) => unknown): ParamLayout {
    const specs = new Map<string, Omit<ParamSpec, 'offset'> & { node: Node }>();
    build((name, shape, init) => {
      const known = specs.get(name);
      assert(!known || known.shape.join() === shape.join(), `weight ${name} is asked for in two shapes`);
      const node = known?.node ?? input(name, shape);
      if (!known) specs.set(name, { name, shape, init, node });
      return node;
    });
    return new ParamLayout([...specs.values()].map(({ name, shape, init }) => ({ name, shape, init })));
  }

  get(name: string): ParamSpec | undefined {
    return this.byName.get(name);
  }

  /** Fresh values; each tensor draws from a stream of its own name, so that dropping one leaves the others alike. */
  initial(seed: number): Float32Array {
    const flat = new Float32Array(this.size);
    for (const { name, shape, init, offset } of this.specs) {
      flat.set(init(new Rng(seed, streamOf(name)), shape), offset);
    }
    return flat;
  }

  /** The weights as slices of one flat input node, made once each. */
  slices(flat: Node): { weights: Weights; nodes: ReadonlyMap<string, Node> } {
    const nodes = new Map<string, Node>();
    for (const { name, shape, offset } of this.specs)
      nodes.set(name, reshape(slice(flat, 0, offset, offset + sizeOf(shape)), shape));
    return { weights: (name) => this.expect(nodes, name), nodes };
  }

  /** The weights as constants, for a finished network. */
  constants(flat: Float32Array): Weights {
    const nodes = new Map(this.specs.map((spec) => [spec.name, constant(this.view(flat, spec), spec.shape)]));
    return (name) => this.expect(nodes, name);
  }

  view(flat: Float32Array, { offset, shape }: ParamSpec): Float32Array {
    return flat.subarray(offset, offset + sizeOf(shape));
  }

  private expect(nodes: ReadonlyMap<string, Node>, name: string): Node {
    const node = nodes.get(name);
    assert(node, `weight ${name} was not declared`);
    return node;
  }
}

/** A number from a name: the same on every machine. */
function streamOf(name: string): number {
  let hash = 7;
  for (let i = 0; i < name.length; i++) hash = (Math.imul(hash, 31) + name.charCodeAt(i)) | 0;
  return hash;
}

const fanIn = (shape: readonly number[]): number => sizeOf(shape.slice(1));

/** He's normal initialisation (He et al. 2015) for a layer before a ReLU, times `gain`. */
export const heNormal =
  (gain = 1): Init =>
  (rng, shape) => {
    const deviation = gain * Math.sqrt(2 / fanIn(shape));
    return Float32Array.from({ length: sizeOf(shape) }, () => deviation * rng.normal());
  };

/**
 * Filters whose weights sum to zero. What a convolution sees here is never negative (photos, features behind a ReLU) and
 * mostly its mean: a filter with another sum would be on or off nearly everywhere, and one that is off learns nothing.
 */
export const centred =
  (init: Init): Init =>
  (rng, shape) => {
    const values = init(rng, shape);
    const taps = fanIn(shape);
    for (let from = 0; from < values.length; from += taps) {
      const filter = values.subarray(from, from + taps);
      const mean = filter.reduce((sum, x) => sum + x, 0) / taps;
      filter.forEach((x, i) => (filter[i] = x - mean));
    }
    return values;
  };

export const zeros: Init = (_, shape) => new Float32Array(sizeOf(shape));
