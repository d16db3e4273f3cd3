import { expect, test } from 'vitest';
import { redactUser } from '../../src-main/app/log';

test.each([
  ['failed: /home/alice/Pictures/a.jpg', 'failed: /home/<user>/Pictures/a.jpg'],
  ['/Users/bob smith/x', '/Users/<user>/x'],
  ['"C:\\Users\\carol\\b.png"', '"C:\\Users\\<user>\\b.png"'],
  ['/data/home/dave/x.jpg', '/data/home/dave/x.jpg'],
])('%s is logged as %s', (line, redacted) => {
  expect(redactUser(line)).toBe(redacted);
});
