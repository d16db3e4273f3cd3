import { app, Notification, powerSaveBlocker, type BrowserWindow } from 'electron';
import type { AppEvent } from '../shared/api';
import type { Job } from '../shared/things';
import { present } from './window';
import { endingOf, type Words } from './words';

const isActive = ({ state }: Job): boolean => state === 'running' || state === 'pausing';

/**
 * What the system shows of the jobs, from the host's events: progress on dock or taskbar, no sleep while one runs, and,
 * where the user looks elsewhere, a notification and a badge when one ends.
 */
export function signJobs(window: BrowserWindow, words: () => Words): (event: AppEvent) => void {
  const active = new Map<string, Job>();
  /** Kept since a notification that is collected no longer answers to a click. */
  const notifications = new Set<Notification>();
  let blocker: number | undefined;
  let unseen = 0;

  window.on('focus', () => {
    unseen = 0;
    app.setBadgeCount(0);
    window.flashFrame(false);
  });

  function showProgress(): void {
    const [job] = active.values();
    if (!window.isDestroyed()) window.setProgressBar(job ? job.fraction : -1);
    if (job) blocker ??= powerSaveBlocker.start('prevent-app-suspension');
    else if (blocker !== undefined) {
      powerSaveBlocker.stop(blocker);
      blocker = undefined;
    }
  }

  function tellEnding(job: Job): void {
    if (window.isDestroyed() || window.isFocused()) return;
    app.setBadgeCount(++unseen);
    if (app.dock) app.dock.bounce('informational');
    else window.flashFrame(true);
    if (!Notification.isSupported()) return;
    const notification = new Notification({ title: job.title || app.name, body: endingOf(job, words()) });
    notifications.add(notification);
    notification.on('close', () => notifications.delete(notification));
    notification.on('click', () => {
      present(window);
    });
    notification.show();
  }

  return (event) => {
    if (event.event !== 'job') return;
    const { job } = event;
    const wasActive = active.has(job.id);
    if (isActive(job)) active.set(job.id, job);
    else active.delete(job.id);
    showProgress();
    if (wasActive && (job.state === 'done' || job.state === 'failed')) tellEnding(job);
  };
}
