import { common } from './fr/common';
import { device } from './fr/device';
import { drawings } from './fr/drawings';
import { models } from './fr/models';
import { report } from './fr/report';
import { tailor } from './fr/tailor';
import { upscale } from './fr/upscale';
import type { Words } from './en';

export const fr: Words = { common, upscale, tailor, models, device, drawings, report };
