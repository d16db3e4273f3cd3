/** What a pattern for the names of results may hold in braces. */
export interface NameParts {
  /** The photo's own name without its extension. */
  name: string;
  /** How many times wider the result is. */
  scale: number;
  /** The model's name. */
  model: string;
}

const placeholder = /\{([^{}]*)\}/g;
const words: readonly string[] = ['name', 'scale', 'model'] satisfies (keyof NameParts)[];

/** No file name on one platform or another: separators, control characters and what Windows keeps for itself. */
const unfit = /[\\/:*?"<>|\p{Cc}]/gu;
/** Names that Windows keeps for devices, whatever the extension. */
export const reservedName = /^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/i;

/** Whether results can be named by the pattern. */
export function isNaming(pattern: string): boolean {
  const asked = [...pattern.matchAll(placeholder)].map(([, word = '']) => word);
  return (
    pattern.trim() !== '' &&
    pattern.search(unfit) < 0 &&
    !reservedName.test(pattern) &&
    asked.every((word) => words.includes(word))
  );
}

/** The name of a result without its extension, from a pattern that {@link isNaming}. */
export function resultName(pattern: string, { name, scale, model }: NameParts): string {
  const parts: Record<string, string> = {
    name,
    scale: String(Number(scale.toFixed(2))),
    // What a model is called may come from a stranger's file.
    model: model.replace(unfit, '_'),
  };
  // In one pass: braces in a photo's name are its own.
  return pattern.replace(placeholder, (braces, word: string) => parts[word] ?? braces);
}
