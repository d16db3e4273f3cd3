import { assert } from './base/errors';
import { isTimingNews } from './latency/timingLine';
import { parseConfig, type ConfigOf, type JobName } from './shared/config';
import { failureOf } from './shared/failure';
import { requestSchema, type Answer, type EngineEvent } from './shared/messages';
import type { JobContext } from './shared/progress';
import type { ResultOf } from './shared/results';

// The engine: a child process that owns onnxruntime and sharp and runs one job, or is kept to answer small questions. It
// may be killed at any moment; the supervisor ends it after its last message, so that no message is lost in an exit.

type Job<Name extends JobName> = (config: ConfigOf<Name>, context: JobContext) => Promise<ResultOf<Name>>;

/** Imported only when asked for: listing models must not load onnxruntime. */
const jobs: { [Name in JobName]: () => Promise<Job<Name>> } = {
  search: async () => (await import('./jobs/search')).search,
  train: async () => (await import('./jobs/train')).train,
  upscale: async () => (await import('./jobs/upscale')).upscale,
  evaluate: async () => (await import('./jobs/evaluate')).evaluate,
  bench: async () => (await import('./jobs/bench')).bench,
  profile: async () => (await import('./jobs/profile')).profile,
  devices: async () => (await import('./jobs/devices')).devices,
  models: async () => (await import('./jobs/models')).models,
  demo: async () => (await import('./jobs/demo')).demo,
};

async function runJob<Name extends JobName>(name: Name, config: unknown, context: JobContext) {
  const job = await jobs[name]();
  return job(parseConfig(name, config), context);
}

/** The parent's end of the line: Electron's utility process has a port, a forked Node process has its channel. */
interface ParentPort {
  on(event: 'message', listener: (message: { data: unknown }) => void): void;
  postMessage(message: EngineEvent | Answer): void;
}
const parentPort = (process as { parentPort?: ParentPort }).parentPort;

function post(message: EngineEvent | Answer): void {
  if (parentPort) parentPort.postMessage(message);
  else process.send?.(message);
}

/** Lines keep what JSON does not; events are plain JSON, so that a NaN is null on every one of them. */
function tell(event: EngineEvent): void {
  post(JSON.parse(JSON.stringify(event)) as EngineEvent);
}

/** How often an engine that is not held up tells so, in milliseconds. */
const beat = 5000;

const abort = new AbortController();

async function receive(message: unknown): Promise<void> {
  const request = requestSchema.parse(message);
  if (request.type === 'abort') {
    abort.abort();
    return;
  }
  if (request.type === 'ask') {
    const { answer } = await import('./jobs/questions');
    post(await answer(request));
    return;
  }
  setInterval(tell, beat, { event: 'alive' }).unref();
  try {
    const result = await runJob(request.job, request.config, { signal: abort.signal, onProgress: tell });
    tell({ ...result, event: 'done' });
  } catch (error) {
    tell({ event: 'error', ...failureOf(error, abort.signal) });
  }
}

if (parentPort) {
  parentPort.on('message', ({ data }) => {
    if (!isTimingNews(data)) void receive(data);
  });
} else {
  assert(process.connected, 'the engine is started by the supervisor, never by hand');
  process.on('message', (message) => void receive(message));
  // Without its supervisor nobody would see the result; the job resumes from its files.
  process.on('disconnect', () => process.exit(1));
  // Ctrl-C reaches the whole process group; it is the supervisor that decides.
  process.on('SIGINT', () => undefined);
}
