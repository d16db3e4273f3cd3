import type { Device } from '../latency/devices';
import { measurePlan, planned, usualPlan, type RunPlan } from '../latency/runPlan';
import { plans } from '../latency/speedFile';
import { tableKey } from '../latency/tableFile';
import { homePath } from './library';
import { networkId, openNetwork, readModelFile, type OpenModel } from './modelFile';

/**
 * Opens a model the way it runs fastest on the device, as measured there before; else as usual, or where it is worth the
 * time to `measure` first, in the way found now. Errors as in `readModelFile`.
 */
export async function openPlanned(
  path: string,
  device: Device,
  { measure, signal }: { measure: boolean; signal: AbortSignal },
): Promise<OpenModel> {
  const { card, bytes } = await readModelFile(path);
  const { scale, receptiveRadius: radius } = card;
  const known = (await plans.load(homePath('latency'), tableKey(device)))[networkId(bytes)];
  const plan = known ?? (measure ? await measureAndKeep(bytes, radius, device, signal) : usualPlan);
  const { bytes: own, session } = planned(bytes, plan);
  const { tile, batch = 1 } = plan;
  const network = await openNetwork(path, own, { provider: device.provider, ...session });
  return { scale, radius, tile, batch, ...network };
}

/** Finds the fastest way to run a network on the device, for all later uses. */
export async function measureAndKeep(
  bytes: Uint8Array,
  radius: number,
  device: Device,
  signal: AbortSignal,
): Promise<RunPlan> {
  const plan = await measurePlan(bytes, radius, device, { signal });
  await plans.save(homePath('latency'), tableKey(device), networkId(bytes), plan);
  return plan;
}
