// npm run test:faults -- [--runs 200] [--seed 1] [--first 0] [--only 'disk full'] [--fixtures FOLDER]
import { spawnSync } from 'node:child_process';
import console from 'node:console';
import process from 'node:process';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '200' },
    seed: { type: 'string', default: '1' },
    first: { type: 'string', default: '0' },
    only: { type: 'string' },
    fixtures: { type: 'string' },
  },
});

// Disks are mounted where only these tests see them; where that is not allowed, files are limited in size instead.
const hidden = [
  ['unshare', '--mount'],
  ['unshare', '--map-root-user', '--mount'],
].find(([file, ...args]) => spawnSync(file, [...args, 'mount', '-t', 'tmpfs', 'tmpfs', '/tmp']).status === 0);
console.log(
  hidden ? 'Full disks: small tmpfs mounts.' : 'Full disks: ulimit -f, since nothing may be mounted here.',
);

const [file, ...args] = [...(hidden ?? []), 'npx', 'vitest', 'run', 'test/faults', '--reporter=verbose'];
const { status } = spawnSync(file, args, {
  stdio: 'inherit',
  env: {
    ...process.env,
    ...Object.fromEntries(
      Object.entries(values).map(([name, value]) => [`FAULT_${name.toUpperCase()}`, value]),
    ),
    ...(hidden && { FAULT_MOUNTS: '1' }),
  },
});
process.exitCode = status ?? 1;
