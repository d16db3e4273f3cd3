import { utilityProcess } from 'electron';
import { join } from 'node:path';
import { describeExit, keptErrorOutput, type EngineProcess } from '../supervisor';
import { TimingProcesses } from './timingProcesses';

/** Starts an engine in a utility process; `folder` holds the built scripts. */
export function startEngine(folder: string): EngineProcess {
  const child = utilityProcess.fork(join(folder, 'engine.js'), [], {
    serviceName: 'Pixel Tailor engine',
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const timing = new TimingProcesses(child, join(folder, 'timingProcess.js'));
  let errorOutput = '';
  child.stderr?.on('data', (text: Buffer) => {
    errorOutput = (errorOutput + text.toString('utf8')).slice(-keptErrorOutput);
  });
  child.once('exit', () => {
    timing.stopAll();
  });
  return {
    send: (request) => {
      child.postMessage(request);
    },
    kill: () => {
      child.kill();
    },
    onMessage: (listener) => {
      child.on('message', (message) => {
        if (!timing.take(message)) listener(message);
      });
    },
    onExit: (listener) => {
      child.once('exit', (code) => {
        listener(describeExit(code, null, errorOutput));
      });
    },
  };
}
