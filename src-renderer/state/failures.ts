/** One sentence for people: what the engine said, or what the page itself ran into. */
export function failureText(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
