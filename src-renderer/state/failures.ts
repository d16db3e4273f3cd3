import { LineCut } from '../../src-main/shared/rpc';
import { t } from './words.svelte';

/** One sentence for people: what the engine said, or what the page itself ran into. */
export function failureText(error: unknown): string {
  if (error instanceof LineCut) return t('common.lineCut');
  return error instanceof Error ? error.message : String(error);
}
