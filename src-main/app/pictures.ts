import { z } from 'zod';
import { failureOf } from '../shared/failure';
import type { Desk } from './desk';
import type { Tokens } from './tokens';

/** A picture for the screens. */
export interface Picture {
  status: number;
  type: string;
  bytes: Uint8Array;
}

const side = z.coerce.number().int().min(1).max(4096);
const place = z.coerce.number().int().min(0);
const longest = 1600;

/** A whole photo, reduced to `side`; or a part of it as it is, or enlarged by bicubic or a model. */
const querySchema = z.union([
  z.object({ side }),
  z.object({
    ...{ x: place, y: place },
    width: side.max(longest),
    height: side.max(longest),
    /** 'bicubic' or a model's name, and the factor where it is bicubic. */
    by: z.string().max(120).optional(),
    scale: z.coerce.number().min(1).max(16).optional(),
  }),
]);

const drawn = z.object({ type: z.string(), bytes: z.instanceof(Uint8Array) });

const refused = (status: number, text: string): Picture => ({
  status,
  type: 'text/plain; charset=utf-8',
  bytes: new TextEncoder().encode(text),
});

/** Answers "/picture/TOKEN?side=96" and "/picture/TOKEN?x=0&y=0&width=300&height=200&by=bicubic&scale=2". */
export async function drawPicture(url: URL, tokens: Tokens, desk: Desk): Promise<Picture> {
  const token = /^\/picture\/([\w-]+)$/.exec(url.pathname)?.[1];
  const query = querySchema.safeParse(Object.fromEntries(url.searchParams));
  if (token === undefined || !query.success) return refused(404, 'There is no such picture.');
  try {
    const path = tokens.readable(token);
    const question = 'side' in query.data ? 'thumbnail' : 'region';
    return { status: 200, ...drawn.parse(await desk.ask(question, { path, ...query.data })) };
  } catch (error) {
    return refused(404, failureOf(error).message);
  }
}
