import { join } from 'node:path';
import { writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { loadRgb8 } from '../../src-main/data/prepare';
import { degrade } from '../../src-main/data/degrade';
import { comparedCrops, upscaledCrop } from '../../src-main/report/crops';
import { pngDataUri } from '../../src-main/report/png';
import { leaves, noise, temporaryFolder } from '../image/samples';

const root = temporaryFolder();

test('a picture in the page is the picture', async () => {
  for (const [i, pixels] of [leaves(31, 17, 1), noise(5, 9, 3), leaves(1, 1, 2)].entries()) {
    const file = join(root, `${i}.png`);
    writeFileSync(file, Buffer.from(pngDataUri(pixels).replace('data:image/png;base64,', ''), 'base64'));
    expect(await loadRgb8(file)).toEqual(pixels);
  }
});

test('crops show one place of photo, bicubic and result', () => {
  const hr = leaves(320, 256, 5);
  const lr = degrade(hr, 2);
  const crops = comparedCrops('Leaves', { hr, lr }, hr, 2);
  expect(crops).toHaveLength(2);
  for (const { tailored, original, bicubic } of crops) {
    expect([bicubic.width, bicubic.height]).toEqual([112, 112]);
    expect(tailored).toEqual(original);
    expect(bicubic).not.toEqual(original);
  }
  expect(upscaledCrop('Leaves', lr, hr).tailored).toMatchObject({ width: 256, height: 192 });
  expect(upscaledCrop('Small', leaves(20, 14, 1), leaves(40, 28, 1)).bicubic).toMatchObject({
    width: 40,
    height: 28,
  });
});
