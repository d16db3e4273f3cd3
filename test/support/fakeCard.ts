import type { ModelCard } from '../../src-main/shared/modelCard';

/** A model's card with everything filled in. */
export function fakeCard(parts: Partial<ModelCard> = {}): ModelCard {
  return {
    format: 1,
    name: 'lisbon',
    kind: 'tailored',
    scale: 2,
    receptiveRadius: 12,
    genotype: 'fake',
    params: 41000,
    macsPerPixel: 9500,
    budget: { text: 'fast', ratio: 0.8 },
    device: { id: 'cpu', name: 'Two cores', provider: 'cpu' },
    msPerMP: 20,
    refMsPerMP: 25,
    ratio: 0.8,
    psnr: { model: 33.5, bicubic: 31.2, stock: null },
    photos: { train: 40, heldOut: 8 },
    seed: 1,
    steps: 1000,
    seconds: 600,
    version: '0.1.0',
    created: '2026-11-22T10:00:00.000Z',
    ...parts,
  };
}
