import type { Job } from '../../../src-main/shared/things';

/** A search. */
export type TailorJob = Job & { tailor: NonNullable<Job['tailor']> };

export const isTailorJob = (job: Job): job is TailorJob => job.tailor !== undefined;
