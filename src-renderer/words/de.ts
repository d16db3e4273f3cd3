import { common } from './de/common';
import { compare } from './de/compare';
import { device } from './de/device';
import { files } from './de/files';
import { drawings } from './de/drawings';
import { models } from './de/models';
import { report } from './de/report';
import { tailor } from './de/tailor';
import { upscale } from './de/upscale';
import type { Words } from './en';

export const de: Words = { common, upscale, tailor, models, device, files, compare, drawings, report };
