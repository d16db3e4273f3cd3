import type { Source } from '../../../src-main/shared/things';
import { app } from '../../state/app.svelte';
import { toasts } from '../../state/toasts.svelte';
import { t } from '../../state/words.svelte';

/** Starts the import of files that were picked or dropped; what is none by its name is refused at once. */
export async function importModels(sources: readonly Source[]): Promise<void> {
  for (const { token, kind, name } of sources) {
    if (kind === 'file' && /\.onnx$/i.test(name)) await app.api.importModel({ file: token });
    else toasts.fail(t('models.onlyOnnx', { name }));
  }
}
