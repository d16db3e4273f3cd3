import { expect, it } from 'vitest';
import { layoutOf } from '../../src-main/model/network';
import { numeric } from '../../src-main/graph/ops';
import { inherit } from '../../src-main/search/derive';
import { parseGenotype } from '../../src-main/search/genotype';
import { allCandidates } from '../../src-main/search/space';
import { SharingStepper } from '../../src-main/train/sharing';
import { freshState, vectors } from '../../src-main/train/state';
import { Stepper } from '../../src-main/train/stepper';
import { syntheticData } from '../support/synthetic';

const plan = { search: 1, tune: 1 };
const shape = { patch: 8, batch: 2 };
const rates = { rate: 1e-3, keep: 0.9 };
const space = allCandidates({ scale: 2, cells: 2, widths: [4, 8] });
const networks = ['x2 c4 | conv3 8 sep5', 'x2 c8 f0 | ir 4 edge3 | id 8 conv3', 'x2 c4 | sep3 4 conv3'].map(
  parseGenotype,
);
const drawn = (n: number) => networks[n % networks.length]!;

it('moves the weights of the network whose turn it is, as training that network alone would', async () => {
  const [state, before] = [freshState(space, 1, plan), freshState(space, 1, plan)];
  const batch = await syntheticData().train.batch(0, shape);
  const sharing = new SharingStepper(shape, { networks: 2, steps: 4 }, drawn, {});
  const loss = await sharing.step(state, batch, rates);
  await sharing.dispose();

  // Fresh weights are drawn by the tensor's name, but not for every width alike.
  const whole = layoutOf(space);
  const alone = freshState(networks[0]!, 1, plan);
  const own = layoutOf(networks[0]!);
  const part = (values: Float32Array) => inherit(whole, values, own, new Float32Array(own.size));
  for (const name of ['weights', 'average'] as const) alone[name] = part(before[name]);
  const stepper = await Stepper.compile(alone, shape);
  expect(await stepper.step(alone, batch, rates)).toBe(loss);
  await stepper.settle(alone);
  await stepper.dispose();

  for (const name of vectors) expect(part(state[name]), name).toEqual(alone[name]);
  for (const spec of whole.specs) {
    const used = own.get(spec.name);
    const isWhole = used && numeric(used.shape).join() === numeric(spec.shape).join();
    const moved = whole.view(state.weights, spec).some((x, i) => x !== whole.view(before.weights, spec)[i]);
    if (!used) expect(moved, spec.name).toBe(false);
    if (isWhole) expect(moved, spec.name).toBe(true);
  }
});

it('goes on with the networks of a resumed state, whatever would be drawn by then', async () => {
  const { train } = syntheticData();
  const run = async (stopAt: number): Promise<ReturnType<typeof freshState>> => {
    let state = freshState(space, 1, plan);
    let sharing = new SharingStepper(shape, { networks: 2, steps: 4 }, drawn, {});
    for (; state.step < 12; state.step++) {
      if (state.step === stopAt) {
        await sharing.dispose();
        state = structuredClone(state);
        const changed = (n: number) => (n < 3 ? networks[2]! : drawn(n));
        sharing = new SharingStepper(shape, { networks: 2, steps: 4 }, changed, {});
      }
      await sharing.step(state, await train.batch(state.step, shape), rates);
    }
    await sharing.dispose();
    return state;
  };
  const [whole, resumed] = [await run(-1), await run(5)];
  for (const name of vectors) expect(resumed[name], name).toEqual(whole[name]);
});
