import type { Photo } from '../../../src-main/shared/things';
import { app } from '../../state/app.svelte';
import { batches } from './batches.svelte';
import { photos } from './photos.svelte';
import { plan } from './plan.svelte';

/** Starts a batch of these photos as it is planned; does nothing where one is under way or there is no model. */
export async function start(some: readonly Photo[]): Promise<void> {
  const request = plan.request(some);
  if (!request || some.length === 0 || batches.active) return;
  photos.forgetResults();
  await app.api.upscale(request);
}
