import type { Photo } from '../../../src-main/shared/things';
import { app } from '../../state/app.svelte';
import { batches } from './batches.svelte';
import { plan } from './plan.svelte';

/** Asked for already: once it is answered, the batch is known. */
let starting = false;

/**
 * Starts a batch of these photos as it is planned; does nothing where one is under way or there is no model. Throws what is
 * wrong with the plan.
 */
export async function start(some: readonly Photo[]): Promise<void> {
  const request = plan.request(some);
  if (!request || some.length === 0 || batches.active || starting) return;
  if (plan.problem !== '') throw new Error(plan.problem);
  starting = true;
  await app.api.upscale(request).finally(() => (starting = false));
}
