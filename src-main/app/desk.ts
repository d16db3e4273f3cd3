import { Cancelled } from '../base/errors';
import { JobError } from '../shared/failure';
import { answerSchema } from '../shared/messages';
import type { EngineProcess } from '../supervisor';

interface Pending {
  resolve: (output: unknown) => void;
  reject: (error: Error) => void;
}

/**
 * An engine that is kept to answer the screens' small questions: thumbnails, sizes, the model library. Hostile pictures
 * are decoded there, never here; it may die of one, and is started again for the next question.
 */
export class Desk {
  private engine: EngineProcess | undefined;
  private readonly pending = new Map<number, Pending>();
  private count = 0;
  private quietTimer: NodeJS.Timeout | undefined;

  constructor(
    private readonly start: () => EngineProcess,
    /** Milliseconds without an answer after which the engine counts as hung. */
    private readonly patience = 60_000,
  ) {}

  ask(question: string, input: unknown): Promise<unknown> {
    const engine = (this.engine ??= this.open());
    const id = this.count++;
    return new Promise((resolve, reject) => {
      this.pending.set(id, { resolve, reject });
      if (this.pending.size === 1) this.watch();
      engine.send({ type: 'ask', id, question, input });
    });
  }

  /** Ends the engine; what was asked is cancelled. */
  close(): void {
    clearTimeout(this.quietTimer);
    this.engine?.kill();
    this.engine = undefined;
    this.rejectAll(new Cancelled());
  }

  private open(): EngineProcess {
    const engine = this.start();
    engine.onMessage((message) => {
      this.receive(message);
    });
    engine.onExit((why) => {
      if (this.engine !== engine) return;
      this.engine = undefined;
      this.rejectAll(new JobError({ message: `The engine ${why}. Try again.`, exitCode: 1 }));
    });
    return engine;
  }

  private receive(message: unknown): void {
    const { data: answer } = answerSchema.safeParse(message);
    if (!answer) {
      this.engine?.kill();
      return;
    }
    const asked = this.pending.get(answer.id);
    this.pending.delete(answer.id);
    this.watch();
    if (answer.event === 'answer') asked?.resolve(answer.output);
    else asked?.reject(new JobError(answer));
  }

  /** A question that hangs must not block the others for ever. */
  private watch(): void {
    clearTimeout(this.quietTimer);
    if (this.pending.size > 0) this.quietTimer = setTimeout(() => this.engine?.kill(), this.patience).unref();
  }

  private rejectAll(error: Error): void {
    const pending = [...this.pending.values()];
    this.pending.clear();
    for (const { reject } of pending) reject(error);
  }
}
