import { describe, expect, it } from 'vitest';
import { concat, input, reshape } from '../../src-main/graph/build';
import { evaluate } from '../../src-main/graph/evaluate';
import { gradients } from '../../src-main/graph/gradients';
import { sizeOf } from '../../src-main/graph/ops';
import { layoutOf } from '../../src-main/model/network';
import { l1 } from '../../src-main/nn/losses';
import { Program } from '../../src-main/runtime/program';
import { relax } from '../../src-main/search/choices';
import { parseGenotype } from '../../src-main/search/genotype';
import { SoftInputs } from '../../src-main/search/softInputs';
import { allCandidates } from '../../src-main/search/space';
import { network } from '../../src-main/search/supernet';
import { freshState, initialState } from '../../src-main/train/state';
import { Chooser } from '../../src-main/train/chooser';
import { weightStep } from '../../src-main/train/step';
import { Stepper } from '../../src-main/train/stepper';
import { noisyWeights, randomPicture } from '../support/architectures';
import { expectClose } from '../support/gradcheck';
import { syntheticData } from '../support/synthetic';

const plan = { search: 1, tune: 1 };

describe('a step program', () => {
  const candidates = parseGenotype('x2 c4 f0 | edge3 4 sep5 | ir 4 id');
  const layout = layoutOf(candidates);
  const shape = { patch: 6, batch: 2 };
  const small = randomPicture(2 * 3 * 36, 1);

  /** Loss and its gradient in double precision. */
  function lossAndGradient(
    weights: ArrayLike<number>,
    lr: Float32Array,
    hr: Float32Array,
  ): [number, Float64Array] {
    const { weights: named, nodes } = layout.slices(input('weights', [layout.size]));
    const picture = network(
      input('lr', [2, 3, 6, 6]),
      candidates,
      named,
      new SoftInputs(candidates).nodes().choices,
    );
    const loss = l1(picture, input('hr', [2, 3, 12, 12]));
    const grads = gradients(loss, [...nodes.values()]).map((g) => reshape(g, [sizeOf(g.shape)]));
    const [value, gradient] = evaluate([loss, concat(grads, 0)], { lr, hr, weights });
    return [value!.data[0]!, gradient!.data];
  }

  /** Muon's step of a matrix of so many rows (Jordan et al. 2024), in double precision. */
  function muonStep(momentum: Float64Array, rows: number): Float64Array {
    const n = momentum.length / rows;
    const length = Math.hypot(...momentum);
    let x = momentum.map((a) => a / length);
    for (let step = 0; step < 5; step++) {
      // (3.4445 I - 4.775 X X^T + 2.0315 (X X^T)^2) X
      const gramTimes = (y: Float64Array): Float64Array =>
        y.map((_, at) => {
          const [i, j] = [Math.floor(at / n), at % n];
          let sum = 0;
          for (let k = 0; k < rows; k++) {
            let gram = 0;
            for (let l = 0; l < n; l++) gram += x[i * n + l]! * x[k * n + l]!;
            sum += gram * y[k * n + j]!;
          }
          return sum;
        });
      const once = gramTimes(x);
      const twice = gramTimes(once);
      x = x.map((a, i) => 3.4445 * a - 4.775 * once[i]! + 2.0315 * twice[i]!);
    }
    return x.map((a) => a * Math.sqrt(Math.max(rows, n)));
  }

  it.each([
    ['as it is', 1],
    ['clipped to length 5', 40],
  ])('is Muon and Adam as written by hand, its gradient %s', async (_, contrast) => {
    const lr = small.map((x) => contrast * x);
    const hr = randomPicture(2 * 3 * 144, 2).map((x) => contrast * x);
    const program = await Program.compile(weightStep(candidates, layout, shape));
    const rate = 2e-3;
    const keep = 0.9;
    let [weights, m, v, average] = [noisyWeights(layout, 1), ...[1, 2].map(() => new Float32Array(layout.size)), noisyWeights(layout, 2)] as [Float32Array, Float32Array, Float32Array, Float32Array]; // prettier-ignore
    let seen: Float32Array = new Float32Array(layout.size);
    const exact = [weights, m, v, average].map((values) => Float64Array.from(values)) as [
      Float64Array,
      Float64Array,
      Float64Array,
      Float64Array,
    ];
    for (let t = 1; t <= 3; t++) {
      const feeds = { lr, hr, weights, m, v, seen, average };
      const out = await program.run({
        ...feeds,
        rate: Float32Array.of(rate),
        keep: Float32Array.of(keep),
      });
      const [loss, full] = lossAndGradient(exact[0], lr, hr);
      expect(Math.abs(out.weightLoss[0]! / loss - 1)).toBeLessThan(1e-5);
      const length = Math.hypot(...full);
      const grad = full.map((g) => (length > 5 ? (g * 5) / length : g));
      if (contrast > 1) expect(length).toBeGreaterThan(5);
      else expect(length).toBeLessThan(5);
      const steps = new Float64Array(layout.size);
      grad.forEach((g, i) => {
        exact[1][i] = 0.9 * exact[1][i]! + 0.1 * g;
        exact[2][i] = 0.999 * exact[2][i]! + 0.001 * g * g;
        const vHat = exact[2][i] / (1 - 0.999 ** t);
        steps[i] = exact[1][i] / (Math.sqrt(vHat) + 1e-8);
      });
      for (const { shape: dims, offset } of layout.specs) {
        if (dims.length === 1 || dims[1] === 1) continue;
        const [from, to] = [offset, offset + sizeOf(dims)];
        const ahead = exact[1].subarray(from, to).map((x, i) => 0.9 * x + 0.1 * grad[from + i]!);
        steps.set(muonStep(ahead, dims[0]!), from);
      }
      exact[0].forEach((_, i) => {
        exact[0][i]! -= rate * steps[i]!;
        exact[3][i] = keep * exact[3][i]! + (1 - keep) * exact[0][i]!;
      });
      [weights, m, v, seen, average] = [out.nextWeights, out.nextM, out.nextV, out.nextSeen, out.nextAverage]; // prettier-ignore
      const moved = weights.map((w, i) => Math.abs(w - feeds.weights[i]!));
      expect(Math.max(...moved)).toBeGreaterThan(rate / 10);
      // Where a gradient is all but zero, its sign is rounding: no more than that may differ.
      const certain = [...grad.keys()].filter((i) => Math.abs(grad[i]!) > 1e-5 * Math.hypot(...grad));
      const pick = (values: ArrayLike<number>) => certain.map((i) => values[i]!);
      expectClose(pick(weights), pick(exact[0]), 1e-5, 'weights');
      expectClose(pick(average), pick(exact[3]), 1e-5, 'average');
      const unit = Math.max(...exact[1].map(Math.abs));
      expectClose(m.map((x) => x / unit), exact[1].map((x) => x / unit), 1e-4, 'first moment'); // prettier-ignore
      const square = Math.max(...exact[2]);
      expectClose(v.map((x) => x / square), exact[2].map((x) => x / square), 1e-4, 'second moment'); // prettier-ignore
    }
    await program.dispose();
  });

  it('follows a gradient that central differences confirm', () => {
    const hr = randomPicture(2 * 3 * 144, 2);
    const weights = Float64Array.from(noisyWeights(layout, 1));
    const [, grad] = lossAndGradient(weights, small, hr);
    const step = 1e-6;
    for (const { name, offset, shape: dims } of layout.specs) {
      const i = offset + Math.floor(sizeOf(dims) / 2);
      const at = (by: number) => lossAndGradient(weights.with(i, weights[i]! + by), small, hr)[0];
      expect(Math.abs(grad[i]! - (at(step) - at(-step)) / (2 * step)), name).toBeLessThan(1e-5);
    }
  });
});

describe('training', () => {
  it('lowers the loss of a finished network on a small problem', async () => {
    const state = freshState(parseGenotype('x2 c8 | edge3 8 conv3'), 1, plan);
    // The rate has risen by then.
    state.step = 200;
    const { train } = syntheticData();
    const shape = { patch: 12, batch: 4 };
    const stepper = await Stepper.compile(state, shape);
    const batch = await train.batch(0, shape);
    const losses: number[] = [];
    for (; state.step < 320; state.step++) {
      losses.push(await stepper.step(state, batch, { rate: 2e-3, keep: 0.9 }));
    }
    await stepper.settle(state);
    await stepper.dispose();
    expect(losses.at(-1)).toBeLessThan(0.75 * losses[0]!);
    expect(state.average).not.toEqual(state.weights);
  });

  it('lowers the loss of a supernet, and tells what its choices are worth', async () => {
    const state = initialState({ scale: 2, cells: 2, widths: [4, 8] }, 1, plan);
    state.step = 200;
    const { weightHalf, choiceHalf } = syntheticData();
    const shape = { patch: 8, batch: 2 };
    const stepper = await Stepper.compile(state, shape);
    const relaxed = relax(state.choices, 0);
    const batch = await weightHalf.batch(0, shape);
    const losses: number[] = [];
    for (; state.step < 260; state.step++)
      losses.push(await stepper.step(state, batch, { rate: 1e-3, keep: 0.9 }, relaxed));
    await stepper.settle(state);
    await stepper.dispose();
    expect(losses.at(-1)).toBeLessThan(0.85 * losses[0]!);

    const chooser = await Chooser.compile(state, shape, {});
    const gradients = await chooser.gradients(state, await choiceHalf.batch(0, shape), relaxed);
    await chooser.dispose();
    expect(Object.keys(gradients).sort()).toEqual(Object.keys(relaxed).sort());
    for (const [name, grads] of Object.entries(gradients))
      expect(grads, name).toHaveLength(state.choices[name]!.logits.length);
    expect(allCandidates({ scale: 2, cells: 2, widths: [4, 8] })).toEqual(state.candidates);
  });
});
