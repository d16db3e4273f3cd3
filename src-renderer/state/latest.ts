import type { Job } from '../../src-main/shared/things';

/** The newest job of a kind, if need be with that title; `jobs` has the newest last. */
export function latestJob(jobs: Iterable<Job>, kind: Job['kind'], title?: string): Job | undefined {
  return [...jobs].findLast((job) => job.kind === kind && (title === undefined || job.title === title));
}

type UnderWay = Job & { state: 'waiting' | 'running' | 'pausing' };

/** Whether it is still to end. */
export const isUnderWay = (job: Job | undefined): job is UnderWay =>
  job?.state === 'waiting' || job?.state === 'running' || job?.state === 'pausing';
