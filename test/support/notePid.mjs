// Loaded into every process of a command under test: leaves its number, so that a test can end one of them.
import { appendFileSync } from 'node:fs';
import { basename } from 'node:path';
import process from 'node:process';

appendFileSync(process.env.NOTE_PIDS, `${basename(process.argv[1] ?? '')} ${process.pid}\n`);
