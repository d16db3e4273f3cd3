import { createBirpc } from 'birpc';
import { z } from 'zod';
import { calls, eventSchema, type AppApi, type AppEvent, type CallName, type HostApi } from './api';
import { failureOf, JobError } from './failure';
import { failureSchema } from './messages';

/** A two-way line of text: a MessagePort in the desktop app, a WebSocket in a browser. */
export interface Line {
  post: (text: string) => void;
  onText: (listener: (text: string) => void) => void;
  /** Resolves when it is cut, on the screen's end. */
  closed?: Promise<void>;
}

/** The line was cut before the answer came. */
export class LineCut extends Error {
  override readonly name = 'LineCut';
}

const answerSchema = z.union([z.object({ value: z.unknown() }), z.object({ failure: failureSchema })]);

/** What each end offers the other; both are checked by whoever receives them. */
interface HostEnd {
  call: (name: string, params: unknown) => Promise<unknown>;
}
interface ScreenEnd {
  tell: (event: unknown) => void;
}

/** What may come over the line at all: a question or event, or the answer to one of ours. */
const messageSchema = z.discriminatedUnion('t', [
  z.looseObject({ t: z.literal('q'), m: z.enum(['call', 'tell']), a: z.array(z.unknown()) }),
  z.looseObject({ t: z.literal('s') }),
]);

/** Browsing a large tree may take its time. */
const timeout = 10 * 60_000;

const channelOf = ({ post, onText }: Line) => ({
  post: (text: string) => {
    post(text);
  },
  on: onText,
  serialize: (message: unknown) => JSON.stringify(message),
  deserialize: (text: string) => messageSchema.parse(JSON.parse(text)),
  timeout,
});

const isCall = (name: string): name is CallName => Object.hasOwn(calls, name);

/** Answers a screen's calls; a failure goes back as what the command line would tell. Returns how to tell it events. */
export function serveScreen(api: HostApi, line: Line): (event: AppEvent) => void {
  const answer = async (name: string, params: unknown): Promise<unknown> => {
    if (!isCall(name)) throw new Error(`there is no call ${name}`);
    const call = api[name] as (params: unknown) => unknown;
    return { value: await call(calls[name].takes.parse(params)) };
  };
  const rpc = createBirpc<ScreenEnd, HostEnd>(
    {
      call: (name, params) => answer(name, params).catch((error: unknown) => ({ failure: failureOf(error) })),
    },
    // What is no message is dropped, and so is what no longer reaches a page that has gone.
    { ...channelOf(line), eventNames: ['tell'], onGeneralError: () => true },
  );
  return (event) => {
    void rpc.tell(event);
  };
}

/** The screen's end: the calls as functions, which throw a {@link JobError} where the other end failed, or {@link LineCut}. */
export function connectScreen(line: Line, onEvent: (event: AppEvent) => void): AppApi {
  const rpc = createBirpc<HostEnd, ScreenEnd>(
    {
      tell: (event) => {
        onEvent(eventSchema.parse(event));
      },
    },
    channelOf(line),
  );
  void line.closed?.then(() => {
    rpc.$close(new LineCut());
  });
  const ask = async (name: CallName, params: unknown): Promise<unknown> => {
    if (rpc.$closed) throw new LineCut();
    const answer = answerSchema.parse(await rpc.call(name, params));
    if ('failure' in answer) throw new JobError(answer.failure);
    return calls[name].gives.parse(answer.value);
  };
  const names = Object.keys(calls) as CallName[];
  return Object.fromEntries(
    names.map((name) => [name, (params: unknown) => ask(name, params)]),
  ) as unknown as AppApi;
}
