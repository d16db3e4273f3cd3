import { failureText } from './failures';

export interface Toast {
  id: number;
  text: string;
  tone: 'plain' | 'bad';
  /** For example to undo what the toast tells of. */
  action?: { label: string; run: () => void };
}

/** Short notes at the edge of the screen; bad ones stay until they are closed. */
class Toasts {
  list = $state.raw<readonly Toast[]>([]);
  private count = 0;

  say(text: string, action?: Toast['action']): void {
    // Whoever may want to act needs the time to get there, by keyboard too.
    this.add({ text, tone: 'plain', ...(action && { action }) }, action ? 20_000 : 8000);
  }

  fail(error: unknown): void {
    this.add({ text: failureText(error), tone: 'bad' });
  }

  close(id: number): void {
    this.list = this.list.filter((toast) => toast.id !== id);
  }

  private add(toast: Omit<Toast, 'id'>, milliseconds?: number): void {
    const id = this.count++;
    this.list = [...this.list, { ...toast, id }];
    if (milliseconds !== undefined)
      setTimeout(() => {
        this.close(id);
      }, milliseconds);
  }
}

export const toasts = new Toasts();

/** Runs what a button asks for; what goes wrong is told. */
export function attempt(action: () => Promise<unknown>): void {
  action().catch((error: unknown) => {
    toasts.fail(error);
  });
}
