import { common } from './fr/common';
import { compare } from './fr/compare';
import { device } from './fr/device';
import { files } from './fr/files';
import { drawings } from './fr/drawings';
import { models } from './fr/models';
import { report } from './fr/report';
import { tailor } from './fr/tailor';
import { upscale } from './fr/upscale';
import type { Words } from './en';

export const fr: Words = { common, upscale, tailor, models, device, files, compare, drawings, report };
